"""The event log: what every implementation promises, whichever carries the records.

The conformance suite in tests/eventlog runs against each of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from shared.storage.headers import Headers
from shared.storage.positions import Position

__all__ = [
    "PASSING",
    "Batch",
    "EventLog",
    "Headers",
    "LogReader",
    "NewRecord",
    "Place",
    "Position",
    "Positions",
    "Record",
    "Unread",
]

# A group whose name begins so reads in passing: it stores no position, nothing is kept for it.
PASSING = "passing:"


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to append. Records with one key keep their order."""

    key: str
    value: bytes
    headers: Headers = ()


class Place(NamedTuple):
    """Where a record lies: offsets rise by one or more within a partition."""

    topic: str
    partition: int
    offset: int


class Record(NamedTuple):
    """A record as read. `written_at` is the time of writing, never the event's own time."""

    place: Place
    key: bytes | None
    value: bytes
    headers: Headers
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one partition, in order.

    `start` is the stored position the batch began from (None: the partition had none). Whoever
    folds the batch moves the stored position from `start` to `end` in the same transaction, by
    compare-and-set; if that changes no row, another reader owns the partition now.
    `end.next_offset` may lie beyond the last record + 1 (transaction markers take offsets).
    """

    topic: str
    partition: int
    start: Position | None
    end: Position
    records: Sequence[Record] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Unread:
    """How much of a partition lies behind a group's stored position.

    `first` is the offset it would go on from; `records` counts offsets from there to the end.
    """

    first: int
    records: int


class Positions(Protocol):
    """Where the reader finds the stored positions of its group; read on its poll thread."""

    def read(self, topic: str) -> Mapping[int, Position]:
        """Stored position of every partition that has one."""


class LogReader(Protocol):
    """One member of a group, to be used by one thread at a time."""

    def poll(self, *, max_records: int, timeout: float, ahead: bool = False) -> list[Batch]:
        """Batches of the partitions this reader owns; an empty list after `timeout` seconds.

        A partition without a stored position starts at its earliest record. A second reader of
        a group on the same partition gets nothing until the first is gone. The next poll goes
        on behind the batches returned here, unless `rewind` was called.

        `ahead`: what was returned last is not folded yet, so the stored positions lag. When they
        would have to be read, an empty list comes at once.

        Raises LogReplaced when the stored position belongs to another topic of the same name or
        lies below the earliest record: reading on would skip in silence.
        """

    def rewind(self) -> None:
        """Forget what was polled; read the stored positions anew and go on from there."""

    def close(self) -> None:
        """Leave the group, so that another reader takes over at once."""


class EventLog(Protocol):
    """Append and read records by topic. Safe to share between threads, readers excepted."""

    def append(self, topic: str, records: Sequence[NewRecord], *, timeout: float) -> list[Place]:
        """Append all records and return the place of each, in order.

        Returns only after every record was acknowledged as durable on its own account.
        Raises LogUnavailable after at most `timeout` seconds otherwise; then any of the records
        may or may not be in the log, and the caller must not call them accepted.
        """

    def reader(self, topic: str, group: str, positions: Positions) -> LogReader:
        """A new member of `group` on `topic`."""

    def ends(self, topic: str) -> dict[int, int]:
        """The offset the next record of each partition will take at least."""

    def unread(self, topic: str, positions: Positions) -> dict[int, Unread]:
        """What every partition holds behind the positions, whoever reads it.

        While the log does not answer it is counted to the ends that were last heard of.
        """

    def misplaced(self, topic: str, positions: Positions) -> set[int]:
        """The partitions whose stored position no reader can go on from: there it raises
        LogReplaced. Partitions that the topic no longer has are among them."""

    def written(self, topic: str, offsets: Mapping[int, int]) -> dict[int, datetime]:
        """When the first record at or behind each partition's offset was written, or a little
        later; partitions without one are left out. Raises LogUnavailable."""

    def check(self) -> str | None:
        """None when records could be appended now, else what is wrong. Quick."""

    def close(self) -> None:
        """Release connections and threads."""
