"""The one loop that reads the log: poll, fence and fold in one transaction, go on."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import Batch, EventLog, Record
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


Fold = Callable[[Connection, Sequence[Record]], FoldCount]


class Consumer:
    """Reads one topic for one group and folds what it reads, each record once.

    The stored position moves in the transaction of the fold, so a record counts if and only if
    the position is behind it. While there is little to read each step commits it at once; a
    full batch doubles the next one, up to `largest_batch` records.
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
        largest_batch: int = 5000,
    ) -> None:
        self._database = database
        self._topic = topic
        self._group = group
        self._fold = fold
        self._on_commit = on_commit
        self._metrics = metrics.of(topic, group)
        self._reader = log.reader(topic, group, StoredPositions(database, group))
        self._largest = largest_batch
        self._size = min(SMALLEST_BATCH, largest_batch)
        self._recent: deque[FoldCount] = deque()

    def step(self, timeout: float = 0.0) -> bool:
        """Fold what can be read within `timeout` seconds; False if there was nothing.

        Raises whatever the fold raises, after going back to the stored position: the same
        records come again. Raises TooManyBadRecords when over half of the last 200 (or of a
        larger batch) are bad; that batch is not committed. A lost position is no error here:
        the other reader's position counts.
        """
        batches = self._reader.poll(max_records=self._size, timeout=timeout)
        try:
            for batch in batches:
                self._fold_batch(batch)
        except LostPosition:
            self._metrics.fenced()
            self._reader.rewind()
        except BaseException:
            self._reader.rewind()
            raise
        self._grow(sum(len(batch.records) for batch in batches))
        self._observe(batches)
        return bool(batches)

    def look_back(self) -> None:
        """Go on from the stored positions, which somebody may have moved back."""
        if any(self._reader.lag().values()):
            self._reader.rewind()

    def lag(self) -> dict[int, int]:
        """Records behind the newest one, by partition."""
        return self._reader.lag()

    def close(self) -> None:
        """Leave the group."""
        self._reader.close()

    def _fold_batch(self, batch: Batch) -> None:
        def fold(connection: Connection) -> FoldCount:
            advance(
                connection,
                group=self._group,
                topic=batch.topic,
                partition=batch.partition,
                start=batch.start,
                end=batch.end,
            )
            if not batch.records:  # nothing but transaction markers
                return FoldCount(0, 0)
            count = self._fold(connection, batch.records)
            self._brake(count)
            return count

        count = self._database.run(fold)
        self._remember(count)
        self._metrics.folded(count.records, count.bad)
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

    def _grow(self, records: int) -> None:
        behind = records >= self._size
        self._size = min(self._size * 2 if behind else SMALLEST_BATCH, self._largest)

    def _observe(self, batches: Sequence[Batch]) -> None:
        newest = [batch.records[-1].written_at for batch in batches if batch.records]
        self._metrics.behind(self._reader.lag(), min(newest, default=None))
