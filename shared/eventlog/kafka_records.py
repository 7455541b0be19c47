"""Fetched bytes made into our records in one pass.

kafka-python makes two objects of every record before we make ours, and calls a function for
every number in it; this halves what reading costs. Fetching, checksums, transactions and
positions remain kafka-python's business.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

import kafka.errors as kafka_errors
from kafka.consumer.fetcher import Fetcher

from shared.eventlog.port import Place, Record
from shared.storage.headers import Headers

MAGIC = 2  # the form of batches since Kafka 0.11


def poll_records(consumer: Any, topic: str) -> None:
    """Let the consumer's polls hold Records from here on; their places name `topic`."""
    consumer._fetcher.PartitionRecords = partial(_Fetched, topic)


def decode(
    data: bytes, count: int, first: Place, since: int, written: datetime | None
) -> Iterator[Record]:
    """The `count` records at the beginning of `data`, laid out as in a batch of format 2.

    `first` is the place of the batch's first offset, `since` the milliseconds that the records'
    own are added to unless the broker stamped them all as `written`. Numbers are written seven
    bits a byte, lowest first, and twice as large, odd where negative; the first byte of each is
    read here and not by a call, for it is nearly always the only one.
    """
    topic, partition, base = first
    at = 0
    for _ in range(count):
        n, at = data[at], at + 1
        if n > 127:
            n, at = _rest(data, at, n)
        end = at + (n >> 1)
        delta, at = data[at + 1], at + 2
        if delta > 127:
            delta, at = _rest(data, at, delta)
        offset, at = data[at], at + 1
        if offset > 127:
            offset, at = _rest(data, at, offset)
        n, at = data[at], at + 1
        if n > 127:
            n, at = _rest(data, at, n)
        key, at = (None, at) if n & 1 else (data[at : at + (n >> 1)], at + (n >> 1))
        n, at = data[at], at + 1
        if n > 127:
            n, at = _rest(data, at, n)
        value, at = (b"", at) if n & 1 else (data[at : at + (n >> 1)], at + (n >> 1))
        stamp = written or _moment(since + ((delta >> 1) ^ -(delta & 1)))
        place = Place(topic, partition, base + (offset >> 1))
        yield Record(place, key, value, _headers(data, at), stamp)
        at = end


def _headers(data: bytes, at: int) -> Headers:
    headers = []
    count, at = data[at], at + 1
    if count > 127:
        count, at = _rest(data, at, count)
    for _ in range(count >> 1):
        n, at = data[at], at + 1
        if n > 127:
            n, at = _rest(data, at, n)
        name, at = data[at : at + (n >> 1)], at + (n >> 1)
        n, at = data[at], at + 1
        if n > 127:
            n, at = _rest(data, at, n)
        value, at = (b"", at) if n & 1 else (data[at : at + (n >> 1)], at + (n >> 1))
        headers.append((_name(name), value))
    return tuple(headers)


def _rest(data: bytes, at: int, first: int) -> tuple[int, int]:
    """The number that begins with the byte `first` and goes on at `at`, and where it ends."""
    number, shift = first & 127, 7
    while (byte := data[at]) > 127:
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
    return number | byte << shift, at + 1


@lru_cache(maxsize=256)
def _name(raw: bytes) -> str:
    return raw.decode()


@lru_cache(maxsize=1024)
def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


class _Fetched(Fetcher.PartitionRecords):  # type: ignore[misc]
    """What was fetched of a partition, in the consumer's hands; yields Records."""

    def __init__(self, topic: str, *args: Any, **kwargs: Any) -> None:
        self._topic = topic
        super().__init__(*args, **kwargs)

    def _maybe_skip_record(self, record: Record) -> bool:
        return record.place.offset < int(self.fetch_offset)

    def _unpack_records(self, tp: Any, records: Any, *_deserializers: Any) -> Iterator[Record]:
        batch = records.next_batch()
        while batch is not None:
            if batch.magic != MAGIC or not batch.validate_crc():
                raise kafka_errors.CorruptRecordError
            self.leader_epoch = batch.leader_epoch
            if not self._is_left_out(batch):
                for record in self._decoded(tp.partition, batch):
                    self.next_fetch_offset = record.place.offset + 1
                    yield record
            self.next_fetch_offset = batch.next_offset  # its last records may be gone
            batch = records.next_batch()
        self.drain()

    def _is_left_out(self, batch: Any) -> bool:
        """Whether the batch ends a transaction or belongs to one that was aborted."""
        if batch.has_producer_id():
            self._consume_aborted_transactions_up_to(batch.last_offset)
            if self._contains_abort_marker(batch):
                self.aborted_producer_ids.discard(batch.producer_id)
            elif self._is_batch_aborted(batch):
                return True
        return bool(batch.is_control_batch)

    def _decoded(self, partition: int, batch: Any) -> Iterator[Record]:
        iter(batch)  # unpacks it if it is compressed
        data = bytes(memoryview(batch._buffer)[batch._pos :])
        stamped = batch.timestamp_type == batch.LOG_APPEND_TIME
        written = _moment(batch.max_timestamp) if stamped else None
        first = Place(self._topic, partition, batch.base_offset)
        return decode(data, batch.records_count, first, batch.first_timestamp, written)
