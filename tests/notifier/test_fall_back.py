"""What helps against a failure: later, another way, another person, or the operator."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from services.notifier import registry as channels
from services.notifier.channel import Remedy, SendFailed
from services.notifier.channels.email import channel as email
from services.notifier.marking import PATIENT_ATTEMPTS
from services.notifier.metrics import NotifierMetrics
from services.notifier.sender import BATCH_SECONDS, Sender
from shared.ops.secret import load_secret
from shared.ops.settings import Settings
from shared.storage import channel_state, rep_channels
from shared.storage.database import Database
from shared.storage.deliveries import NewDelivery
from shared.storage.rep_channels import PURPOSE, Way
from tests.notifier.mail_server import MailServer
from tests.notifier.working import (
    BUSY,
    GONE,
    OUT,
    REFUSED,
    Clock,
    Recorder,
    keep,
    make_sender,
    new,
    rows,
    run,
)
from tests.postgres.kinds import every_database

pytestmark = every_database

CHAT = Way("chat", "https://chat.example/secret", "chat:1a2b")
ANA, MARTA, OPERATOR = "ana@company.example", "marta@company.example", "it@company.example"


class ChatKind:
    """A second kind of channel, each address at its own pace."""

    NAME = "chat"
    ONE_PACE = False


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chat(
    company: Database, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Way:
    """Ana is reached by chat first."""
    monkeypatch.setitem(channels.KINDS, "chat", ChatKind)
    cipher = rep_channels.cipher_of(load_secret(settings).key(PURPOSE))
    with company.write() as connection:
        rep_channels.replace(connection, "r1", [CHAT], cipher, clock.now())
    return CHAT


@pytest.fixture
def sender_of(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> Callable[..., Sender]:
    def make(channel: Recorder, owner: str = "one") -> Sender:
        return make_sender(company, settings, clock, metrics, channel, owner)

    return make


Make = Callable[..., Sender]


def chats(*answers: SendFailed | None, **options: Any) -> Recorder:
    return Recorder(*answers, name="chat", **options)


def for_chat(alert: str) -> NewDelivery:
    return new(channel="chat", pace=CHAT.recipient, id=alert)


def state(database: Database) -> list[tuple[str, str, str | None, str | None]]:
    return [(row.audience, row.state, row.channel, row.recipient) for row in rows(database)]


def test_the_first_channel_gets_it_wherever_it_was_expected(
    company: Database, clock: Clock, sender_of: Make, chat: Way
) -> None:
    keep(company, clock, new(1), for_chat("a_2"))
    by_chat, by_mail = chats(), Recorder()
    run(sender_of(by_mail), sender_of(by_chat))
    assert [address for address, _, _ in by_chat.sent] == [CHAT.address] * 2
    assert by_mail.sent == []
    assert state(company) == [("rep", "sent", "chat", CHAT.recipient)] * 2
    assert [row.attempts for row in rows(company)] == [1, 1]


def test_no_row_holds_the_secret_address(
    company: Database, clock: Clock, sender_of: Make, chat: Way
) -> None:
    keep(company, clock, new())
    run(sender_of(Recorder()), sender_of(chats(BUSY)))
    assert "secret" not in str(rows(company))


def test_a_refused_message_takes_the_next_way(
    company: Database, clock: Clock, sender_of: Make, chat: Way
) -> None:
    keep(company, clock, new())
    by_mail = Recorder()
    run(sender_of(by_mail), sender_of(chats(REFUSED)))
    assert [address for address, _, _ in by_mail.sent] == [ANA]
    keep(company, clock, new(2))
    by_chat = chats()
    run(sender_of(by_mail), sender_of(by_chat))
    assert len(by_chat.sent) == 1  # only that message was refused


def test_a_channel_that_fails_for_a_while_gives_way_to_the_next(
    company: Database, clock: Clock, sender_of: Make, chat: Way
) -> None:
    keep(company, clock, new())
    by_mail = Recorder()
    senders = sender_of(by_mail), sender_of(chats(*[BUSY] * 8))
    for _ in range(PATIENT_ATTEMPTS):
        assert by_mail.sent == []
        run(*senders)
        clock.later(hours=1)
    assert [address for address, _, _ in by_mail.sent] == [ANA]
    (row,) = rows(company)
    assert (row.state, row.attempts) == ("sent", 1)


def test_the_last_way_is_tried_to_the_end(
    company: Database, clock: Clock, sender_of: Make, chat: Way
) -> None:
    keep(company, clock, new())
    by_mail = Recorder(*[BUSY] * 7)
    senders = sender_of(by_mail), sender_of(chats(*[BUSY] * 8))
    for _ in range(12):
        run(*senders)
        clock.later(hours=24)
    assert [address for address, _, _ in by_mail.sent] == [ANA]


def test_an_address_that_is_gone_is_not_used_again_and_the_manager_hears(
    company: Database, clock: Clock, sender_of: Make
) -> None:
    keep(company, clock, new())
    by_mail = Recorder(GONE)
    sender = sender_of(by_mail)
    run(sender)
    keep(company, clock, new(2), new(1, id="a_2"))
    run(sender)
    assert [address for address, _, _ in by_mail.sent] == [MARTA] * 3
    assert "Ana Ruiz" in by_mail.sent[0][1].footer[0]
    with company.read() as connection:
        assert channel_state.gone(connection, [ANA, MARTA]) == {ANA: str(GONE)}


def test_what_was_taken_together_is_decided_anew_when_an_address_is_gone(
    company: Database, clock: Clock, sender_of: Make
) -> None:
    keep(company, clock, *(new(id=f"a_{n}") for n in range(5)))
    by_mail = Recorder(GONE)
    sender = sender_of(by_mail)
    sender.step()
    assert [row.state for row in rows(company)] == ["pending"] * 5  # and none holds a lease
    assert [row.attempts for row in rows(company)] == [0] * 5
    run(sender)
    assert [address for address, _, _ in by_mail.sent] == [MARTA] * 5


def test_a_slow_provider_keeps_nobody_elses_messages(
    company: Database, clock: Clock, sender_of: Make
) -> None:
    keep(company, clock, *(new(id=f"a_{n}") for n in range(5)))
    slow = Recorder(before=lambda: clock.pass_by(BATCH_SECONDS))
    sender_of(slow).step()
    assert [row.state for row in rows(company)] == ["sent", *["pending"] * 4]


def test_a_mail_server_that_knows_no_such_mailbox_gets_a_mail_to_the_manager(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    keep(company, clock, new())
    with MailServer(recipients=["550 5.1.1 <ana@company.example> unknown"]) as server:
        changed = settings.model_copy(update={"smtp_url": SecretStr(server.url)})
        sender = make_sender(company, changed, clock, metrics, email.build(changed, clock))
        run(sender)
        sender.close()
    assert server.to == [MARTA]
    assert str(server.mails[0]["To"]) == f"Marta <{MARTA}>"
    (row,) = rows(company)
    assert (row.state, row.recipient, row.attempts) == ("sent", MARTA, 1)


def test_when_the_manager_is_gone_too_the_operator_hears(
    company: Database, clock: Clock, sender_of: Make
) -> None:
    keep(company, clock, new())
    by_mail = Recorder(GONE, GONE, GONE)
    run(sender_of(by_mail))
    assert by_mail.sent == []
    assert state(company) == [("rep", "dead", "email", OPERATOR)]
    keep(company, clock, new(2))
    run(sender_of(by_mail))
    assert [address for address, _, _ in by_mail.sent] == [OPERATOR]


def test_a_refused_log_in_pauses_the_channel_and_costs_no_attempt(
    company: Database, clock: Clock, sender_of: Make, registry: CollectorRegistry
) -> None:
    keep(company, clock, *(new(id=f"a_{n}") for n in range(3)))
    by_mail = Recorder(OUT)
    by_mail.lets_in = False
    sender = sender_of(by_mail)
    for _ in range(30):
        run(sender)
        clock.later(hours=1)
    waiting = [row for row in rows(company) if row.audience == "rep"]
    assert [(row.state, row.attempts) for row in waiting] == [("pending", 0)] * 3
    assert registry.get_sample_value("vigia_channel_paused", {"channel": "email"}) == 1
    by_mail.lets_in = True
    run(sender)
    assert sorted(message.alert for _, message, _ in by_mail.sent) == ["a_0", "a_1", "a_2"]
    sender.step()
    assert registry.get_sample_value("vigia_channel_paused", {"channel": "email"}) == 0
    told = [row for row in rows(company) if row.alert == "channel:email"]
    assert [(row.state, row.reason) for row in told] == [("suppressed", "resumed")]


def test_the_operator_is_told_once_by_a_channel_that_works(
    company: Database, clock: Clock, sender_of: Make, chat: Way
) -> None:
    keep(company, clock, *(new(id=f"a_{n}") for n in range(3)))
    by_chat, by_mail = chats(OUT, OUT), Recorder()
    by_chat.lets_in = False
    senders = sender_of(by_mail), sender_of(by_chat), sender_of(by_chat, owner="two")
    for _ in range(3):
        run(*senders)
        clock.later(hours=1)
    told = [message for address, message, _ in by_mail.sent if address == OPERATOR]
    assert [message.alert for message in told] == ["channel:chat"]
    assert told[0].subject.startswith("Nothing is sent by chat: mail server refused our log-in")
    assert [address for address, _, _ in by_mail.sent].count(ANA) == 3  # the rep hears at once


def test_a_pause_is_tried_at_the_start_and_every_ten_minutes(
    company: Database, clock: Clock, sender_of: Make
) -> None:
    keep(company, clock, new())
    by_mail = Recorder(OUT)
    by_mail.lets_in = False
    run(sender_of(by_mail))
    for _ in range(5):
        sender_of(by_mail, owner="another process").step()
    assert by_mail.probes == 5
    sender = sender_of(by_mail)
    sender.step()
    sender.step()
    assert by_mail.probes == 6
    clock.later(minutes=10)
    sender.step()
    assert by_mail.probes == 7


def test_two_messages_of_one_pace_keep_their_distance_and_others_pass(
    company: Database, clock: Clock, sender_of: Make, chat: Way
) -> None:
    keep(company, clock, *(for_chat(f"a_{n}") for n in range(3)))
    by_chat = chats(apart=timedelta(seconds=1))
    senders = sender_of(by_chat), sender_of(by_chat, owner="two")
    for count in (1, 2, 3):
        run(*senders)
        assert len(by_chat.sent) == count
        assert senders[0].idle() == timedelta(seconds=1 if count < 3 else 2)
        clock.later(seconds=1)


def test_a_provider_that_wants_to_be_left_alone_is(
    company: Database, clock: Clock, sender_of: Make, chat: Way
) -> None:
    keep(company, clock, *(for_chat(f"a_{n}") for n in range(2)))
    limited = SendFailed("429", Remedy.RETRY, leave_alone=timedelta(minutes=20))
    by_chat = chats(limited)
    sender = sender_of(by_chat)
    run(sender)
    clock.later(minutes=19)
    run(sender)
    assert by_chat.sent == []
    clock.later(minutes=1)
    run(sender)
    assert len(by_chat.sent) == 2
