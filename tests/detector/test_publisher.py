"""Announcing transitions: at least once, and an alert's in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import update

from services.detector.metrics import DetectorMetrics
from services.detector.publisher import Publisher
from shared.contract.alert_event import AlertEvent, read_alert_event
from shared.eventlog.port import NewRecord, Place
from shared.ops.clock import SimulatedClock
from shared.ops.errors import LogUnavailable
from shared.storage import transitions
from shared.storage.database import Database
from shared.storage.tables import alert, lease, transition
from shared.storage.transitions import TransitionRow
from tests.detector.town import MONDAY, Town


@dataclass
class Log:
    """A log that takes the first `room` records of a call and then says no."""

    room: int = 1_000
    records: list[tuple[str, NewRecord]] = field(default_factory=list)

    def append(self, topic: str, records: Sequence[NewRecord], *, timeout: float) -> list[Place]:
        self.records += [(topic, record) for record in records[: self.room]]
        if len(records) > self.room:
            raise LogUnavailable("the log did not acknowledge in time")
        return [Place(topic, 0, offset) for offset in range(len(records))]

    @property
    def events(self) -> list[AlertEvent]:
        return [read_alert_event(record.value) for _, record in self.records]


def publisher(database: Database, clock: SimulatedClock, log: Log, owner: str = "a") -> Publisher:
    metrics = DetectorMetrics(CollectorRegistry())
    return Publisher(database, log, clock, metrics, owner)  # type: ignore[arg-type]


def three_changes(town: Town) -> None:
    """One alert with three transitions, and another with one, all at the same time."""
    town.cancels("new", MONDAY)
    town.complains("regular-01", MONDAY, id_="c9")
    town.work()
    town.complains("new", MONDAY)
    town.work()
    town.tells("new", "cancellation", "x2", MONDAY, 6, stage="confirmed")
    town.work()


def numbers(log: Log, customer: str) -> list[int]:
    return [event.data.number for event in log.events if event.subject == customer]


def test_transitions_are_announced_as_the_contract_says(town: Town) -> None:
    three_changes(town)
    log = Log()
    assert publisher(town.database, town.clock, log).step()
    assert numbers(log, "new") == [1, 2, 3]
    assert numbers(log, "regular-01") == [1]
    topic, record = log.records[0]
    event = next(event for event in log.events if event.subject == "new")
    assert topic == "vigia.alerts"
    assert record.key in ("new", "regular-01")
    assert record.headers == (("content-type", b"application/cloudevents+json"),)
    assert event.id == f"{town.alert('new').id}/1"
    assert (event.type, event.source, event.time) == ("alert.opened", "vigia", town.clock.now())
    assert event.data.to == "open"
    assert [event.type for event in log.events if event.data.number == 3] == ["alert.lost"]


def test_what_was_announced_is_not_announced_again(town: Town) -> None:
    three_changes(town)
    log = Log()
    publishing = publisher(town.database, town.clock, log)
    while publishing.step():
        pass
    assert len(log.records) == 4
    with town.database.read() as connection:
        assert transitions.unpublished(connection, 10) == []
        assert town.transitions("new")[0].published_at == town.clock.now()


def test_a_log_that_fails_midway_gets_everything_again_in_order(town: Town) -> None:
    three_changes(town)
    log = Log(room=2)
    publishing = publisher(town.database, town.clock, log)
    with pytest.raises(LogUnavailable):
        publishing.step()
    log.room = 1_000
    assert publishing.step()
    assert not publishing.step()
    seen: dict[str, int] = {}
    for event in log.events:  # as a reader does: numbers it has seen are dropped
        last = seen.get(event.data.id, 0)
        assert event.data.number <= last + 1
        seen[event.data.id] = max(last, event.data.number)
    assert sorted(seen.values()) == [1, 3]


def test_only_one_process_announces_at_a_time(town: Town) -> None:
    three_changes(town)
    log = Log()
    first = publisher(town.database, town.clock, log, "a")
    first.step()
    town.complains("regular-02", MONDAY, id_="c8")
    town.work()
    second = publisher(town.database, town.clock, log, "b")
    assert not second.step()
    first.close()
    assert second.step()
    assert numbers(log, "regular-02") == [1]


def test_who_lost_the_lease_while_appending_marks_nothing(town: Town) -> None:
    three_changes(town)

    class Frozen(Log):
        def append(
            self, topic: str, records: Sequence[NewRecord], *, timeout: float
        ) -> list[Place]:
            with town.database.write() as connection:
                connection.execute(update(lease).values(attempt=lease.c.attempt + 1, owner="b"))
            return super().append(topic, records, timeout=timeout)

    publishing = publisher(town.database, town.clock, Frozen())
    assert publishing.step()
    assert publishing.pressed  # whether somebody went on is to be seen
    assert not publishing.step()  # the other one holds it now
    with town.database.read() as connection:
        assert len(transitions.unpublished(connection, 10)) == 4


def test_it_is_known_whether_there_may_be_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    three_changes(town)
    monkeypatch.setattr("services.detector.publisher.BATCH", 3)
    publishing = publisher(town.database, town.clock, Log())
    assert publishing.step()
    assert publishing.pressed  # three of four
    assert publishing.step()
    assert not publishing.pressed


def test_the_new_rep_is_told_who_was_before(town: Town) -> None:
    town.cancels("new", MONDAY)
    town.work()
    with town.database.write() as connection:
        body = {**town.transitions("new")[0].body, "previous_rep": "bea"}
        connection.execute(update(transition).values(body=body))
    log = Log()
    publisher(town.database, town.clock, log).step()
    assert log.events[0].data.model_dump()["previous_rep"] == "bea"


def test_order_holds_when_the_clock_was_set_back(town: Town) -> None:
    """Transitions are read by time, so their times may never run back within an alert."""
    town.cancels("new", MONDAY)
    town.work()
    with town.database.write() as connection:
        ahead = town.clock.now() + timedelta(hours=1)
        connection.execute(update(alert).values(updated_at=ahead))
        connection.execute(update(transition).values(at=ahead))
    town.complains("new", MONDAY)
    town.work()
    log = Log()
    publisher(town.database, town.clock, log).step()
    assert numbers(log, "new") == [1, 2]


@pytest.fixture
def handed(town: Town, log: Log) -> Publisher:
    """It has the lease, and gets what is judged from now on."""
    found = publisher(town.database, town.clock, log)
    town.judge = town.new_judge(found.hand)
    town.complains("regular-01", MONDAY, id_="c9")
    town.work()
    assert found.step()
    while found.step():
        pass
    assert numbers(log, "regular-01") == [1]
    return found


@pytest.fixture
def log() -> Log:
    return Log()


def test_what_was_handed_need_not_be_looked_for(
    town: Town, log: Log, handed: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(*_: object) -> list[TransitionRow]:
        raise AssertionError("somebody looked")

    town.cancels("new", MONDAY)
    town.work()
    with monkeypatch.context() as blind:
        blind.setattr(transitions, "unpublished", look)
        assert handed.step()
    assert handed.pressed  # who wrote something else may have rung as well
    assert not handed.step()
    assert numbers(log, "new") == [1]
    assert town.transitions("new")[0].published_at == town.clock.now()


def test_other_news_does_not_wait_for_all_that_is_handed(
    town: Town, log: Log, handed: Publisher
) -> None:
    town.tells("regular-01", "cancellation", "x3", MONDAY, 6, stage="confirmed")
    town.work()
    for name in ("new", "regular-02"):
        town.complains(name, MONDAY, id_=f"c-{name}")
        town.work()
        assert handed.step()
    assert numbers(log, "regular-01") == [1, 2]
    assert (numbers(log, "new"), numbers(log, "regular-02")) == ([1], [1])


def test_what_was_handed_is_announced_as_what_was_found(
    town: Town, log: Log, handed: Publisher
) -> None:
    town.complains("new", MONDAY)
    town.cancels("new", MONDAY)
    town.work()
    assert handed.step()
    with town.database.write() as connection:
        connection.execute(update(transition).values(published_at=None))
    handed.close()
    found = Log()
    publisher(town.database, town.clock, found, "b").step()
    [told] = [record for _, record in log.records if record.key == "new"]
    assert told in [record for _, record in found.records]


def test_what_was_found_before_it_was_handed_is_announced_once(
    town: Town, log: Log, handed: Publisher
) -> None:
    late: list[TransitionRow] = []
    town.judge = town.new_judge(late.append)
    town.cancels("new", MONDAY)
    town.work()
    assert handed.step()
    for first in late:
        handed.hand(first)
    assert not handed.step()
    assert numbers(log, "new") == [1]


def test_what_was_handed_is_left_to_whoever_has_the_lease(
    town: Town, log: Log, handed: Publisher
) -> None:
    handed.close()
    other = publisher(town.database, town.clock, log, "b")
    town.complains("regular-02", MONDAY, id_="c8")
    town.work()
    assert other.step()
    town.cancels("new", MONDAY)
    town.work()
    assert not handed.step()
    assert numbers(log, "new") == []
    assert other.step()
    assert numbers(log, "new") == [1]


def test_what_was_handed_is_found_after_the_log_said_no(
    town: Town, log: Log, handed: Publisher
) -> None:
    log.room = 0
    town.cancels("new", MONDAY)
    town.work()
    with pytest.raises(LogUnavailable):
        handed.step()
    town.complains("new", MONDAY)
    town.work()
    log.room = 1_000
    assert handed.step()
    assert numbers(log, "new") == [1, 2]
