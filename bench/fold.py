"""How fast events are folded: table log, consumer and projector on one SQLite file.

    python bench/fold.py [EVENTS]

The rival is polling the same records and doing nothing with them, in the same run.
"""

import argparse
import hashlib
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry

from services.detector.metrics import DetectorMetrics
from services.detector.projector import Projector
from shared.contract.topics import DETECTOR_GROUP, events_topic
from shared.eventlog.consumer import Consumer
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import PASSING, NewRecord, Position
from shared.eventlog.records import DIGEST
from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.garbage import search_less
from shared.ops.wakeup import LocalWakeup
from shared.storage.company import load_calendar
from shared.storage.database import Database
from shared.storage.schema import migrate

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
CUSTOMERS = 5_000
STEP = 5_000


def records(count: int) -> Iterator[NewRecord]:
    """Purchases of a year in order of time, by 5,000 customers in 7 shops."""
    rng = random.Random(7)
    begin = NOW - timedelta(days=365)
    for number in range(count):
        at = begin + timedelta(seconds=number * 365 * 86_400 // count)
        customer = f"C{rng.randrange(CUSTOMERS):05d}"
        value = (
            f'{{"data":{{"amount":"{rng.randrange(100, 99_999) / 100}","currency":"EUR",'
            f'"rep":"ana"}},"id":"2026-{number:08d}","source":"till-{number % 7}",'
            f'"specversion":"1.0","subject":"{customer}","time":"{at:%Y-%m-%dT%H:%M:%S}Z",'
            f'"type":"purchase"}}'
        ).encode()
        yield NewRecord(customer, value, ((DIGEST, hashlib.sha256(value).digest()),))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=200_000)
    count = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'vigia.db'}")
        migrate(database, zone="Europe/Madrid", first_weekday=0, at=NOW)
        clock = SimulatedClock(NOW)
        log = TableLog(database, clock, LocalWakeup(), owner="bench")
        made = list(records(count))
        for start in range(0, count, STEP):
            log.append(events_topic(), made[start : start + STEP], timeout=30)
        del made
        read = _time_polls(log)
        wall, cpu = _time_fold(database, log, clock)
        database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"polling alone  {read / count * 1e6:6.1f} us a record")
    print(f"polled, folded {wall / count * 1e6:6.1f} us a record, {cpu / count * 1e6:.1f} of CPU")
    print(f"ratio          {wall / read:6.1f}")
    print(f"               {count / wall:,.0f} records a second; peak memory {peak:.0f} MB")


class _Nowhere:
    """The positions of a group that stores none."""

    def read(self, topic: str) -> dict[int, Position]:
        return {}


def _time_polls(log: TableLog) -> float:
    """Seconds to read every record and do nothing with it."""
    reader = log.reader(events_topic(), f"{PASSING}bench", _Nowhere())
    begin = time.perf_counter()
    while reader.poll(max_records=STEP, timeout=0):
        pass
    seconds = time.perf_counter() - begin
    reader.close()
    return seconds


def _time_fold(database: Database, log: TableLog, clock: SimulatedClock) -> tuple[float, float]:
    """Seconds, and seconds of this process's CPU, to read, fold and commit every record."""
    registry = CollectorRegistry()
    projector = Projector(load_calendar(database), clock, DetectorMetrics(registry))
    consumer = Consumer(
        log,
        database,
        topic=events_topic(),
        group=DETECTOR_GROUP,
        read=projector.read,
        fold=projector.fold,
        on_commit=lambda _count: None,
        metrics=ConsumerMetrics(registry, clock),
        largest_batch=STEP,
    )
    search_less()  # as every role does at its start
    wall, cpu = time.perf_counter(), time.process_time()
    while consumer.step():
        pass
    spent = time.perf_counter() - wall, time.process_time() - cpu
    consumer.close()
    return spent


if __name__ == "__main__":
    main()
