"""The one loop: fence and fold in one transaction, growing batches, the brake."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import cast

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import DBAPIError

from shared.eventlog.consumer import SMALLEST_BATCH, Consumer, FoldCount
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import Batch, NewRecord, Place, Position, Record
from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.errors import TooManyBadRecords
from shared.storage.database import Database
from shared.storage.positions import StoredPositions
from shared.storage.tables import lease, position, quarantine
from shared.storage.upsert import insert
from tests.eventlog.builders import A_MOMENT, PATIENCE, slowly

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
        self.before_read: Callable[[], object] = lambda: None
        self.on_read: Callable[[int], None] = lambda _records: None
        self.in_fold: Callable[[Connection], None] = lambda _connection: None
        self.consumer = self.join()

    def join(self, largest: int = 5000) -> Consumer:
        return Consumer(
            self.log,
            self.database,
            topic=TOPIC,
            group=GROUP,
            read=self.read,
            fold=self.fold,
            on_commit=self.commits.append,
            metrics=self.metrics,
            largest_batch=largest,
        )

    def read(self, records: Iterable[Record]) -> Sequence[Record]:
        self.before_read()
        read = [*records]
        self.on_read(len(read))
        return read

    def fold(self, connection: Connection, records: Sequence[Record]) -> FoldCount:
        self.in_fold(connection)
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


class TwoPartitions:
    """A log of which one poll brings a record of each of two partitions, again and again."""

    def __init__(self) -> None:
        self.rewound = 0

    def reader(self, *_: object) -> "TwoPartitions":
        return self

    def poll(self, **_: object) -> list[Batch]:
        return [
            Batch(TOPIC, partition, None, Position(1, "t"), [record_of(partition)])
            for partition in (0, 1)
        ]

    def rewind(self) -> None:
        self.rewound += 1


def record_of(partition: int) -> Record:
    return Record(Place(TOPIC, partition, 0), b"k", b"%d" % partition, (), datetime.now(UTC))


def test_a_poll_is_one_commit_or_none(bench: Bench) -> None:
    """Whatever of it was lost to another reader, nothing of it is taken."""
    log = TwoPartitions()
    bench.log = cast("TableLog", log)
    consumer = bench.join()
    second = {"group": GROUP, "topic": TOPIC, "partition": 1, "next_offset": 5, "topic_id": "t"}
    with bench.database.write() as connection:
        connection.execute(position.insert(), second)
    assert consumer.step()
    assert (bench.kept(), bench.position(), log.rewound) == ([], 0, 1)
    assert bench.metric("vigia_log_fences_total") == 1
    with bench.database.write() as connection:
        connection.execute(position.delete())
    assert consumer.step()
    assert (bench.kept(), bench.position()) == ([b"0", b"1"], 1)
    assert bench.commits == [FoldCount(2, 0)]
    assert bench.metric("vigia_log_batches_total") == 2


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


def numbers(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


def test_the_next_batch_is_read_while_one_is_folded(bench: Bench) -> None:
    bench.append(*numbers(SMALLEST_BATCH * 2))
    read: list[int] = []
    folding, both = Event(), Event()
    in_time: list[bool] = []

    def on_read(records: int) -> None:
        read.append(records)
        if len(read) == 2:
            both.set()

    def fold(connection: Connection) -> None:
        """While the fold works by itself nothing is read; while the database works, it is."""
        folding.set()
        in_time.append(both.wait(A_MOMENT))
        slowly(connection, lambda: both.wait(PATIENCE))

    bench.before_read = lambda: folding.wait(PATIENCE) if read else None
    bench.on_read = on_read
    bench.in_fold = fold
    assert bench.consumer.step()
    assert (len(bench.kept()), read) == (SMALLEST_BATCH, [SMALLEST_BATCH] * 2)
    assert (in_time, both.is_set()) == ([False], True)
    assert bench.consumer.step()
    assert bench.kept() == numbers(SMALLEST_BATCH * 2)


def test_what_was_read_ahead_of_a_failed_fold_comes_again_in_order(bench: Bench) -> None:
    bench.append(*numbers(SMALLEST_BATCH * 4))
    assert bench.consumer.step()
    bench.failures = [RuntimeError("a bug")]
    with pytest.raises(RuntimeError, match="a bug"):
        bench.consumer.step()
    while bench.consumer.step():
        pass
    assert bench.kept() == numbers(SMALLEST_BATCH * 4)


def test_a_batch_that_cannot_be_read_comes_again(bench: Bench) -> None:
    """Also one that is read ahead; the one before it is folded all the same."""
    bench.append(*numbers(SMALLEST_BATCH * 2))
    calls: list[int] = []

    def fail_once(records: int) -> None:
        calls.append(records)
        if len(calls) == 2:
            raise RuntimeError("a bug")

    bench.on_read = fail_once
    assert bench.consumer.step()
    with pytest.raises(RuntimeError, match="a bug"):
        bench.consumer.step()
    assert bench.position() == SMALLEST_BATCH
    assert bench.consumer.step()
    assert bench.kept() == numbers(SMALLEST_BATCH * 2)


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
