"""Reading again what a group has folded and the log still has."""

from collections.abc import Iterator, Mapping, Sequence

from shared.eventlog.port import PASSING, EventLog, Position, Record
from shared.ops.clock import Clock
from shared.ops.errors import LogUnavailable

STEP = 5_000
PATIENCE = 20.0  # seconds without a record before the log counts as unreadable


class _Nowhere:
    """The positions of a group that stores none: it begins at the earliest record."""

    def read(self, topic: str) -> Mapping[int, Position]:
        return {}


def retained(
    log: EventLog, topic: str, folded: Mapping[int, Position], clock: Clock
) -> Iterator[Sequence[Record]]:
    """The records of `topic` below the positions `folded`, by partition and in order.

    Joins the log as a group of its own that stores no position, so nobody is disturbed.
    Raises LogUnavailable when the log stops short of the positions.
    """
    reader = log.reader(topic, f"{PASSING}verify", _Nowhere())
    try:
        held = log.unread(topic, _Nowhere())
        left = {
            partition: position.next_offset
            for partition, position in folded.items()
            if held[partition].first < position.next_offset
        }
        heard = clock.monotonic()
        while left:
            for batch in reader.poll(max_records=STEP, timeout=1.0):
                heard = clock.monotonic()
                end = left.get(batch.partition)
                if end is None:
                    continue
                yield [record for record in batch.records if record.place.offset < end]
                if batch.end.next_offset >= end:
                    del left[batch.partition]
            if clock.monotonic() - heard > PATIENCE:
                raise LogUnavailable(
                    f"{topic} could not be read up to where it was folded; see whether another "
                    "`vigia verify` is running, and repeat"
                )
    finally:
        reader.close()
