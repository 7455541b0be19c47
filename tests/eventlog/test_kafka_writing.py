"""Writing to a real Kafka, and what remains of a promise while it is ill."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from shared.eventlog import kafka_link
from shared.eventlog.kafka import KafkaLog, Room
from shared.eventlog.kafka_cluster import Late
from shared.eventlog.kafka_link import Link
from shared.eventlog.kafka_topics import TopicShape, prepare_topics
from shared.eventlog.port import NewRecord
from shared.ops.clock import SimulatedClock, SystemClock
from shared.ops.errors import LogUnavailable
from tests.eventlog.builders import PATIENCE, Nowhere, Rig, until
from tests.kafka.broker import PASSWORD, Broker
from tests.kafka.faults import blackhole

TOPIC = "vigia.test"
REQUEST = 4.5  # what ingest gives an append
ANSWER = 5.0  # within which a request is answered, whatever happens
RETURN = 10.0  # within which a log that is back is used again
FREEZE = 14.0
Make = Callable[..., KafkaLog]


def accepted(log: KafkaLog, value: str) -> bool:
    """Whether the log took the value; either way it says so in time."""
    begun = time.monotonic()
    try:
        log.append(TOPIC, [NewRecord("k", value.encode())], timeout=REQUEST)
    except LogUnavailable:
        return False
    finally:
        assert time.monotonic() - begun < ANSWER
    return True


def read_all(rig: Rig, count: int) -> list[str]:
    return rig.read(rig.reader(TOPIC, "all"), "all", count)


def test_a_broker_that_freezes_for_long_is_used_again_after(
    kafka_broker: Broker, kafka_rig: Rig
) -> None:
    log = cast("KafkaLog", kafka_rig.log)
    reader = kafka_rig.reader(TOPIC, "g")
    assert accepted(log, "before")
    assert kafka_rig.read(reader, "g", 1) == ["before"]
    assert kafka_rig.unread(TOPIC, "g") == 0
    kafka_broker.freeze()
    frozen_until = time.monotonic() + FREEZE
    try:
        assert not accepted(log, "lost")
        assert not accepted(log, "lost again")
        assert log.check() is not None
        assert reader.poll(max_records=10, timeout=0.1) == []
        assert kafka_rig.unread(TOPIC, "g") == 0  # as it was last heard
        time.sleep(max(0.0, frozen_until - time.monotonic()))
    finally:
        kafka_broker.thaw()
    until(lambda: accepted(log, "after"), RETURN)
    until(lambda: log.check() is None, RETURN)  # a partition may be without a leader for a moment
    until(lambda: "after" in kafka_rig.read(reader, "g", 1))


def test_a_broker_that_is_killed_is_used_again_when_it_is_back(
    kafka_broker: Broker, kafka_rig: Rig, kafka_log: Make
) -> None:
    log = cast("KafkaLog", kafka_rig.log)
    kept = [f"before-{n}" for n in range(3) if accepted(log, f"before-{n}")]
    kafka_broker.kill()
    started_meanwhile = kafka_log(cast("Any", log)._prefix)
    try:
        with ThreadPoolExecutor(2) as pool:
            taken = pool.map(lambda each: accepted(each, "lost"), [log, started_meanwhile])
            assert list(taken) == [False, False]
        assert "does not answer" in str(log.check())
    finally:
        kafka_broker.start()
    until(lambda: accepted(log, "after"), RETURN)
    until(lambda: accepted(started_meanwhile, "after"), RETURN)
    values = read_all(kafka_rig, 5)
    assert values[:3] == kept
    assert values[-1] == "after"


def test_an_address_that_accepts_and_never_answers(clock: SimulatedClock) -> None:
    with blackhole() as address:
        log = KafkaLog(address, clock=clock, owner="test", needs=[TOPIC])
        assert not accepted(log, "lost")
        assert f"Kafka at {address} does not answer" in str(log.check())
        log.close()
        with pytest.raises(LogUnavailable, match="closed"):
            log.append(TOPIC, [NewRecord("k", b"")], timeout=1)


def test_nobody_waits_for_another_s_attempt_to_connect(clock: SimulatedClock) -> None:
    with blackhole() as address:
        log = KafkaLog(address, clock=clock, owner="test")
        answers: list[bool] = []
        threads = [
            threading.Thread(target=lambda: answers.append(accepted(log, "lost")))
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert answers == [False] * 20
        log.close()


@pytest.mark.parametrize("error", [Late(threading.Event()), RuntimeError("a bug")])
def test_a_connection_that_hangs_is_replaced(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_link, "HUNG_SECONDS", 0.01)

    class Hanging:
        def __init__(self) -> None:
            self.closed = threading.Event()

        def run(self, *_args: object, until: float) -> None:
            raise error

        def close(self) -> None:
            self.closed.set()

    class Sound(Hanging):
        def run(self, *_args: object, until: float) -> None:
            return None

    made: list[Any] = [Sound(), hanging := Hanging()]
    link = Link(made.pop, SystemClock(), "nowhere")
    with pytest.raises(LogUnavailable):
        link.call(cast("Any", None), topic="t", timeout=1)
    assert hanging.closed.wait(PATIENCE)
    assert not made[0].closed.is_set()
    link.call(cast("Any", None), topic="t", timeout=1)
    link.close()


def test_a_connection_that_was_only_late_is_kept() -> None:
    done = threading.Event()
    done.set()

    class Busy:
        def run(self, *_args: object, until: float) -> None:
            raise Late(done)

        def close(self) -> None:
            raise AssertionError("it was sound")

    made: list[Any] = [Busy()]
    link = Link(made.pop, SystemClock(), "nowhere")
    for _ in range(2):
        with pytest.raises(LogUnavailable, match="does not answer"):
            link.call(cast("Any", None), topic="t", timeout=1)


def test_an_append_larger_than_a_batch_keeps_its_order(kafka_rig: Rig) -> None:
    values = [f"{n}-{'x' * 100_000}" for n in range(40)]
    places = kafka_rig.append(TOPIC, *values)
    assert [place.offset for place in places] == list(range(40))
    assert read_all(kafka_rig, 40) == values


def test_a_key_lies_where_every_other_client_would_put_it(
    kafka_broker: Broker, kafka_topics: Callable[..., str], kafka_log: Make
) -> None:
    """So that a key's records stay in order whoever else writes to the topic."""
    prefix = kafka_topics(test=24)
    keys = [f"customer-{n}" for n in range(50)] + ["", "ñandú", "a/b c"]
    places = kafka_log(prefix).append(TOPIC, [NewRecord(key, b"") for key in keys], timeout=5)
    producer = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap)
    sent = [producer.send(f"{prefix}.test", key=key.encode(), value=b"") for key in keys]
    assert [future.get(PATIENCE).partition for future in sent] == [p.partition for p in places]
    producer.close()


def test_records_carry_the_time_of_writing_whatever_business_time_is(
    kafka_broker: Broker, kafka_topics: Callable[..., str], kafka_log: Make, clock: SimulatedClock
) -> None:
    clock.move_to(datetime(2031, 1, 1, tzinfo=UTC))
    prefix = kafka_topics(test=1)
    before = SystemClock().real() - timedelta(seconds=1)
    kafka_log(prefix).append(TOPIC, [NewRecord("k", b"v")], timeout=5)
    consumer = KafkaConsumer(bootstrap_servers=kafka_broker.bootstrap)
    consumer.assign([of := TopicPartition(f"{prefix}.test", 0)])
    consumer.seek_to_beginning()
    [record] = consumer.poll(timeout_ms=PATIENCE * 1000)[of]
    consumer.close()
    written = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    assert before <= written <= SystemClock().real() + timedelta(seconds=1)


def access(password: str) -> dict[str, str]:
    return {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "vigia",
        "sasl_plain_password": password,
    }


def test_a_cluster_that_asks_for_a_password(
    kafka_broker: Broker, kafka_topics: Callable[..., str], clock: SimulatedClock
) -> None:
    prefix = kafka_topics(test=1)
    with closing(
        KafkaLog(
            kafka_broker.guarded,
            clock=clock,
            owner="test",
            prefix=prefix,
            access=access(PASSWORD),
        )
    ) as log:
        assert accepted(log, "a")
        reader = log.reader(TOPIC, "g", Nowhere())
        [batch] = reader.poll(max_records=10, timeout=PATIENCE)
        assert [record.value for record in batch.records] == [b"a"]
    shapes = {f"{prefix}.test": TopicShape(partitions=2)}
    assert prepare_topics(kafka_broker.guarded, shapes, access=access(PASSWORD))
    with closing(
        KafkaLog(kafka_broker.guarded, clock=clock, owner="test", access=access("wrong"))
    ) as log:
        with pytest.raises(LogUnavailable, match="lets this user in"):
            log.append(TOPIC, [NewRecord("k", b"v")], timeout=REQUEST)
        assert "wrong" not in str(log.check())


def test_the_bytes_under_way_are_bounded() -> None:
    room = Room(100)
    full = pytest.raises(LogUnavailable, match="too many events")
    with room.hold(60, 0), room.hold(40, 0), full, room.hold(1, 0.01):
        pass
    with room.hold(1000, 0), full, room.hold(1, 0.01):
        pass
    with room.hold(100, 0):
        pass


def test_kafka_s_debug_lines_stay_silent(kafka_rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """They hold keys and values."""
    caplog.set_level(logging.DEBUG)
    kafka_rig.append(TOPIC, "secret-value", key="secret-key")
    assert read_all(kafka_rig, 1) == ["secret-value"]
    assert "secret" not in caplog.text
