"""Several detectors on one PostgreSQL: they neither deadlock nor lose or double anything."""

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from threading import Barrier

import pytest
from sqlalchemy import Connection, func, select

from services.detector import run
from shared.contract.event import Event
from shared.domain.week import Calendar
from shared.eventlog.port import Record
from shared.ops.clock import SimulatedClock
from shared.ops.errors import LostPosition
from shared.ops.settings import Settings
from shared.storage import audit, customers
from shared.storage.database import Database
from shared.storage.lease import Lease
from shared.storage.positions import Position, StoredPositions, advance
from shared.storage.postgresql import Limits
from shared.storage.tables import customer, event
from tests.detector.folding import TOPIC, Desk, event_of, purchase
from tests.postgres.builders import sessions, url_of, waits_for_lock
from tests.storage.builders import PATIENCE, at_once, until

GROUP = "vigia.detector"
ROUNDS = 6


@dataclass
class Rivals:
    """Detectors that fold their batches at the same time, round by round."""

    database: Database
    clock: SimulatedClock
    runs: int = 0
    conflicts: int = 0

    def fold(self, *rounds: Sequence[Sequence[Event]]) -> None:
        """Each of `rounds` holds a batch for every detector."""
        gate = Barrier(len(rounds[0]))
        works = [partial(self._work, [*batches], gate) for batches in zip(*rounds, strict=True)]
        at_once(works)

    def _work(self, batches: Sequence[Sequence[Event]], gate: Barrier) -> None:
        desk = Desk(self.database, self.clock)
        for records in [desk.records(batch) for batch in batches]:
            gate.wait(PATIENCE)
            self.database.run(partial(self._fold, desk, records))
        self.conflicts += int(desk.counted("conflict") or 0)

    def _fold(self, desk: Desk, records: Sequence[Record], connection: Connection) -> None:
        self.runs += 1
        desk.projector.fold(connection, desk.projector.read(records))

    def agree(self) -> int:
        """Check that totals and states are those of the events; how many events there are."""
        with self.database.read() as connection:
            assert audit.wrong_days(connection) == []
            assert audit.wrong_documents(connection) == []
            return connection.scalar(select(func.count()).select_from(event)) or 0


@pytest.fixture
def rivals(postgres_database: Database, clock: SimulatedClock) -> Rivals:
    return Rivals(postgres_database, clock)


def shuffled(events: Iterable[Event], seed: int) -> list[Event]:
    made = [*events]
    Random(seed).shuffle(made)
    return made


def test_detectors_with_the_same_customers_do_not_deadlock(rivals: Rivals) -> None:
    """Master data and feeds concern the same rows too."""

    def batch(name: str, seed: int) -> list[Event]:
        bought = [purchase(f"{name}-{n}", subject=f"c{n}") for n in range(1200)]
        sources = [purchase(f"{name}", source=f"shop-{n}") for n in range(20)]
        reps = [event_of("rep", f"{name}-r{n}", {"name": name}, subject=f"r{n}") for n in range(20)]
        assigned = [
            event_of("customer", f"{name}-m{n}", {"rep": name}, subject=f"c{n}") for n in range(20)
        ]
        return shuffled([*bought, *sources, *reps, *assigned], seed)

    Desk(rivals.database, rivals.clock).fold(*batch("known", 0))
    rivals.fold(*([batch(f"a{n}", n), batch(f"b{n}", -n)] for n in range(ROUNDS)))
    assert rivals.agree() == 1260 * (2 * ROUNDS + 1)
    assert rivals.runs == 2 * ROUNDS  # nothing had to be run again


def test_detectors_with_the_same_facts_count_each_once(rivals: Rivals) -> None:
    """They contradict each other about the customer: no customer's lock keeps them apart."""

    def batch(name: str, n: int, seed: int) -> list[Event]:
        return shuffled((purchase(f"{n}-{k}", subject=f"{name}{k}") for k in range(600)), seed)

    rivals.fold(*([batch("a", n, n), batch("b", n, -n)] for n in range(ROUNDS)))
    assert rivals.agree() == rivals.conflicts == 600 * ROUNDS
    assert rivals.runs == 2 * ROUNDS


def test_detectors_with_corrections_of_the_same_documents_agree(rivals: Rivals) -> None:
    """Each changes the document's customer, and thus the partition it comes from."""

    def batch(revision: int, n: int) -> list[Event]:
        subject = f"c{revision}"
        return [purchase(f"{n}-{k}", subject=subject, revision=revision) for k in range(50)]

    rivals.fold(*([batch(revision, n) for revision in range(3)] for n in range(ROUNDS)))
    assert rivals.agree() == 150 * ROUNDS


def test_a_detector_frozen_inside_its_fold_changes_nothing(
    postgres_database: Database, clock: SimulatedClock
) -> None:
    url, name = url_of(postgres_database), f"frozen:{os.getpid()}"
    slow = Database(url, role="frozen", limits=Limits(idle=0.5))
    frozen, awake = Desk(slow, clock), Desk(postgres_database, clock)
    records = frozen.records([purchase("1", subject="maria"), purchase("2", subject="eva")])

    def fold(connection: Connection, desk: Desk, count: int) -> None:
        end = Position(count, "t")
        advance(connection, group=GROUP, topic=TOPIC, partition=0, start=None, end=end)
        desk.projector.fold(connection, desk.projector.read(records[:count]))

    def freeze(connection: Connection) -> None:
        fold(connection, frozen, 2)
        until(lambda: not sessions(postgres_database, name))
        postgres_database.run(lambda other: fold(other, awake, 1))

    with pytest.raises(LostPosition):
        slow.run(freeze)
    slow.close()
    assert StoredPositions(postgres_database, GROUP).read(TOPIC) == {0: Position(1, "t")}
    assert [row.id for row in awake.rows(customer)] == ["maria"]
    assert awake.states() == {("1", 0): "counted"}


def test_an_evaluation_begins_after_the_folds_that_are_under_way(
    postgres_database: Database, clock: SimulatedClock
) -> None:
    """Their events have smaller numbers than some that it sees, and would never be looked at."""
    desk = Desk(postgres_database, clock)
    lease = Lease(postgres_database, "evaluation", "test")
    lease.acquire()
    calendar = Calendar(Settings().zone)
    around = run.Surroundings(postgres_database, Settings(), calendar, lease)
    slow, quick = (
        desk.records([purchase("slow")]),
        desk.records([purchase("quick", subject="eva", source="web")]),
    )
    begun = []

    def begin() -> None:
        begun.append(run.begin(around, calendar.day_of(clock.now()), live=True, now=clock.now()))

    with postgres_database.write() as connection:
        desk.projector.fold(connection, desk.projector.read(slow))
        Desk(postgres_database, clock).fold_records(quick)
        thread = threading.Thread(target=begin)
        thread.start()
        until(lambda: bool(begun) or waits_for_lock(postgres_database, "advisory"))
        assert not begun
    thread.join(PATIENCE)
    (row,) = begun
    numbers = [one.number for one in desk.rows(event)]
    assert row.progress["input"] == max(numbers)


def test_customers_are_locked_in_one_order(rivals: Rivals) -> None:
    ids = [f"c{n}" for n in range(3000)]
    rivals.database.run(partial(customers.create, ids=ids))
    gate = Barrier(2)

    def lock(connection: Connection) -> None:
        rivals.runs += 1
        customers.numbers_of(connection, ids)

    def work() -> None:
        for _ in range(20):
            gate.wait(PATIENCE)
            rivals.database.run(lock)

    at_once([work, work])
    assert rivals.runs == 40
