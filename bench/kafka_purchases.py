"""What the benchmarks on Kafka share: purchases, a broker with a topic, what was used.

Purchases are those of a year, by 5,000 customers in 7 shops, about 200 bytes each.
"""

import json
import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.contract.reading import read_event
from shared.eventlog.kafka_topics import TopicShape, prepare_topics
from shared.eventlog.port import NewRecord
from shared.eventlog.records import event_record
from tests.kafka.broker import Broker
from tests.postgres.server import Server, running

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
CUSTOMERS = 5_000
PARTITIONS = 6
TICKS = os.sysconf("SC_CLK_TCK")


def purchases(count: int) -> Iterator[dict[str, object]]:
    """Purchases as a till sends them, in order of time."""
    rng = random.Random(7)
    begin = NOW - timedelta(days=365)
    for number in range(count):
        at = begin + timedelta(seconds=number * 365 * 86_400 // count)
        amount = f"{rng.randrange(100, 99_999) / 100}"
        yield {
            "specversion": "1.0",
            "id": f"2026-{number:08d}",
            "source": f"till-{number % 7}",
            "type": "purchase",
            "subject": f"C{rng.randrange(CUSTOMERS):05d}",
            "time": f"{at:%Y-%m-%dT%H:%M:%S}Z",
            "data": {"amount": amount, "currency": "EUR", "rep": "ana"},
        }


def records(count: int) -> list[NewRecord]:
    """The same as records of the log, made as the ingest role makes them."""
    return [event_record(read_event(each, now=NOW)) for each in purchases(count)]


def bodies(count: int, size: int) -> list[bytes]:
    """The same as NDJSON bodies of `size` events each."""
    lines = [json.dumps(each).encode() for each in purchases(count)]
    return [b"\n".join(lines[start : start + size]) for start in range(0, count, size)]


@contextmanager
def kafka() -> Iterator[Broker]:
    """A broker of this run; its data is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(Path(folder) / "kafka")
        broker.start()
        try:
            yield broker
        finally:
            broker.kill()


@contextmanager
def postgres() -> Iterator[Server]:
    """A server that writes to the disk before it says yes, unlike that of the tests."""
    with running() as server:
        server.run("ALTER SYSTEM RESET ALL")
        server.run("SELECT pg_reload_conf()")
        yield server


def make_topic(broker: Broker, name: str) -> None:
    """A topic of the system's own form, with 6 partitions."""
    prepare_topics(broker.bootstrap, {name: TopicShape(partitions=PARTITIONS)})


def cpu_of(pid: int) -> float:
    """CPU seconds that a process has used, with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def told_load() -> str:
    """How busy the machine was, for the reader of the ratios."""
    return f"load of the machine over the last minute {os.getloadavg()[0]:.1f}"
