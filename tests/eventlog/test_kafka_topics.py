"""Making, growing and describing topics on a real cluster."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from shared.eventlog.kafka import KafkaLog
from shared.eventlog.kafka_topics import TopicShape, describe_topics, prepare_topics
from shared.eventlog.port import NewRecord
from shared.ops.errors import ConfigurationError, LogUnavailable
from tests.eventlog.builders import PATIENCE
from tests.kafka.broker import Broker


@pytest.fixture
def name(kafka_topics: Callable[..., str]) -> str:
    """The name of a topic that is not there yet."""
    return f"{kafka_topics(other=1)}.events"


def test_a_topic_is_made_with_what_was_asked_for(kafka_broker: Broker, name: str) -> None:
    shape = TopicShape(partitions=5, retention=timedelta(days=30), segment=timedelta(hours=6))
    [line] = prepare_topics(kafka_broker.bootstrap, {name: shape})
    assert line == f"{name}: created with 5 partitions"
    found = describe_topics(kafka_broker.bootstrap, [name, "nothing"])
    state = found[name]
    assert state is not None
    assert (state.partitions, state.replicas) == (5, 1)
    assert state.configs["retention.ms"] == str(30 * 24 * 3600 * 1000)
    assert state.configs["segment.ms"] == str(6 * 3600 * 1000)
    assert found["nothing"] is None


def test_again_nothing_is_left_to_do(kafka_broker: Broker, name: str) -> None:
    shapes = {name: TopicShape(partitions=2)}
    assert prepare_topics(kafka_broker.bootstrap, shapes)
    assert prepare_topics(kafka_broker.bootstrap, shapes) == []


def test_a_topic_grows_and_is_set_anew_and_never_shrinks(kafka_broker: Broker, name: str) -> None:
    prepare_topics(kafka_broker.bootstrap, {name: TopicShape(partitions=2)})
    wider = TopicShape(partitions=4, retention=timedelta(days=7))
    assert prepare_topics(kafka_broker.bootstrap, {name: wider}) == [
        f"{name}: grown from 2 to 4 partitions",
        f"{name}: retention.ms set to {7 * 24 * 3600 * 1000}",
    ]
    narrower = TopicShape(partitions=1, retention=timedelta(days=7))
    assert prepare_topics(kafka_broker.bootstrap, {name: narrower}) == []


def test_many_processes_may_do_it_at_once(kafka_broker: Broker, name: str) -> None:
    shapes = {name: TopicShape(partitions=3)}
    with ThreadPoolExecutor(4) as pool:
        lines = list(pool.map(lambda _: prepare_topics(kafka_broker.bootstrap, shapes), range(4)))
    assert [line for each in lines for line in each] == [f"{name}: created with 3 partitions"]


def test_the_largest_request_that_ingest_takes_fits(
    kafka_broker: Broker, name: str, kafka_log: Callable[..., KafkaLog]
) -> None:
    prepare_topics(kafka_broker.bootstrap, {name: TopicShape(partitions=1)})
    log = kafka_log(name.removesuffix(".events"))
    large = bytes(9 * 2**20)
    assert log.append("vigia.events", [NewRecord("k", large)], timeout=PATIENCE)


def test_what_cannot_be_is_refused_in_a_line(
    kafka_broker: Broker, name: str, kafka_topics: Any
) -> None:
    with pytest.raises(ConfigurationError, match="InvalidReplicationFactor"):
        prepare_topics(kafka_broker.bootstrap, {name: TopicShape(replication=3)})
    with pytest.raises(LogUnavailable, match="does not answer"):
        prepare_topics("127.0.0.1:1", {name: TopicShape()})
