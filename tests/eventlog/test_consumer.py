"""The one loop: fence and fold in one transaction, growing batches, the brake."""

from collections.abc import Iterator, Sequence

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import DBAPIError

from shared.eventlog.consumer import SMALLEST_BATCH, Consumer, FoldCount
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import NewRecord, Record
from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.errors import TooManyBadRecords
from shared.storage.database import Database
from shared.storage.positions import StoredPositions
from shared.storage.tables import lease, quarantine
from shared.storage.upsert import insert

TOPIC = "vigia.test"
GROUP = "g"


class Bench:
    """A consumer whose fold keeps every value as a quarantine row; b"bad" counts as bad."""

    def __init__(self, log: TableLog, database: Database, clock: SimulatedClock) -> None:
        self.log = log
        self.database = database
        self.registry = CollectorRegistry()
        self.metrics = ConsumerMetrics(self.registry, clock)
        self.batches: list[int] = []
        self.commits: list[FoldCount] = []
        self.failures: list[Exception] = []
        self.consumer = self.join()

    def join(self, largest: int = 5000) -> Consumer:
        return Consumer(
            self.log,
            self.database,
            topic=TOPIC,
            group=GROUP,
            fold=self.fold,
            on_commit=self.commits.append,
            metrics=self.metrics,
            largest_batch=largest,
        )

    def fold(self, connection: Connection, records: Sequence[Record]) -> FoldCount:
        self.batches.append(len(records))
        at = records[0].written_at
        rows = [
            {"reason": "", "detail": "", "value": r.value, "headers": b"", "at": at}
            for r in records
        ]
        connection.execute(insert(connection, quarantine), rows)
        if self.failures:
            raise self.failures.pop()
        return FoldCount(len(records), sum(record.value == b"bad" for record in records))

    def append(self, *values: bytes) -> None:
        self.log.append(TOPIC, [NewRecord("k", value) for value in values], timeout=5)

    def kept(self) -> list[bytes]:
        with self.database.read() as connection:
            query = select(quarantine.c.value).order_by(quarantine.c.id)
            return list(connection.execute(query).scalars())

    def position(self) -> int:
        stored = StoredPositions(self.database, GROUP).read(TOPIC).get(0)
        return stored.next_offset if stored else 0

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, {"topic": TOPIC, "group": GROUP, **labels})


@pytest.fixture
def bench(log: TableLog, database: Database, clock: SimulatedClock) -> Iterator[Bench]:
    bench = Bench(log, database, clock)
    yield bench
    bench.consumer.close()


def test_a_step_folds_what_is_there_and_the_next_finds_nothing(bench: Bench) -> None:
    bench.append(b"a", b"b")
    assert bench.consumer.step()
    assert not bench.consumer.step()
    assert bench.kept() == [b"a", b"b"]
    assert bench.commits == [FoldCount(2, 0)]
    assert bench.consumer.lag() == {0: 0}


def test_a_failed_fold_leaves_nothing_and_comes_again(bench: Bench) -> None:
    bench.append(b"a", b"b")
    bench.failures = [RuntimeError("a bug")]
    with pytest.raises(RuntimeError, match="a bug"):
        bench.consumer.step()
    assert (bench.kept(), bench.position(), bench.commits) == ([], 0, [])
    assert bench.consumer.step()
    assert (bench.kept(), bench.position()) == ([b"a", b"b"], 2)


def test_a_lost_race_is_run_again_and_counted_once(bench: Bench) -> None:
    lost = RuntimeError()
    lost.sqlstate = "40P01"  # type: ignore[attr-defined]
    bench.failures = [DBAPIError("", None, lost)]
    bench.append(b"a")
    assert bench.consumer.step()
    assert (bench.kept(), bench.commits, bench.batches) == ([b"a"], [FoldCount(1, 0)], [1, 1])


def test_a_reader_that_was_frozen_changes_nothing(bench: Bench) -> None:
    """Its batch was polled, then another took the partition over and folded it."""
    bench.append(*[b"a"] * 3)
    slow = bench.join(largest=1)
    assert slow.step()
    with bench.database.write() as connection:
        connection.execute(update(lease).values(until=0))
    assert bench.consumer.step()
    assert slow.step()  # its lease is not due for renewal: it polls, and is fenced
    assert (len(bench.kept()), bench.position()) == (3, 3)
    assert bench.metric("vigia_log_fences_total") == 1
    assert not slow.step()
    bench.append(b"b")
    while bench.consumer.step() or slow.step():
        pass
    assert len(bench.kept()) == 4


def test_batches_grow_while_behind_and_shrink_after(bench: Bench) -> None:
    bench.append(*[b"a"] * (SMALLEST_BATCH * 7 + 1))
    consumer = bench.join(largest=SMALLEST_BATCH * 3)
    while consumer.step():
        pass
    bench.append(*[b"a"] * (SMALLEST_BATCH + 1))
    while consumer.step():
        pass
    sizes = [size / SMALLEST_BATCH for size in bench.batches]
    assert sizes[:3] == [1, 2, 3]
    assert sizes[3] > 1
    assert bench.batches[4:] == [SMALLEST_BATCH, 1]


def test_the_brake_takes_nothing_of_a_batch_that_is_mostly_bad(bench: Bench) -> None:
    bench.append(*[b"good"] * 150, *[b"bad"] * 151)
    with pytest.raises(TooManyBadRecords):
        bench.consumer.step()
    assert (bench.kept(), bench.position()) == ([], 0)
    with pytest.raises(TooManyBadRecords):  # and it stays so until somebody acts
        bench.consumer.step()


def test_the_brake_counts_over_small_batches(bench: Bench) -> None:
    for _ in range(100):
        bench.append(b"bad")
        assert bench.consumer.step()
    bench.append(b"bad")
    with pytest.raises(TooManyBadRecords):
        bench.consumer.step()
    assert bench.position() == 100


def test_the_brake_forgets_what_is_long_past(bench: Bench) -> None:
    for _ in range(4):
        bench.append(*[b"bad"] * 90)
        assert bench.consumer.step()
        bench.append(*[b"good"] * 150)
        assert bench.consumer.step()
    assert bench.position() == 960


def test_old_good_records_do_not_outweigh_the_last_200(bench: Bench) -> None:
    bench.append(*[b"good"] * 450)
    assert bench.consumer.step()
    bench.append(*[b"bad"] * 100)
    assert bench.consumer.step()
    bench.append(b"bad")
    with pytest.raises(TooManyBadRecords):
        bench.consumer.step()


def test_what_it_shows(bench: Bench) -> None:
    assert bench.metric("vigia_log_records_total", outcome="bad") == 0
    bench.append(b"a", b"bad")
    bench.consumer.step()
    bench.append(b"b")
    assert bench.metric("vigia_log_records_total", outcome="folded") == 1
    assert bench.metric("vigia_log_records_total", outcome="bad") == 1
    assert bench.metric("vigia_log_batches_total") == 1
    assert bench.metric("vigia_log_lag_records", partition="0") == 0
    small = bench.join(largest=1)
    bench.consumer.close()
    bench.append(b"c")
    small.step()
    assert bench.metric("vigia_log_lag_records", partition="0") == 1
    age = bench.metric("vigia_log_lag_seconds")
    assert age is not None
    assert age >= 0
    small.step()
    assert bench.metric("vigia_log_lag_records", partition="0") == 0
    assert bench.metric("vigia_log_lag_seconds") == 0
