"""Reading a real Kafka: many partitions, rebalances, growth, replaced topics, transactions."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, cast

import pytest
from kafka import KafkaProducer, TopicPartition

from shared.eventlog import kafka_reader, kafka_watch
from shared.eventlog.kafka import KafkaLog
from shared.eventlog.kafka_cluster import Topic
from shared.eventlog.kafka_member import Member
from shared.eventlog.kafka_reader import KafkaReader
from shared.eventlog.port import PASSING, NewRecord
from shared.ops.clock import SimulatedClock, SystemClock
from shared.ops.errors import LogReplaced, LogStalled, LogUnavailable, LostPosition
from shared.storage.database import Database
from shared.storage.positions import advance
from tests.eventlog.builders import PATIENCE, Nowhere, Rig, until
from tests.eventlog.folding import GROUP, TOPIC, Folding, append, by_key, steps
from tests.kafka.broker import Broker
from tests.kafka.faults import recreate_topic

Make = Callable[..., KafkaLog]


class HandClock(SystemClock):
    """Its monotonic time stands until it is moved."""

    at = 1000.0

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def folding(database: Database, clock: SimulatedClock) -> Iterator[Folding]:
    folding = Folding(database, clock)
    yield folding
    for consumer in folding.consumers:
        consumer.close()


def test_many_partitions_keep_the_order_of_each_key(
    kafka_topics: Callable[..., str], kafka_log: Make, folding: Folding
) -> None:
    log = kafka_log(kafka_topics(test=24))
    for start in range(0, 2400, 300):
        append(log, range(start, start + 300), keys=200)
    consumer = folding.join(log, "one", largest=100)
    steps(consumer, lambda: not any(consumer.lag().values()))
    assert folding.kept() == by_key(2400, keys=200)
    assert len(folding.positions()) == 24


def test_news_of_a_partition_does_not_wait_for_the_silence_of_another(
    kafka_topics: Callable[..., str], kafka_broker: Broker
) -> None:
    """The broker is asked for everything, and not for the other partition alone meanwhile."""
    name = f"{kafka_topics(test=2)}.test"
    bootstrap = {"bootstrap_servers": kafka_broker.bootstrap}
    longest = {
        "fetch_max_wait_ms": int(PATIENCE * 2000),
        "request_timeout_ms": int(PATIENCE * 3000),
    }
    producer = KafkaProducer(**bootstrap)
    member = Member(name, named="test", group=None, options={**bootstrap, **longest})

    def write(*values: bytes) -> None:
        for sent in [producer.send(name, value, partition=0) for value in values]:
            sent.get(PATIENCE)

    def taken(most: int) -> list[bytes]:
        polled = member.poll(most, PATIENCE)
        return [record.value for records in polled.values() for record in records]

    with closing(producer), closing(member):
        member.join()
        member.take([0, 1])
        member.seek({0: 0, 1: 0})
        for one, two, three in ((b"1", b"2", b"3"), (b"4", b"5", b"6")):
            write(one, two, three)
            assert [taken(1) for _ in range(3)] == [[one], [two], [three]]
        write(b"7")
        assert taken(9) == [b"7"]


def test_a_rebalance_while_folding_loses_and_repeats_nothing(
    kafka_topics: Callable[..., str], kafka_log: Make, folding: Folding
) -> None:
    prefix = kafka_topics(test=4)
    log = kafka_log(prefix)
    written = 400
    append(log, range(written))
    begun, enough = threading.Event(), threading.Event()

    def second() -> None:
        consumer = folding.join(kafka_log(prefix), "two", largest=20)
        while not enough.is_set():
            consumer.step(0.1)
            begun.set()

    thread = threading.Thread(target=second)

    def in_fold() -> None:
        folding.in_fold = lambda: None
        thread.start()
        begun.wait(PATIENCE)

    folding.in_fold = in_fold
    first = folding.join(log, "one", largest=20)
    try:
        steps(first, begun.is_set)
        while folding.names() != {"one", "two"} and written < 40_000:
            append(log, range(written, written + 40))
            written += 40
            first.step(0.1)
        steps(first, lambda: sum(map(len, folding.kept().values())) >= written)
    finally:
        enough.set()
        thread.join(PATIENCE)
    assert folding.names() == {"one", "two"}
    assert folding.kept() == by_key(written)


def test_who_lost_its_partitions_between_poll_and_fold_is_fenced(kafka_rig: Rig) -> None:
    kafka_rig.append(TOPIC, "a", "b")
    first = kafka_rig.reader(TOPIC, GROUP)
    [batch] = first.poll(max_records=10, timeout=PATIENCE)
    cast("Any", first)._member.close()  # as if it had been frozen until it was put out
    second = kafka_rig.reader(TOPIC, GROUP, kafka_rig.other)
    assert kafka_rig.read(second, GROUP, 1) == ["a"]
    with kafka_rig.database.write() as connection, pytest.raises(LostPosition):
        advance(
            connection,
            group=GROUP,
            topic=batch.topic,
            partition=batch.partition,
            start=batch.start,
            end=batch.end,
        )
    assert kafka_rig.read(second, GROUP, 1) == ["b"]


def test_a_partition_that_is_added_is_read_from_its_earliest_record(
    kafka_topics: Callable[..., str], kafka_log: Make, kafka_admin: Any, folding: Folding
) -> None:
    """And with polls that end before the rebalance does."""
    prefix = kafka_topics(test=1)
    log = kafka_log(prefix, metadata_seconds=0.5)
    append(log, range(40))
    consumer = folding.join(log, "one")
    steps(consumer, lambda: folding.kept() == by_key(40))
    kafka_admin.create_partitions({f"{prefix}.test": 6})
    until(lambda: len(log.ends(TOPIC)) == 6)
    append(kafka_log(prefix), range(40, 200))
    steps(consumer, lambda: not any(consumer.lag().values()), timeout=0.01)
    assert folding.kept() == by_key(200)
    assert len(folding.positions()) == 6


def test_a_topic_that_is_replaced_under_a_reader_stops_it(
    kafka_topics: Callable[..., str],
    kafka_log: Make,
    kafka_admin: Any,
    folding: Folding,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kafka_reader, "VERIFY_SECONDS", 0.0)
    prefix = kafka_topics(test=1)
    log = kafka_log(prefix)
    append(log, range(10))
    consumer = folding.join(log, "one")
    steps(consumer, lambda: bool(folding.kept()))
    recreate_topic(kafka_admin, f"{prefix}.test", 1)
    append(kafka_log(prefix), range(10, 100))
    with pytest.raises(LogReplaced, match="earlier topic"):
        steps(consumer, lambda: False)
    with pytest.raises(LogReplaced):
        consumer.step()
    assert sum(map(len, folding.kept().values())) == 10


@pytest.mark.parametrize(("waited", "asked"), [(0.9, 1), (2.1, 2)])
def test_what_comes_does_not_wait_for_a_look_at_its_topic_unless_the_last_was_long_ago(
    kafka_rig: Rig, monkeypatch: pytest.MonkeyPatch, waited: float, asked: int
) -> None:
    kafka_rig.append(TOPIC, "a")
    reader = cast(KafkaReader, kafka_rig.reader(TOPIC, GROUP))
    clock = HandClock()
    monkeypatch.setattr(reader, "_clock", clock)
    assert kafka_rig.read(reader, GROUP, 1) == ["a"]
    look, looks = reader._described, 0

    def looking(timeout: float) -> Topic:
        nonlocal looks
        looks += 1
        found = look(timeout)
        if looks == 1:
            kafka_rig.append(TOPIC, "b")
            clock.at += waited
        return found

    monkeypatch.setattr(reader, "_described", looking)
    clock.at += kafka_reader.VERIFY_SECONDS
    assert kafka_rig.read(reader, GROUP, 1) == ["b"]
    assert looks == asked


def test_partitions_that_are_assigned_during_a_look_at_the_topic_are_placed(
    kafka_rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka_rig.append(TOPIC, "a", "b")
    reader = cast(KafkaReader, kafka_rig.reader(TOPIC, GROUP))
    monkeypatch.setattr(kafka_reader, "VERIFY_SECONDS", 0.0)
    assert kafka_rig.read(reader, GROUP, 1) == ["a"]
    look = reader._described

    def looking(timeout: float) -> Topic:
        found = look(timeout)
        monkeypatch.setattr(reader, "_described", look)
        reader._member.unplaced = True  # as the consumer's own thread sets it
        reader._member.seek(dict.fromkeys(reader._member.assignment(), 0))
        return found

    monkeypatch.setattr(reader, "_described", looking)
    assert kafka_rig.read(reader, GROUP, 1) == ["b"]


def test_a_topic_that_is_deleted_is_named_and_not_made_by_looking_for_it(
    kafka_topics: Callable[..., str], kafka_log: Make, kafka_admin: Any, folding: Folding
) -> None:
    prefix = kafka_topics(test=1)
    log = kafka_log(prefix, needs=[TOPIC], metadata_seconds=0.5)
    assert log.check() is None
    append(log, range(1))
    consumer = folding.join(log, "one")
    steps(consumer, lambda: bool(folding.kept()))
    kafka_admin.delete_topics([f"{prefix}.test"])
    missing = f"{prefix}.test is not on the Kafka cluster; run `vigia migrate`"
    with pytest.raises(LogUnavailable, match=missing):
        steps(consumer, lambda: False)
    with pytest.raises(LogUnavailable, match=missing):
        log.append(TOPIC, [NewRecord("k", b"1")], timeout=2)
    assert missing in str(log.check())
    assert f"{prefix}.test" not in kafka_admin.list_topics()


def test_transactions_are_read_when_they_end_and_positions_pass_their_markers(
    kafka_broker: Broker,
    kafka_topics: Callable[..., str],
    kafka_log: Make,
    folding: Folding,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kafka_watch, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(kafka_watch, "STALLED_SECONDS", 0.2)
    prefix = kafka_topics(test=1)
    log = kafka_log(prefix)
    consumer = folding.join(log, "one")
    producer = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap, transactional_id=prefix)
    producer.init_transactions()

    def send(*numbers: int) -> None:
        producer.begin_transaction()
        for number in numbers:
            producer.send(f"{prefix}.test", key=b"k0", value=str(number).encode())
        producer.flush()

    send(0, 1)
    producer.commit_transaction()
    steps(consumer, lambda: folding.positions() == {0: 3})
    send(2, 3)
    producer.abort_transaction()
    steps(consumer, lambda: folding.positions() == {0: 6})
    send(4)
    for _ in range(4):  # and nobody takes the transaction that is open for a reader that stands
        assert not consumer.step(0.1)
    producer.commit_transaction()
    producer.close()
    steps(consumer, lambda: folding.positions() == {0: 8})
    assert folding.kept() == {"k0": [0, 1, 4]}
    assert consumer.lag() == {0: 0}


def test_the_group_s_offsets_are_shown_to_kafka_s_tools(
    kafka_topics: Callable[..., str],
    kafka_log: Make,
    kafka_admin: Any,
    folding: Folding,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kafka_reader, "COMMIT_SECONDS", 0.0)
    prefix = kafka_topics(test=1)
    log = kafka_log(prefix)
    append(log, range(7))
    consumer = folding.join(log, "one")

    def shown() -> int | None:
        group = f"{prefix}.group"
        found = kafka_admin.list_group_offsets([group])[group]
        offset = found.get(TopicPartition(f"{prefix}.test", 0))
        return None if offset is None else int(offset.offset)

    steps(consumer, lambda: shown() == 7)


def test_reading_in_passing_sees_every_partition_and_joins_no_group(
    kafka_topics: Callable[..., str], kafka_log: Make, kafka_admin: Any
) -> None:
    prefix = kafka_topics(test=6)
    log = kafka_log(prefix)
    append(log, range(60))
    found: list[int] = []
    for _ in range(2):
        reader = log.reader(TOPIC, f"{PASSING}look", Nowhere())
        assert sum(one.records for one in log.unread(TOPIC, Nowhere()).values()) == 60
        while len(found) % 60 or not found:
            for batch in reader.poll(max_records=100, timeout=PATIENCE):
                found += [int(record.value) for record in batch.records]
        reader.close()
        assert sorted(found) == list(range(60))
        found.clear()
    groups = [group["group_id"] for group in kafka_admin.list_groups()]
    assert not any(group.startswith(prefix) or "look" in group for group in groups)


def test_a_reader_that_gets_nothing_although_there_is_more_says_so(
    kafka_topics: Callable[..., str],
    kafka_log: Make,
    folding: Folding,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kafka_watch, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(kafka_watch, "STALLED_SECONDS", 0.3)
    log = kafka_log(kafka_topics(test=1))
    append(log, range(5))
    consumer = folding.join(log, "one")
    steps(consumer, lambda: bool(folding.kept()))
    steps(consumer, lambda: True)  # nothing more: no reason to worry
    stuck = cast("Any", consumer)._reader._member._consumer
    stuck.pause(*stuck.assignment())
    append(log, range(5, 10))
    for _ in range(2):  # it stays so
        with pytest.raises(LogStalled):
            steps(consumer, lambda: False)
