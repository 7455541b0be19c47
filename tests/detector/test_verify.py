"""Verifying: nothing is found where nothing is wrong, and every kind of damage is."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import delete, select, update

from services.detector.metrics import DetectorMetrics
from services.detector.projector import Projector
from services.detector.verify import Difference, repair, verify
from shared.contract.event import Event
from shared.contract.topics import DETECTOR_GROUP, events_topic
from shared.domain.week import Calendar
from shared.eventlog.consumer import Consumer
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import NewRecord
from shared.eventlog.records import event_record
from shared.eventlog.table import TableLog
from shared.eventlog.table_rows import prune_rows
from shared.ops.clock import SimulatedClock
from shared.storage.company import load_calendar
from shared.storage.database import Database
from shared.storage.tables import category_day, customer_day, event, log_record, quarantine
from tests.detector.folding import Desk, basket, event_of, purchase, refund, with_content_type
from tests.postgres.kinds import KINDS

TOPIC = events_topic()


class Office:
    """A log, its consumer and what verify says."""

    def __init__(self, database: Database, log: TableLog, clock: SimulatedClock) -> None:
        self.database, self.log, self.clock = database, log, clock
        self.calendar: Calendar = load_calendar(database)
        registry = CollectorRegistry()
        projector = Projector(self.calendar, clock, DetectorMetrics(registry))
        self.consumer = Consumer(
            log,
            database,
            topic=TOPIC,
            group=DETECTOR_GROUP,
            read=projector.read,
            fold=projector.fold,
            on_commit=lambda _count: None,
            metrics=ConsumerMetrics(registry, clock),
        )

    def take(self, *events: Event) -> None:
        """Append events and a record that is none, and fold them."""
        records = [event_record(one) for one in events]
        self.log.append(TOPIC, [*records, NewRecord("x", b"no event")], timeout=5)
        while self.consumer.step():
            pass

    def verify(self) -> list[Difference]:
        return verify(self.database, self.log, self.calendar, self.clock)

    def change(self, statement: object) -> None:
        with self.database.write() as connection:
            assert connection.execute(statement).rowcount > 0  # type: ignore[call-overload]


@pytest.fixture(params=KINDS)
def office(request: pytest.FixtureRequest, log: TableLog, clock: SimulatedClock) -> Office:
    return busy(request.getfixturevalue(f"{request.param}_database"), log, clock)


@pytest.fixture
def sqlite_office(sqlite_database: Database, log: TableLog, clock: SimulatedClock) -> Office:
    """Log and ledger are in one database."""
    return busy(sqlite_database, log, clock)


def busy(database: Database, log: TableLog, clock: SimulatedClock) -> Office:
    office = Office(database, log, clock)
    office.take(
        purchase("1"),
        purchase("1", "99"),  # a conflict
        purchase("2", "20"),
        refund("3", "5"),
        purchase("1", "7", revision=2),
        purchase("1", "8", revision=1),
        purchase("4", time="2026-03-05T00:00:00Z"),  # the future
        event_of("complaint", "5", {"severity": "low"}),
        event_of("rep", "6", {"name": "Ana"}, subject="ana"),
        event_of("feed", "7", {"complete_until": "2026-03-01T00:00:00Z"}, subject="till"),
    )
    return office


def test_what_was_folded_agrees(office: Office) -> None:
    assert office.verify() == []


def test_repeats_that_are_spelled_otherwise_agree(office: Office) -> None:
    other = with_content_type(purchase("9"), headers=True)
    office.log.append(TOPIC, [other], timeout=5)
    office.take(purchase("9"))
    office.log.append(TOPIC, [with_content_type(purchase("2", "20"), headers=True)], timeout=5)
    office.take()

    assert office.verify() == []


def test_verifying_keeps_no_record_from_being_dropped(
    sqlite_office: Office, clock: SimulatedClock
) -> None:
    sqlite_office.verify()
    ahead = clock.real() + timedelta(days=1)

    with sqlite_office.database.write() as connection:
        assert prune_rows(connection, TOPIC, ahead, 100) == 11


def test_it_agrees_while_records_wait_to_be_folded(office: Office) -> None:
    office.log.append(TOPIC, [event_record(purchase("8"))], timeout=5)

    assert office.verify() == []


def test_it_agrees_when_the_log_has_dropped_what_was_folded(sqlite_office: Office) -> None:
    sqlite_office.change(delete(log_record))

    assert sqlite_office.verify() == []


def test_it_agrees_when_the_future_has_come(office: Office, clock: SimulatedClock) -> None:
    clock.move_to(clock.now().replace(year=2027))

    assert office.verify() == []


@pytest.mark.parametrize(
    "damage",
    [
        update(customer_day).values(amount=customer_day.c.amount + 1),
        update(customer_day).values(refunds=0),
        update(customer_day).values(day=customer_day.c.day + 1),
        delete(customer_day),
    ],
)
def test_a_wrong_total_is_found_and_rewritten(office: Office, damage: object) -> None:
    desk = Desk(office.database, office.clock)
    before = desk.days()
    office.change(damage)

    assert {one.kind for one in office.verify()} == {"total"}
    assert repair(office.database, office.clock) == 1
    assert office.verify() == []
    assert desk.days() == before
    assert ("maria", "late", 1) in desk.due()


@pytest.mark.parametrize(
    "damage",
    [
        update(category_day).values(orders=category_day.c.orders + 1),
        update(category_day).values(category="tea"),
        delete(category_day),
    ],
)
def test_a_wrong_day_of_a_category_is_found_and_rewritten(office: Office, damage: object) -> None:
    lines = basket(("coffee", "3"), (None, "1"))
    money = {"amount": "4", "currency": "EUR", "lines": lines}
    office.take(event_of("purchase", "20", money), event_of("purchase", "21", money, revision=1))
    desk = Desk(office.database, office.clock)
    before = desk.categories()
    assert office.verify() == []
    office.change(damage)

    assert {one.kind for one in office.verify()} == {"total"}
    assert repair(office.database, office.clock) == 1
    assert office.verify() == []
    assert desk.categories() == before


@pytest.mark.parametrize(("revision", "state"), [(0, "counted"), (2, "replaced")])
def test_a_wrong_revision_is_found_and_corrected(office: Office, revision: int, state: str) -> None:
    desk = Desk(office.database, office.clock)
    states = desk.states()
    this = update(event).where(event.c.id == "1", event.c.revision == revision)
    office.change(this.values(state=state))

    assert {one.kind for one in office.verify()} == {"revision", "total"}
    repair(office.database, office.clock)
    assert office.verify() == []
    assert desk.states() == states


@pytest.mark.parametrize(
    "values",
    [
        {"rep": "eva"},
        {"digest": b"x" * 32},
        {"body": b"{}"},
        {"at": datetime(2026, 3, 1, 12, 1, tzinfo=UTC)},
    ],
)
def test_a_row_that_is_not_what_its_body_says_is_found(
    office: Office, values: dict[str, object]
) -> None:
    office.change(update(event).where(event.c.id == "2").values(values))
    found = office.verify()

    with office.database.read() as connection:
        number = connection.scalar(select(event.c.number).where(event.c.id == "2"))
    assert f"event {number}" in [one.where for one in found if one.kind == "fact"]


@pytest.mark.parametrize(
    "damage",
    [
        delete(event).where(event.c.id == "5"),
        delete(quarantine).where(quarantine.c.reason == "conflict"),
        delete(quarantine).where(quarantine.c.reason == "future"),
        delete(quarantine).where(quarantine.c.reason == "invalid"),
    ],
)
def test_a_record_that_left_no_trace_is_found(office: Office, damage: object) -> None:
    office.change(damage)
    (found,) = office.verify()

    assert found.kind == "record"
    assert found.where.startswith("vigia.events/0 offset ")


def test_differences_name_nobody(office: Office) -> None:
    office.change(delete(customer_day))
    office.change(delete(event).where(event.c.id == "5"))

    assert not [one for one in office.verify() if "maria" in str(one)]


def test_totals_of_others_are_left_alone(office: Office) -> None:
    office.take(purchase("9", subject="eva"))
    desk = Desk(office.database, office.clock)
    versions = desk.versions()
    office.change(update(customer_day).where(customer_day.c.refunds > 0).values(orders=9))

    assert repair(office.database, office.clock) == 1
    assert desk.versions() == {**versions, "maria": versions["maria"] + 1}
