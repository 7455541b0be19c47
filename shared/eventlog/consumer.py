"""The one loop that reads the log: poll, fence and fold in one transaction, go on."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from shared.eventlog.ahead import Ahead
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import Batch, EventLog, Record
from shared.eventlog.right_of_way import RightOfWay
from shared.ops.errors import LostPosition, TooManyBadRecords
from shared.storage.database import Database
from shared.storage.positions import StoredPositions, advance

SMALLEST_BATCH = 500
BRAKE_RECORDS = 200


@dataclass(frozen=True, slots=True)
class FoldCount:
    """How many records a fold was given, and how many of them could not be read as events."""

    records: int
    bad: int


Read = Callable[[Iterable[Record]], Any]  # what they say, in one go; outside of transactions
Fold = Callable[[Connection, Any], FoldCount]  # takes in what `Read` made of them


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll brought, and what its records say; None where there are but markers."""

    batches: Sequence[Batch]
    records: int
    read: Any


class Consumer:
    """Reads one topic for one group and folds what it reads, each record once.

    The stored positions move in the transaction of the fold, so a record counts if and only if
    its partition's position is behind it. While there is little to read each step commits it at
    once; a full batch doubles the next one, up to `largest_batch` records, and the next batch
    is then polled and read on a second thread while this one is folded; folding goes first.
    """

    def __init__(
        self,
        log: EventLog,
        database: Database,
        *,
        topic: str,
        group: str,
        fold: Fold,
        on_commit: Callable[[FoldCount], None],
        metrics: ConsumerMetrics,
        read: Read = list,
        largest_batch: int = 5000,
    ) -> None:
        self._database = database
        self._topic = topic
        self._group = group
        self._read = read
        self._fold = fold
        self._on_commit = on_commit
        self._metrics = metrics.of(topic, group)
        self._log = log
        self._stored = StoredPositions(database, group)
        self._reader = log.reader(topic, group, self._stored)
        self._largest = largest_batch
        self._size = min(SMALLEST_BATCH, largest_batch)
        self._recent: deque[FoldCount] = deque()
        self._way = RightOfWay()
        self._ahead: Ahead[Polled] | None = None  # has the reader until it has ended

    def step(self, timeout: float = 0.0) -> bool:
        """Fold what can be read within `timeout` seconds; False if there was nothing.

        Raises whatever the fold raises, after going back to the stored positions: the same
        records come again. Raises TooManyBadRecords when over half of the last 200 (or of a
        larger batch) are bad; that batch is not committed. A lost position is no error here:
        the other reader's position counts.
        """
        polled = self._polled(timeout)
        if polled.records >= self._size:
            self._size = min(self._size * 2, self._largest)
            self._ahead = Ahead(lambda: self._poll(timeout, ahead=True))
        else:
            self._size = min(SMALLEST_BATCH, self._largest)
        try:
            if polled.batches:
                self._commit(polled)
        except LostPosition:
            self._metrics.fenced()
            self._rewind()
        except BaseException:
            self._rewind()
            raise
        return bool(polled.batches)

    def look_back(self) -> None:
        """Go on from the stored positions, which somebody may have moved back."""
        if any(self.lag().values()):
            self._rewind()

    def lag(self) -> dict[int, int]:
        """Records behind the newest one, by partition."""
        return {p: one.records for p, one in self._log.unread(self._topic, self._stored).items()}

    def close(self) -> None:
        """Leave the group."""
        self._wait()
        self._reader.close()

    def _polled(self, timeout: float) -> Polled:
        ahead, self._ahead = self._ahead, None
        found = None if ahead is None else ahead.result()
        return found if found is not None and found.batches else self._poll(timeout)

    def _poll(self, timeout: float, *, ahead: bool = False) -> Polled:
        batches = self._reader.poll(max_records=self._size, timeout=timeout, ahead=ahead)
        records = [record for batch in batches for record in batch.records]
        try:
            read = self._read(self._way.give(records)) if records else None
            return Polled(batches, len(records), read)
        except BaseException:
            self._reader.rewind()
            raise

    def _rewind(self) -> None:
        """Drop what was read ahead as well."""
        self._wait()
        self._ahead = None
        self._reader.rewind()

    def _wait(self) -> None:
        if self._ahead is not None:
            self._ahead.wait()

    def _commit(self, polled: Polled) -> None:
        """Fold all batches of a poll in one transaction: one of them lost drops them all.

        If the database forgets it, it forgets the positions as well, and all is read again.
        """

        def work(connection: Connection) -> FoldCount:
            with self._way.taken(connection) if self._ahead else nullcontext():
                for batch in polled.batches:
                    advance(
                        connection,
                        group=self._group,
                        topic=batch.topic,
                        partition=batch.partition,
                        start=batch.start,
                        end=batch.end,
                    )
                if polled.read is None:  # nothing but transaction markers
                    return FoldCount(0, 0)
                count = self._fold(connection, polled.read)
                self._brake(count)
                return count

        count = self._database.run(work, forgettable=True)
        self._remember(count)
        self._metrics.folded(len(polled.batches), count.records, count.bad)
        self._on_commit(count)

    def _brake(self, newest: FoldCount) -> None:
        bad = 0.0
        room = BRAKE_RECORDS
        for count in (newest, *reversed(self._recent)):
            seen = min(count.records, room)
            bad += count.bad * seen / count.records if count.records else 0
            room -= seen
        if 2 * bad > BRAKE_RECORDS:
            raise TooManyBadRecords(
                f"over half of the last {BRAKE_RECORDS} records of {self._topic} cannot be read "
                "as events; the newest were not taken; look at who writes to the log, or start "
                "a version that can read them"
            )

    def _remember(self, count: FoldCount) -> None:
        """Keep the counts of as few batches as make up the last 200 records."""
        self._recent.append(count)
        kept = sum(count.records for count in self._recent)
        while kept - self._recent[0].records >= BRAKE_RECORDS:
            kept -= self._recent.popleft().records
