"""Lease, send, mark: every alert at least once, in order, and nothing forgotten."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from sqlalchemy import update

from services.notifier import sender as sending
from services.notifier.backoff import MOST_ATTEMPTS
from services.notifier.channel import Channel
from services.notifier.channels.email import channel as email
from services.notifier.metrics import NotifierMetrics
from services.notifier.sender import Sender
from services.notifier.settling import GIVEN_UP
from shared.ops.links import Links
from shared.ops.settings import Settings
from shared.storage import deliveries, reps
from shared.storage.company import set_paused
from shared.storage.database import Database
from shared.storage.reps import Rep
from shared.storage.tables import customer, delivery
from tests.notifier.mail_server import CUT, MailServer
from tests.notifier.working import (
    BUSY,
    REFUSED,
    Clock,
    Recorder,
    keep,
    make_marking,
    make_sender,
    new,
    rows,
    run,
)
from tests.postgres.kinds import every_database

pytestmark = every_database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sender_of(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> Callable[..., Sender]:
    def make(channel: Channel, owner: str = "one", **changes: Any) -> Sender:
        changed = settings.model_copy(update=changes)
        return make_sender(company, changed, clock, metrics, channel, owner)

    return make


def let_leases_end(database: Database) -> None:
    with database.write() as connection:
        connection.execute(update(delivery).values(until=0))


class Killed(BaseException):
    """The process ended here."""


def killed(*_: object, **__: object) -> NoReturn:
    """What a process ends in."""
    raise Killed


def outcomes(registry: CollectorRegistry) -> dict[str, float]:
    """What became of deliveries by mail."""
    found = {
        sample.labels["outcome"]: sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == "vigia_deliveries_total" and sample.labels["channel"] == "email"
    }
    return {outcome: count for outcome, count in found.items() if count}


def test_a_due_delivery_is_sent_and_marked(
    company: Database,
    clock: Clock,
    sender_of: Callable[..., Sender],
    registry: CollectorRegistry,
) -> None:
    keep(company, clock, new())
    clock.later(seconds=3)
    channel = Recorder()
    assert run(sender_of(channel)) == 1
    (row,) = rows(company)
    assert [address for address, _, _ in channel.sent] == ["ana@company.example"]
    assert (row.state, row.recipient, row.attempts) == ("sent", "ana@company.example", 1)
    assert row.provider_id == "<a_mfrggzdfmztwq2lkobqx.1.rep@company.example>"
    assert row.sent_at == clock.real()
    assert (row.owner, row.reason, row.next_at) == (None, None, None)
    assert outcomes(registry) == {"sent": 1}
    labels = {"channel": "email"}
    assert registry.get_sample_value("vigia_delivery_latency_seconds_sum", labels) == 3


def test_only_a_full_batch_presses(
    company: Database,
    clock: Clock,
    sender_of: Callable[..., Sender],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "BATCH", 2)
    keep(company, clock, *(new(id=f"a_{number}") for number in range(3)))
    sender = sender_of(Recorder())
    pressed = []
    while sender.step(called=True):
        pressed.append(sender.pressed)
    assert pressed == [True, False]
    assert not sender.pressed
    assert len([row for row in rows(company) if row.state == "sent"]) == 3


def test_who_is_called_in_vain_looks_for_what_others_left(
    company: Database, clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    """Bells that ring again and again, while another notifier is quicker, hide nothing."""
    keep(company, clock, new())
    with pytest.raises(Killed):
        sender_of(Recorder(before=killed)).step()
    let_leases_end(company)
    channel = Recorder()
    sender = sender_of(channel, "two")
    assert sender.step(called=True)
    assert sender.step()
    assert len(channel.sent) == 1
    assert not sender.step(called=True)


def test_failures_climb_the_ladder_and_end(
    company: Database,
    clock: Clock,
    sender_of: Callable[..., Sender],
    registry: CollectorRegistry,
) -> None:
    keep(company, clock, new())
    sender = sender_of(Recorder(*[BUSY] * MOST_ATTEMPTS))
    waits = []
    while (row := rows(company)[0]).state == "pending":
        clock.at = row.next_at - timedelta(microseconds=1)
        assert row.attempts == 0 or not sender.step()
        clock.at = row.next_at
        assert sender.step()
        waits.append(((rows(company)[0].next_at or clock.at) - clock.at).total_seconds())
    assert (row.state, row.reason, row.attempts) == ("dead", str(BUSY), MOST_ATTEMPTS)
    assert waits == [*sorted(waits[:-1]), 0]
    assert sum(waits) > 20 * 3600
    assert outcomes(registry) == {"retried": MOST_ATTEMPTS - 1, "dead": 1}


def test_a_dead_message_reaches_the_operator_instead(
    company: Database, clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    keep(company, clock, new())
    channel = Recorder(REFUSED)
    run(sender_of(channel))
    first, second = rows(company)
    assert (first.state, first.reason) == ("dead", str(REFUSED))
    assert (second.state, second.audience) == ("sent", "operator")
    ((address, message, _),) = channel.sent
    assert address == "it@company.example"
    assert "could not be delivered" in message.footer[0]


def test_an_operator_who_cannot_be_reached_is_the_end(
    company: Database, clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    keep(company, clock, new())
    run(sender_of(Recorder(REFUSED, REFUSED)))
    assert [(row.audience, row.state) for row in rows(company)] == [
        ("rep", "dead"),
        ("operator", "dead"),
    ]


def test_an_unknown_rep_is_waited_for_without_counting_attempts(
    company: Database, clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    with company.write() as connection:
        connection.execute(update(customer).values(rep="new"))
    keep(company, clock, new())
    channel = Recorder()
    sender = sender_of(channel)
    assert run(sender) == 1
    (row,) = rows(company)
    assert (row.state, row.reason, row.attempts) == ("pending", "rep_unknown", 0)
    assert row.next_at == clock.real() + timedelta(minutes=10)
    with company.write() as connection:
        reps.add(connection, Rep("new", email="new@company.example"), clock.now())
    clock.later(minutes=10)
    run(sender)
    assert [address for address, _, _ in channel.sent] == ["new@company.example"]


def test_after_ten_minutes_the_operator_gets_it(
    company: Database, clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    with company.write() as connection:
        connection.execute(update(customer).values(rep="new"))
    keep(company, clock, new())
    channel = Recorder()
    sender = sender_of(channel, retry_scale=0.1)
    run(sender)
    clock.later(minutes=1)
    run(sender)
    assert [address for address, _, _ in channel.sent] == ["it@company.example"]


def test_messages_of_one_alert_keep_their_order(
    company: Database, clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    keep(company, clock, new(2, kind="recovered"), new(1), new(1, id="a_other"))
    channel = Recorder(BUSY)
    sender = sender_of(channel)
    run(sender)
    assert [message.alert for _, message, _ in channel.sent] == ["a_other"]
    clock.later(minutes=1)
    run(sender)
    assert [(message.number, thread) for _, message, thread in channel.sent[1:]] == [
        (1, None),
        (2, "<a_mfrggzdfmztwq2lkobqx.1.rep@company.example>"),
    ]


def test_a_dead_message_does_not_hold_up_the_next(
    company: Database, clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    keep(company, clock, new(1), new(2, kind="recovered"))
    channel = Recorder(REFUSED)
    run(sender_of(channel))
    assert sorted((address, m.number) for address, m, _ in channel.sent) == [
        ("ana@company.example", 2),
        ("it@company.example", 1),
    ]


def test_the_new_rep_gets_a_first_message_and_the_old_one_a_last(
    company: Database, clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    channel = Recorder()
    sender = sender_of(channel)
    keep(company, clock, new(1))
    run(sender)
    with company.write() as connection:
        connection.execute(update(customer).values(rep="m1"))
    changed = {"kind": "updated", "rep": "m1", "previous_rep": "r1"}
    keep(company, clock, new(2, **changed), new(2, "previous_rep", **changed))
    run(sender)
    told = {address: (m.subject, thread) for address, m, thread in channel.sent[1:]}
    assert told == {
        "marta@company.example": ("Panadería Sol ahora es tuyo y puede estar yéndose", None),
        "ana@company.example": (
            "Panadería Sol has another rep now",
            "<a_mfrggzdfmztwq2lkobqx.1.rep@company.example>",
        ),
    }


def test_no_farewell_to_who_never_heard_of_it(
    company: Database, clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    with company.write() as connection:
        connection.execute(update(customer).values(rep="m1"))
    changed = {"kind": "updated", "rep": "m1", "previous_rep": "r1"}
    keep(company, clock, new(2, "previous_rep", **changed))
    run(sender_of(Recorder()))
    (row,) = rows(company)
    assert (row.state, row.reason) == ("suppressed", "never_told")


def test_who_closed_an_alert_is_not_told_so(
    company: Database,
    clock: Clock,
    sender_of: Callable[..., Sender],
    registry: CollectorRegistry,
) -> None:
    keep(company, clock, new(2, kind="dismissed", actor="rep:r1"))
    run(sender_of(Recorder()))
    (row,) = rows(company)
    assert (row.state, row.reason) == ("suppressed", "own_act")
    assert outcomes(registry) == {"suppressed": 1}


def test_killed_after_the_yes_the_same_message_goes_out_again(
    company: Database,
    clock: Clock,
    settings: Settings,
    metrics: NotifierMetrics,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with MailServer() as server:
        with_server = settings.model_copy(update={"smtp_url": SecretStr(server.url)})

        def sender(owner: str) -> Sender:
            channel = email.build(with_server, clock)
            return make_sender(company, with_server, clock, metrics, channel, owner)

        keep(company, clock, new())
        first = sender("first")
        with monkeypatch.context() as patch:
            patch.setattr(deliveries, "sent", killed)
            with pytest.raises(Killed):
                first.step()
        first.close()
        second = sender("second")
        assert not second.step()  # the lease of the dead one still runs
        let_leases_end(company)
        assert run(second) == 1
        second.close()
    assert len({str(mail["Message-ID"]) for mail in server.mails}) == 1
    assert len(server.mails) == 2
    (row,) = rows(company)
    assert (row.state, row.attempts) == ("sent", 2)


def test_a_sender_that_froze_beyond_its_lease_changes_nothing(
    company: Database,
    clock: Clock,
    sender_of: Callable[..., Sender],
    registry: CollectorRegistry,
) -> None:
    keep(company, clock, new())
    quick = Recorder()

    def overtaken() -> None:
        let_leases_end(company)
        assert run(sender_of(quick, owner="quick")) == 1

    frozen = Recorder(BUSY, before=overtaken)
    sender_of(frozen, owner="frozen").step()
    (row,) = rows(company)
    assert (row.state, row.reason, row.attempts) == ("sent", None, 2)
    assert outcomes(registry) == {"sent": 1, "lost": 1}


def test_a_lease_lost_in_a_group_keeps_the_others_marked_and_ends_the_batch(
    company: Database,
    clock: Clock,
    sender_of: Callable[..., Sender],
    registry: CollectorRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "GROUP_SECONDS", 60)
    keep(company, clock, *(new(id=f"a_{number}") for number in range(sending.GROUP + 1)))
    others = delivery.c.alert == "a_1"  # somebody of the same name took it over

    def overtaken() -> None:
        with company.write() as connection:
            connection.execute(update(delivery).where(others).values(attempt=2))

    channel = Recorder(before=overtaken)
    assert sender_of(channel).step()
    assert len(channel.sent) == sending.GROUP
    assert outcomes(registry) == {"sent": sending.GROUP - 1, "lost": 1}
    found = [(row.state, row.attempts, row.provider_id is None) for row in rows(company)]
    sent = ("sent", 1, False)
    assert found == [sent, ("leased", 1, True), sent, sent, ("pending", 0, True)]


def test_a_delivery_that_kills_every_sender_ends_with_the_operator(
    company: Database, clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    keep(company, clock, new())
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Killed):
            sender_of(Recorder(before=killed)).step()
        let_leases_end(company)
    channel = Recorder()
    run(sender_of(channel))
    first, _ = rows(company)
    assert (first.state, first.reason) == ("dead", GIVEN_UP)
    assert [address for address, _, _ in channel.sent] == ["it@company.example"]


def test_without_faults_each_alert_arrives_exactly_once_with_three_senders(
    company: Database, clock: Clock, settings: Settings, metrics: NotifierMetrics
) -> None:
    keep(company, clock, *(new(id=f"a_{n}") for n in range(20)))
    _work_off(company, clock, settings, metrics, answers=())


def test_with_faults_each_alert_arrives_with_one_duplicate_a_cut(
    company: Database, clock: Clock, settings: Settings, metrics: NotifierMetrics
) -> None:
    keep(company, clock, *(new(id=f"a_{n}") for n in range(20)))
    server = _work_off(
        company, clock, settings, metrics, answers=[CUT, "451 later", CUT, "421 no more", CUT]
    )
    assert len(server.mails) == 23


def _work_off(
    database: Database,
    clock: Clock,
    settings: Settings,
    metrics: NotifierMetrics,
    answers: Sequence[str],
) -> MailServer:
    """Three senders on 20 alerts; at the end each was sent, under 20 ids."""
    with MailServer(answers) as server:
        changed = settings.model_copy(update={"smtp_url": SecretStr(server.url)})
        shared = email.build(changed, clock)

        def work(owner: str) -> None:
            sender = make_sender(database, changed, clock, metrics, shared, owner)
            run(sender)
            sender.close()

        for _ in range(3):
            threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            clock.later(minutes=20)
    assert {row.state for row in rows(database)} == {"sent"}
    assert len({str(mail["Message-ID"]) for mail in server.mails}) == 20
    if not answers:
        assert len(server.mails) == 20
    return server


def test_the_oldest_waiting_is_told(
    company: Database,
    clock: Clock,
    sender_of: Callable[..., Sender],
    settings: Settings,
    metrics: NotifierMetrics,
    registry: CollectorRegistry,
) -> None:
    keep(company, clock, new())
    sender = sender_of(Recorder(BUSY))
    marking = make_marking(company, settings, clock, metrics)
    run(sender)
    clock.later(seconds=20)
    marking.tell_waiting()
    assert registry.get_sample_value("vigia_delivery_oldest_waiting_seconds") == 20
    clock.later(minutes=5)
    run(sender)
    marking.tell_waiting()
    assert registry.get_sample_value("vigia_delivery_oldest_waiting_seconds") == 0


def test_while_paused_nothing_goes_out_and_then_all_of_it(
    company: Database, clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    keep(company, clock, new(1), new(2))
    company.run(lambda connection: set_paused(connection, clock.real()))
    channel = Recorder()
    sender = sender_of(channel)
    assert run(sender) == 0
    assert [row.state for row in rows(company)] == ["pending", "pending"]
    company.run(lambda connection: set_paused(connection, None))
    assert run(sender) == 2
    assert [message.number for _, message, _ in channel.sent] == [1, 2]


def test_links_are_for_whoever_gets_the_message(
    company: Database, clock: Clock, settings: Settings, sender_of: Callable[..., Sender]
) -> None:
    """They are as old as the delivery, however often it is tried."""
    keep(company, clock, new(1), new(2, "operator"))
    channel = Recorder(BUSY)
    sender = sender_of(channel)
    run(sender)
    asked_at = clock.real()
    clock.later(minutes=2)
    run(sender)
    messages = {told.audience: told for _, told, _ in channel.sent}
    assert messages["operator"].buttons == ()
    links = Links.of(settings)
    tokens = [button.url.rpartition("/")[2] for button in messages["rep"].buttons]
    found = [links.read(token, clock.real()) for token in tokens]
    assert {(one.alert, one.person, one.issued_at) for one in found} == {
        (messages["rep"].alert, "r1", asked_at)
    }
    assert [one.purpose for one in found] == [one.purpose for one in messages["rep"].buttons]
