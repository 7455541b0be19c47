"""New deliveries that are taken for a sender that waits, while they are taken in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.notifier.intake import FEW, Intake
from services.notifier.metrics import NotifierMetrics
from services.notifier.preparing import Preparing
from services.notifier.sender import BATCH_SECONDS, Sender
from services.notifier.settling import UNSAID
from services.notifier.ways import read_ways
from shared.contract.alert_event import AlertData, alert_event, write_alert_event
from shared.eventlog.port import Place, Record
from shared.ops.links import Links
from shared.ops.settings import Settings
from shared.storage import channel_state
from shared.storage.company import set_paused
from shared.storage.database import Database
from tests.notifier.builders import alert_data
from tests.notifier.working import BUSY, Clock, Recorder, make_sender, rows, run
from tests.postgres.kinds import every_database

pytestmark = every_database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel() -> Recorder:
    return Recorder()


@pytest.fixture
def sender(
    company: Database,
    settings: Settings,
    clock: Clock,
    metrics: NotifierMetrics,
    channel: Recorder,
) -> Sender:
    """One that has looked in vain, and waits."""
    made = make_sender(company, settings, clock, metrics, channel)
    assert not made.step()
    return made


@pytest.fixture
def intake(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics, sender: Sender
) -> Intake:
    preparing = Preparing(settings, read_ways(company, settings), Links.of(settings))
    return Intake(clock, metrics, preparing, {"email": sender}, "one")


@pytest.fixture
def take_in(company: Database, intake: Intake, clock: Clock) -> Callable[..., None]:
    """Announces alerts a_1, a_2 ... to the intake, and has what it took handed over."""

    def take_in(count: int = 1, change: Any = "opened", **changes: Any) -> None:
        records = [
            announced(clock, change, offset, **{"id": f"a_{offset}", **changes})
            for offset in range(1, count + 1)
        ]
        with company.write() as connection:
            intake.fold(connection, records)
        intake.hand_over()

    return take_in


def announced(clock: Clock, change: Any, offset: int, **changes: Any) -> Record:
    data = AlertData.model_validate(alert_data(**changes))
    value = write_alert_event(alert_event(change, "C-1029", clock.now(), data))
    place = Place("vigia.alerts", 0, offset)
    return Record(place, b"C-1029", value, (), datetime(2026, 3, 2, tzinfo=UTC))


def states(company: Database) -> list[tuple[str, int]]:
    return [(row.state, row.attempts) for row in rows(company)]


def test_a_sender_that_waits_has_only_to_send(
    company: Database, sender: Sender, channel: Recorder, take_in: Callable[..., None]
) -> None:
    take_in(2)
    (row, _) = rows(company)
    assert (row.state, row.owner, row.attempt, row.attempts) == ("leased", "one", 1, 1)
    assert row.until > 0
    assert sender.step(called=True)
    assert [(row.state, row.attempts) for row in rows(company)] == [("sent", 1)] * 2
    assert len(channel.sent) == 2
    assert not sender.step()


def test_what_was_not_committed_is_not_sent(
    company: Database, intake: Intake, clock: Clock, sender: Sender, channel: Recorder
) -> None:
    """Another notifier has the partition now; its own sender sends."""
    with pytest.raises(RuntimeError), company.write() as connection:
        intake.fold(connection, [announced(clock, "opened", 1)])
        raise RuntimeError
    with company.write() as connection:
        intake.fold(connection, [])
    intake.hand_over()
    assert not sender.step(called=True)
    assert (rows(company), channel.sent) == ([], [])


def test_news_told_twice_is_handed_over_once(
    company: Database, sender: Sender, channel: Recorder, take_in: Callable[..., None]
) -> None:
    take_in()
    take_in()
    run(sender)
    take_in()
    run(sender)
    assert (states(company), len(channel.sent)) == ([("sent", 1)], 1)


def test_of_many_the_sender_takes_by_itself(
    company: Database, sender: Sender, channel: Recorder, take_in: Callable[..., None]
) -> None:
    take_in(FEW + 1)
    assert states(company) == [("pending", 0)] * (FEW + 1)
    run(sender)
    assert len(channel.sent) == FEW + 1


def test_a_sender_that_is_busy_gets_none(
    company: Database, channel: Recorder, sender: Sender, take_in: Callable[..., None]
) -> None:
    """Another process may be free sooner."""
    take_in(id="a_1")
    take_in(id="a_2")  # before it handled the first
    assert [state for state, _ in states(company)] == ["leased", "pending"]
    run(sender)
    assert len(channel.sent) == 2


def test_what_takes_turns_is_left_to_them(
    company: Database,
    settings: Settings,
    clock: Clock,
    metrics: NotifierMetrics,
) -> None:
    sender = make_sender(company, settings, clock, metrics, Recorder(apart=timedelta(seconds=1)))
    assert not sender.step()
    assert not sender.waits


def test_news_waits_for_what_was_to_be_heard_before(
    company: Database, sender: Sender, clock: Clock, take_in: Callable[..., None]
) -> None:
    sender._channel = Recorder(BUSY)
    take_in()
    assert sender.step(called=True)
    assert states(company) == [("pending", 1)]
    assert not sender.step()
    take_in(change="updated", number=2)
    assert states(company) == [("pending", 1), ("pending", 0)]


def test_while_the_company_pauses_or_the_provider_wants_rest_none_is_taken(
    company: Database, sender: Sender, clock: Clock, take_in: Callable[..., None]
) -> None:
    with company.write() as connection:
        set_paused(connection, clock.real())
    take_in(id="a_1")
    with company.write() as connection:
        set_paused(connection, None)
        channel_state.leave_alone(connection, "email", clock.real() + timedelta(minutes=1))
    take_in(id="a_2")
    assert states(company) == [("pending", 0)] * 2
    assert sender.waits


def test_what_the_sender_comes_to_late_goes_back_and_is_decided_anew(
    company: Database,
    sender: Sender,
    clock: Clock,
    channel: Recorder,
    take_in: Callable[..., None],
) -> None:
    """It was stuck, or its process was frozen, perhaps beyond the lease."""
    take_in()
    clock.pass_by(BATCH_SECONDS + 1)
    assert sender.step(called=True)
    assert (states(company), channel.sent) == ([("pending", 0)], [])
    run(sender)
    assert (states(company), len(channel.sent)) == ([("sent", 1)], 1)


def test_a_notifier_that_stops_gives_back_what_was_handed_over(
    company: Database, sender: Sender, channel: Recorder, take_in: Callable[..., None]
) -> None:
    take_in()
    sender.close()
    assert (states(company), channel.sent) == ([("pending", 0)], [])


def test_a_strange_message_delays_nobody(
    company: Database,
    sender: Sender,
    channel: Recorder,
    take_in: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    registry: CollectorRegistry,
) -> None:
    prepare = Preparing.prepare

    def strange(preparing: Preparing, known: Any, taken: Any, at: Any) -> Any:
        if taken.alert == "a_1":
            raise ValueError
        return prepare(preparing, known, taken, at)

    monkeypatch.setattr(Preparing, "prepare", strange)
    take_in(2)
    assert sender.step(called=True)
    dead, sent = rows(company)[:2]
    assert (dead.state, dead.reason, sent.state) == ("dead", f"{UNSAID}: ValueError", "sent")
