"""Our reading of Kafka's batches, against kafka-python's own of the same bytes."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka import TopicPartition
from kafka.errors import CorruptRecordError
from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder

from shared.eventlog import kafka_records
from shared.eventlog.kafka_records import poll_records
from shared.eventlog.port import Place, Record

AT = 1_772_431_200_000
GZIP = 1

names = st.text(st.characters(codec="utf-8"), max_size=8)
payloads = st.binary(max_size=300)
written = st.tuples(
    st.integers(-5000, 5000),
    st.none() | payloads,
    st.none() | payloads,
    st.lists(st.tuples(names, st.none() | payloads), max_size=3),
)


def packed(records: list[Any], compression: int = 0) -> bytearray:
    builder = MemoryRecordsBuilder(2, compression, 10**8)
    for delta, key, value, headers in records:
        builder.append(AT + delta, key, value, headers)
    builder.close()
    return bytearray(builder.buffer())


def fetched(data: bytes | bytearray, offset: int = 0) -> Any:
    consumer = SimpleNamespace(_fetcher=SimpleNamespace())
    poll_records(consumer, "t")
    made = cast("Any", consumer)._fetcher.PartitionRecords
    return made(offset, TopicPartition("on-cluster", 3), MemoryRecords(bytes(data)))


def theirs(data: bytes | bytearray) -> list[Record]:
    return [
        Record(
            Place("t", 3, found.offset),
            found.key,
            found.value or b"",
            tuple((name, value or b"") for name, value in found.headers),
            datetime.fromtimestamp(found.timestamp / 1000, UTC),
        )
        for batch in MemoryRecords(bytes(data))
        for found in batch
    ]


@given(st.lists(written, min_size=1, max_size=5), st.sampled_from([0, GZIP]))
def test_records_are_read_as_they_were_written(records: list[Any], compression: int) -> None:
    data = packed(records, compression)
    assert fetched(data).take() == theirs(data)


def test_long_batches_and_long_records() -> None:
    records = [
        (n, b"k" * (n % 200), b"v" * (n * 37), [(f"h{n}", b"")] * (n % 70)) for n in range(300)
    ]
    data = packed(records)
    assert fetched(data).take() == theirs(data)


def test_reading_begins_within_a_batch_and_ends_behind_it() -> None:
    part = fetched(packed([(0, b"k", b"%d" % n, []) for n in range(10)]), offset=4)
    assert [record.value for record in part.take(2)] == [b"4", b"5"]
    assert part.next_fetch_offset == 6
    assert len(part.take()) == 4
    assert part.next_fetch_offset == 10
    assert not part


def test_damaged_bytes_are_no_records() -> None:
    """What lies before them is given out, and nothing behind them ever is."""
    good, bad = (packed([(0, b"k", b"value", [])]) for _ in range(2))
    bad[-3] ^= 1
    part = fetched(good + bad + good)
    assert len(part.take()) == 1
    for _ in range(2):
        with pytest.raises(CorruptRecordError):
            part.take()
    assert part.next_fetch_offset == 1


def test_headers_of_many_writers_are_told_apart() -> None:
    digest, other = b"d" * 32, b"e" * 32
    shapes = [
        [("content-type", b"json"), ("digest", digest)],
        [("content-type", b"json"), ("digest", other)],
        [("content-type", b"json"), ("written", digest)],
        [("content-type", b"text"), ("digest", digest)],
        [("digest", digest), ("content-type", b"x" * 32)],
        [("digest", digest[:31])],
        [("digest", None)],
        [],
    ]
    data = packed([(0, b"k", b"v", shape) for shape in shapes * 2])
    assert fetched(data).take() == theirs(data)


def test_remembered_headers_take_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_records, "MOST_BEGINNINGS", 10)
    data = packed([(0, b"k", b"v", [(f"h{n}", b"x" * 32)]) for n in range(50)])
    assert fetched(data).take() == theirs(data)
    assert len(kafka_records._BEGINNINGS) <= 10


def test_records_that_the_broker_stamped_have_its_time() -> None:
    data = packed([(-5, b"k", b"v", []), (0, b"k", b"v", [])])
    part = fetched(data)
    batch = next(iter(MemoryRecords(bytes(data))))
    batch._header_data = tuple(
        value | batch.TIMESTAMP_TYPE_MASK if n == 5 else value
        for n, value in enumerate(batch._header_data)
    )
    stamped = datetime.fromtimestamp(AT / 1000, UTC)
    assert {record.written_at for record in part._decoded(3, batch)} == {stamped}
