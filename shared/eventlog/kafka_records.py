"""Fetched bytes made into our records in one pass.

kafka-python makes two objects of every record before we make ours, and calls a function for
every number in it; this halves what reading costs. Fetching, checksums, transactions and
positions remain kafka-python's business.
"""

from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

import kafka.errors as kafka_errors
from kafka.consumer.fetcher import Fetcher

from shared.eventlog.port import Place, Record
from shared.storage.headers import Headers

MAGIC = 2  # the form of batches since Kafka 0.11
DIGEST_BYTES = 32  # of the header that our own records end with
MOST_BEGINNINGS = 1000

# How headers begin up to a digest -> the headers before it, and the digest's name.
_BEGINNINGS: dict[bytes, tuple[Headers, str]] = {}
_new = tuple.__new__


def poll_records(consumer: Any, topic: str) -> None:
    """Let the consumer's polls hold Records from here on; their places name `topic`."""
    consumer._fetcher.PartitionRecords = partial(_Fetched, topic)


def decode(
    data: bytes, count: int, first: Place, since: int, written: datetime | None
) -> list[Record]:
    """The `count` records at the beginning of `data`, laid out as in a batch of format 2.

    `first` is the place of the batch's first offset, `since` the milliseconds that the records'
    own are added to unless the broker stamped them all as `written`. Numbers are written seven
    bits a byte, lowest first, and twice as large, odd where negative; the first byte of each is
    read here and not by a call, for it is nearly always the only one.
    """
    topic, partition, base = first
    records = []
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
        headers = _headers(data, at, end)
        # As the class would do it, but for a call to its own function.
        place = _new(Place, (topic, partition, base + (offset >> 1)))
        records.append(_new(Record, (place, key, value, headers, stamp)))
        at = end
    return records


def _headers(data: bytes, at: int, end: int) -> Headers:
    """The headers between `at` and `end`. Where they end in a digest, all records of one writer
    begin them alike, so that what precedes it is parsed once."""
    known = _BEGINNINGS.get(data[at : end - DIGEST_BYTES])
    if known is not None:
        others, name = known
        return (*others, (name, data[end - DIGEST_BYTES : end]))
    headers, behind = _parsed(data, at)
    if behind == end and headers and len(headers[-1][1]) == DIGEST_BYTES:
        if len(_BEGINNINGS) >= MOST_BEGINNINGS:
            _BEGINNINGS.clear()
        _BEGINNINGS[data[at : end - DIGEST_BYTES]] = (headers[:-1], headers[-1][0])
    return headers


def _parsed(data: bytes, at: int) -> tuple[Headers, int]:
    """Headers, and where they end."""
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
    return tuple(headers), at


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
    """What was fetched of a partition, in the consumer's hands; gives Records."""

    def __init__(self, topic: str, fetch_offset: int, tp: Any, records: Any, **kwargs: Any) -> None:
        super().__init__(fetch_offset, tp, records, **kwargs)
        self._topic = topic
        self._batches = records
        self._ready: list[Record] = []  # the rest of a batch
        self._behind = fetch_offset  # where the next batch begins
        self._damage: Exception | None = None

    def take(self, n: int | None = None) -> list[Record]:
        """The next records, at most `n`. What is damaged is never passed over."""
        if self._damage is not None:
            raise self._damage
        taken: list[Record] = []
        try:
            while self and (n is None or len(taken) < n):
                if not self._ready:
                    self._load()
                room = len(self._ready) if n is None else n - len(taken)
                taken += self._ready[:room]
                self._ready = self._ready[room:]
                # Behind a batch its last records may be gone.
                begin = self._ready[0].place.offset if self._ready else self._behind
                self.next_fetch_offset = begin
                if not self._ready and not self._batches.has_next():
                    self.drain()
        except Exception as error:
            self._damage = error
            if not taken:
                raise
        return taken

    def _load(self) -> None:
        """Make the next batch ready, or nothing of it where it is left out."""
        batch = self._batches.next_batch()
        if batch is None:
            return
        if batch.magic != MAGIC or not batch.validate_crc():
            raise kafka_errors.CorruptRecordError
        self.leader_epoch = batch.leader_epoch
        if not self._is_left_out(batch):
            records = self._decoded(self.topic_partition.partition, batch)
            if batch.base_offset < self.fetch_offset:
                records = [one for one in records if one.place.offset >= self.fetch_offset]
            self._ready = records
        self._behind = batch.next_offset

    def _is_left_out(self, batch: Any) -> bool:
        """Whether the batch ends a transaction or belongs to one that was aborted."""
        if batch.has_producer_id():
            self._consume_aborted_transactions_up_to(batch.last_offset)
            if self._contains_abort_marker(batch):
                self.aborted_producer_ids.discard(batch.producer_id)
            elif self._is_batch_aborted(batch):
                return True
        return bool(batch.is_control_batch)

    def _decoded(self, partition: int, batch: Any) -> list[Record]:
        iter(batch)  # unpacks it if it is compressed
        data = bytes(memoryview(batch._buffer)[batch._pos :])
        stamped = batch.timestamp_type == batch.LOG_APPEND_TIME
        written = _moment(batch.max_timestamp) if stamped else None
        first = Place(self._topic, partition, batch.base_offset)
        return decode(data, batch.records_count, first, batch.first_timestamp, written)
