"""The logs under test. Another implementation joins as one more parameter of `rig`."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from shared.eventlog.kafka import KafkaLog
from shared.eventlog.port import Place
from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.wakeup import LocalWakeup
from shared.storage.database import Database
from tests.eventlog.builders import PATIENCE, Rig, until
from tests.kafka.broker import Broker
from tests.kafka.faults import delete_before, recreate_topic
from tests.kafka.fixtures import with_broker

PARTITIONS = 3  # of the topics that Kafka is put through the suite with


@pytest.fixture(params=["table", pytest.param("kafka", marks=with_broker)])
def rig(request: pytest.FixtureRequest) -> Rig:
    found: Rig = request.getfixturevalue(f"{request.param}_rig")
    return found


@pytest.fixture
def table_rig(database: Database, clock: SimulatedClock, wakeup: LocalWakeup) -> Iterator[Rig]:
    other_process = Database(f"sqlite:///{database.path}")
    blocker = sqlite3.connect(str(database.path), isolation_level=None)

    def run(*statements: str) -> None:
        with database.write() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def cut(topic: str, place: Place) -> None:
        run(f"DELETE FROM log_record WHERE topic = '{topic}' AND \"offset\" < {place.offset}")

    def block(statement: str) -> None:
        blocker.execute(statement)

    with closing(blocker):
        yield Rig(
            log=TableLog(database, clock, wakeup, owner="one"),
            other=TableLog(other_process, clock, LocalWakeup(), owner="two"),
            database=database,
            go_down=lambda: block("BEGIN IMMEDIATE"),
            come_back=lambda: block("ROLLBACK"),
            recreate=lambda topic: run(
                f"DELETE FROM log_record WHERE topic = '{topic}'",
                f"DELETE FROM log_topic WHERE name = '{topic}'",
            ),
            cut=cut,
        )
    other_process.close()


@pytest.fixture
def kafka_log(kafka_broker: Broker, clock: SimulatedClock) -> Iterator[Callable[..., KafkaLog]]:
    """Makes logs on the session's broker, as so many processes would; closes them."""
    logs: list[KafkaLog] = []

    def make(prefix: str, **options: Any) -> KafkaLog:
        options = {"owner": f"test-{len(logs)}", **options}
        logs.append(KafkaLog(kafka_broker.bootstrap, clock=clock, prefix=prefix, **options))
        return logs[-1]

    yield make
    for log in logs:
        log.close()


@pytest.fixture
def kafka_rig(
    kafka_broker: Broker,
    kafka_admin: Any,
    kafka_topics: Callable[..., str],
    kafka_log: Callable[..., KafkaLog],
    database: Database,
) -> Rig:
    prefix = kafka_topics(test=PARTITIONS, other=PARTITIONS)
    one = kafka_log(prefix, needs=["vigia.test"])

    def come_back() -> None:
        kafka_broker.thaw()
        until(lambda: one.check() is None, PATIENCE)

    def name(topic: str) -> str:
        return topic.replace("vigia", prefix)

    return Rig(
        log=one,
        other=kafka_log(prefix),
        database=database,
        go_down=kafka_broker.freeze,
        come_back=come_back,
        recreate=lambda topic: recreate_topic(kafka_admin, name(topic), PARTITIONS),
        cut=lambda topic, place: delete_before(
            kafka_admin, name(topic), place.partition, place.offset
        ),
    )
