"""How fast events on Kafka are folded: log, consumer and projector into each database.

    python bench/kafka_fold.py [EVENTS] [--profile]

The rival polls the same topic with a bare kafka-python consumer and does nothing with what it
gets. It and the two folds take turns, three each, every one in a process of its own that has
warmed up, and of each the best counts. The broker and PostgreSQL are real and on the same machine.
"""

import argparse
import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition
from prometheus_client import CollectorRegistry

from bench.kafka_purchases import (
    NOW,
    PARTITIONS,
    kafka,
    make_topic,
    postgres,
    records,
    told_load,
)
from services.detector.metrics import DetectorMetrics
from services.detector.projector import Projector
from shared.contract.topics import events_topic
from shared.eventlog.consumer import Consumer
from shared.eventlog.kafka import KafkaLog
from shared.eventlog.metrics import ConsumerMetrics
from shared.ops.clock import SimulatedClock
from shared.ops.garbage import search_less
from shared.ops.threads import switch_often
from shared.storage.company import load_calendar
from shared.storage.database import Database
from shared.storage.schema import migrate
from tests.postgres.server import Server, empty

STEP = 5_000
RUNS = 3
TARGETS = {"SQLite": 0.5, "PostgreSQL": 0.3}


class Spent(NamedTuple):
    """Seconds by the clock on the wall, and of this process's CPU."""

    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=100_000)
    parser.add_argument("--profile", action="store_true", help="show where the folds spend time")
    given = parser.parse_args()
    count: int = given.events
    clock = SimulatedClock(NOW)
    with kafka() as broker, postgres() as server:
        make_topic(broker, events_topic())
        fill(broker.bootstrap, clock, count)
        polls: list[Spent] = []
        folds: dict[str, list[Spent]] = {name: [] for name in TARGETS}
        for _ in range(RUNS):
            polls.append(alone(poll_warm, broker.bootstrap, count))
            for name, spent in folds.items():
                group = f"{name}-{len(spent)}"
                profile = given.profile and len(spent) == RUNS - 1
                with address(name, server) as url:
                    spent.append(alone(fold, url, broker.bootstrap, count, group, profile))
    bare = min(polls)
    show("bare kafka-python", bare, count)
    for name, spent in folds.items():
        ratio = bare.wall / min(spent).wall
        show(f"folded into {name}", min(spent), count)
        print(f"{'':24} {ratio:.2f} of the bare poll's speed (at least {TARGETS[name]})")
    print(told_load())


def show(what: str, spent: Spent, count: int) -> None:
    print(
        f"{what:24} {spent.wall / count * 1e6:6.1f} us a record, "
        f"{spent.cpu / count * 1e6:6.1f} of CPU; {count / spent.wall:,.0f} records a second"
    )


def fill(bootstrap: str, clock: SimulatedClock, count: int) -> None:
    with closing(KafkaLog(bootstrap, clock=clock, owner="bench")) as log:
        made = records(count)
        for start in range(0, count, STEP):
            log.append(events_topic(), made[start : start + STEP], timeout=30)


def alone(work: Callable[..., Spent], *given: object) -> Spent:
    """What `work` returns in a new process: none measures what the one before left behind."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *given).result()


def poll_warm(bootstrap: str, count: int) -> Spent:
    """A second pass: the first one loads and connects."""
    time_polls(bootstrap, count)
    return time_polls(bootstrap, count)


def fold(url: str, bootstrap: str, count: int, group: str, profile: bool) -> Spent:
    """All of it into an empty database."""
    clock = SimulatedClock(NOW)
    with closing(Database(url)) as database:
        migrate(database, zone="Europe/Madrid", first_weekday=0, at=NOW)
        return time_fold(database, bootstrap, clock, count, group=group, profile=profile)


def time_polls(bootstrap: str, count: int) -> Spent:
    """Reading every record with the defaults of kafka-python and doing nothing with it."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    wall, cpu = time.perf_counter(), time.process_time()
    places = [TopicPartition(events_topic(), number) for number in range(PARTITIONS)]
    consumer.assign(places)
    left = count
    while left > 0:
        polled = consumer.poll(timeout_ms=1000, max_records=STEP)
        left -= sum(map(len, polled.values()))
    spent = Spent(time.perf_counter() - wall, time.process_time() - cpu)
    consumer.close()
    return spent


@contextmanager
def address(name: str, server: Server) -> Iterator[str]:
    """Of an empty database of that kind."""
    with tempfile.TemporaryDirectory() as folder, server.fresh(empty) as theirs:
        yield f"sqlite:///{Path(folder) / 'vigia.db'}" if name == "SQLite" else theirs


def time_fold(
    database: Database,
    bootstrap: str,
    clock: SimulatedClock,
    count: int,
    *,
    group: str,
    profile: bool = False,
) -> Spent:
    """Reading, folding and committing; the group's forming and the first batch are left out."""
    registry = CollectorRegistry()
    done: list[int] = []
    with closing(KafkaLog(bootstrap, clock=clock, owner="bench")) as log:
        projector = Projector(load_calendar(database), clock, DetectorMetrics(registry))
        consumer = Consumer(
            log,
            database,
            topic=events_topic(),
            group=group,
            read=projector.read,
            fold=projector.fold,
            on_commit=lambda folded: done.append(folded.records),
            metrics=ConsumerMetrics(registry, clock),
            largest_batch=STEP,
        )
        while not done:
            consumer.step(1.0)
        search_less()  # as every role does at its start
        switch_often()
        rest = count - sum(done)
        profiler = cProfile.Profile() if profile else nullcontext()
        wall, cpu = time.perf_counter(), time.process_time()
        with profiler:
            while sum(done) < count:
                consumer.step(1.0)
        spent = Spent(time.perf_counter() - wall, time.process_time() - cpu)
        consumer.close()
    if isinstance(profiler, cProfile.Profile):
        pstats.Stats(profiler).sort_stats("tottime").print_stats(30)
    return Spent(spent.wall * count / rest, spent.cpu * count / rest)


if __name__ == "__main__":
    main()
