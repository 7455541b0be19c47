"""Consumers that fold numbers of keys, so that what is lost, doubled or disordered shows."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, select

from shared.eventlog.consumer import Consumer, FoldCount
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import EventLog, NewRecord, Record
from shared.ops.clock import SimulatedClock
from shared.storage.database import Database
from shared.storage.positions import StoredPositions
from shared.storage.tables import quarantine
from shared.storage.upsert import insert
from tests.eventlog.builders import PATIENCE, until

TOPIC = "vigia.test"
GROUP = "vigia.group"


class Folding:
    """Consumers of one group that keep every value as a quarantine row of their name."""

    def __init__(self, database: Database, clock: SimulatedClock) -> None:
        self.database = database
        self.metrics = ConsumerMetrics(CollectorRegistry(), clock)
        self.in_fold: Callable[[], None] = lambda: None
        self.consumers: list[Consumer] = []

    def join(self, log: EventLog, name: str, largest: int = 5000) -> Consumer:
        def fold(connection: Connection, records: Sequence[Record]) -> FoldCount:
            self.in_fold()
            rows = [
                {
                    "reason": name,
                    "detail": (record.key or b"").decode(),
                    "value": record.value,
                    "headers": b"",
                    "at": record.written_at,
                }
                for record in records
            ]
            connection.execute(insert(connection, quarantine), rows)
            return FoldCount(len(records), 0)

        consumer = Consumer(
            log,
            self.database,
            topic=TOPIC,
            group=GROUP,
            fold=fold,
            on_commit=lambda _count: None,
            metrics=self.metrics,
            largest_batch=largest,
        )
        self.consumers.append(consumer)
        return consumer

    def kept(self) -> dict[str, list[int]]:
        """The numbers folded for each key, in order."""
        found = defaultdict(list)
        for row in self._rows():
            found[row.detail].append(int(row.value))
        return found

    def names(self) -> set[str]:
        return {row.reason for row in self._rows()}

    def positions(self) -> dict[int, int]:
        stored = StoredPositions(self.database, GROUP).read(TOPIC)
        return {partition: position.next_offset for partition, position in stored.items()}

    def _rows(self) -> Sequence[Any]:
        columns = (quarantine.c.reason, quarantine.c.detail, quarantine.c.value)
        with self.database.read() as connection:
            return connection.execute(select(*columns).order_by(quarantine.c.id)).all()


def append(log: EventLog, numbers: range, keys: int = 40) -> None:
    records = [NewRecord(f"k{n % keys}", str(n).encode()) for n in numbers]
    log.append(TOPIC, records, timeout=PATIENCE)


def by_key(count: int, keys: int = 40) -> dict[str, list[int]]:
    return {f"k{k}": list(range(k, count, keys)) for k in range(keys)}


def steps(consumer: Consumer, enough: Callable[[], bool], timeout: float = 0.2) -> None:
    """Let the consumer work until it is enough."""
    until(lambda: (consumer.step(timeout), enough())[1])
