"""From the alerts topic to delivery rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.notifier.intake import Intake
from services.notifier.metrics import NotifierMetrics
from services.notifier.preparing import Preparing
from services.notifier.ways import read_ways
from shared.contract.alert_event import AlertData, alert_event, write_alert_event
from shared.eventlog.port import Place, Record
from shared.ops.clock import SimulatedClock
from shared.ops.links import Links
from shared.ops.settings import Settings
from shared.storage.database import Database
from shared.storage.tables import delivery, quarantine, rep
from tests.notifier.builders import alert_data
from tests.postgres.kinds import every_database

pytestmark = every_database


@pytest.fixture
def intake(
    database: Database, settings: Settings, clock: SimulatedClock, metrics: NotifierMetrics
) -> Intake:
    preparing = Preparing(settings, read_ways(database, settings), Links.of(settings))
    return Intake(clock, metrics, preparing, {}, "one")


def record(value: bytes, offset: int = 0) -> Record:
    place = Place("vigia.alerts", 0, offset)
    return Record(place, b"C-1029", value, (), datetime(2026, 3, 2, tzinfo=UTC))


def announced(change: Any, at: datetime, subject: str = "C-1029", **changes: Any) -> Record:
    data = AlertData.model_validate(alert_data(**changes))
    return record(
        write_alert_event(alert_event(change, subject, at, data)), changes.get("number", 1)
    )


def rows(database: Database) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(delivery.select().order_by(delivery.c.id)))


def fold(database: Database, intake: Intake, *records: Record) -> Any:
    with database.write() as connection:
        return intake.fold(connection, records)


def test_a_transition_becomes_one_delivery_however_often_it_is_read(
    database: Database, intake: Intake, clock: SimulatedClock
) -> None:
    opened = announced("opened", clock.now())
    fold(database, intake, opened, opened)
    count = fold(database, intake, opened)
    (row,) = rows(database)
    assert (count.records, count.bad) == (1, 0)
    assert (row.alert, row.number, row.audience) == ("a_mfrggzdfmztwq2lkobqx", 1, "rep")
    assert (row.channel, row.state, row.recipient) == ("email", "pending", None)
    assert row.next_at == row.created_at
    assert row.message["data"]["from"] is None


@pytest.mark.parametrize("kind", ["opened", "updated", "recovered", "lost", "dismissed"])
def test_news_is_told(database: Database, intake: Intake, clock: SimulatedClock, kind: str) -> None:
    fold(database, intake, announced(kind, clock.now()))
    assert [row.message["kind"] for row in rows(database)] == [kind]


@pytest.mark.parametrize("kind", ["acknowledged", "working", "snoozed", "noted"])
def test_what_people_did_with_it_is_not(
    database: Database, intake: Intake, clock: SimulatedClock, kind: str
) -> None:
    fold(database, intake, announced(kind, clock.now()))
    assert rows(database) == []


def test_history_sends_nothing(
    database: Database,
    intake: Intake,
    clock: SimulatedClock,
    registry: CollectorRegistry,
) -> None:
    old = clock.now() - timedelta(hours=48, seconds=1)
    fold(database, intake, announced("opened", old))
    fold(database, intake, announced("opened", old))
    fold(database, intake, announced("updated", clock.now() - timedelta(hours=48), number=2))
    assert [(row.state, row.reason) for row in rows(database)] == [
        ("suppressed", "stale"),
        ("pending", None),
    ]
    labels = {"channel": "email", "outcome": "suppressed"}
    assert registry.get_sample_value("vigia_deliveries_total", labels) == 1


def test_a_changed_rep_is_told_and_the_previous_one_too(
    database: Database, intake: Intake, clock: SimulatedClock
) -> None:
    fold(database, intake, announced("opened", clock.now()))
    changed = announced("updated", clock.now(), number=2, rep="r2", previous_rep="r1")
    fold(database, intake, changed, changed)
    fold(database, intake, announced("updated", clock.now(), number=3, rep="r2"))
    told = [(row.number, row.audience, row.message["previous_rep"]) for row in rows(database)]
    assert told == [(1, "rep", None), (2, "rep", "r1"), (2, "previous_rep", "r1"), (3, "rep", None)]


def test_feeds_and_the_portfolio_are_the_operators(
    database: Database, intake: Intake, clock: SimulatedClock
) -> None:
    changes = {"customer": None, "rep": None, "kind": "feed", "value_at_risk": None}
    fold(database, intake, announced("opened", clock.now(), "feed:till-3", **changes))
    assert [row.audience for row in rows(database)] == ["operator"]


CAUSE = {
    "kind": "common_cause",
    "group_kind": "region",
    "name": "north",
    "customers": 40,
    "of": 52,
    "drop_percent": 45,
    "weeks": 2,
}


def test_a_cause_is_told_to_each_manager_of_the_reps_it_names(
    database: Database, intake: Intake, clock: SimulatedClock
) -> None:
    people = [("r1", "m1"), ("r2", "m2"), ("r3", "m1"), ("r4", None), ("m1", None), ("m2", None)]
    with database.write() as connection:
        for name, manager in people:
            connection.execute(rep.insert().values(id=name, manager=manager, field_times={}))
    named = {**CAUSE, "reps": ["r1", "r2", "r3", "r4", "nobody"]}
    changes = {"customer": None, "rep": None, "kind": "portfolio", "value_at_risk": None}
    key = "portfolio:region:north"
    fold(database, intake, announced("opened", clock.now(), key, evidence=[named], **changes))
    assert [row.audience for row in rows(database)] == ["manager:m1", "manager:m2"]

    alone = {**CAUSE, "reps": ["r4"]}
    told = announced("opened", clock.now(), key, id="a_2", evidence=[alone], **changes)
    fold(database, intake, told)
    assert [row.audience for row in rows(database)][2:] == ["operator"]


@pytest.mark.parametrize("value", [b"", b"\xff", b"{}", b"[1]", b'{"type": "alert.opened"}'])
def test_what_cannot_be_read_is_kept_and_delays_nobody(
    database: Database, intake: Intake, clock: SimulatedClock, value: bytes
) -> None:
    good = announced("opened", clock.now())
    count = fold(database, intake, record(value, 7), good, record(value, 8))
    assert (count.records, count.bad) == (3, 2)
    assert len(rows(database)) == 1
    with database.read() as connection:
        kept = connection.execute(quarantine.select()).all()
    assert [(row.offset, row.reason, row.value) for row in kept] == [
        (7, "invalid", value),
        (8, "invalid", value),
    ]
