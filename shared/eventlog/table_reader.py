"""Reading the table log: one reader a group, by a lease that polls renew."""

from sqlalchemy import Connection

from shared.eventlog.port import Batch, Position, Positions, Record
from shared.eventlog.table_rows import PARTITION, earliest, records_from, topic_row
from shared.ops.clock import Clock
from shared.ops.errors import LogReplaced, LostLease
from shared.ops.wakeup import Wakeup
from shared.storage.database import Database
from shared.storage.lease import Lease

LEASE_SECONDS = 15.0


class TableReader:
    """Keeps the promises of LogReader."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wakeup: Wakeup,
        positions: Positions,
        *,
        topic: str,
        group: str,
        owner: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wakeup = wakeup
        self._positions = positions
        self._topic = topic
        self._lease = Lease(database, f"reader:{group}:{topic}", owner, LEASE_SECONDS)
        self._renew_at = 0.0
        self._assigned = False
        self._position: Position | None = None

    def poll(self, *, max_records: int, timeout: float, ahead: bool = False) -> list[Batch]:
        """See LogReader.poll."""
        if ahead:
            return self._poll(max_records, ahead=True)
        batches = self._poll(max_records)
        if not batches and timeout > 0:
            self._wakeup.wait(f"log:{self._topic}", timeout)
            batches = self._poll(max_records)
        return batches

    def rewind(self) -> None:
        """See LogReader.rewind."""
        self._assigned = False

    def close(self) -> None:
        """See LogReader.close."""
        self._assigned = False
        self._lease.release()
        self._wakeup.ring(f"log:{self._topic}")

    def _poll(self, max_records: int, *, ahead: bool = False) -> list[Batch]:
        if not self._holds_lease():
            return []
        if not self._assigned:
            if ahead:
                return []
            self._position = self._positions.read(self._topic).get(PARTITION)
            self._assigned = True
        with self._database.read() as connection:
            topic_id, end = topic_row(connection, self._topic)
            start = self._first_offset(connection, topic_id, end)
            records = records_from(connection, self._topic, start, max_records)
        self._check_first(records, start, end)
        if not records:
            return []
        reached = Position(records[-1].place.offset + 1, topic_id)
        batch = Batch(self._topic, PARTITION, self._position, reached, records)
        self._position = reached
        return [batch]

    def _holds_lease(self) -> bool:
        """Take the lease or keep it; another taker may have begun where the position stands."""
        if self._lease.attempt is None:
            self._assigned = False
            held = self._lease.acquire() is not None
        elif self._clock.monotonic() < self._renew_at:
            return True
        else:
            held = self._renewed()
        self._renew_at = self._clock.monotonic() + LEASE_SECONDS / 3
        return held

    def _renewed(self) -> bool:
        try:
            self._database.run(self._lease.renew)
        except LostLease:
            return False
        return True

    def _first_offset(self, connection: Connection, topic_id: str, end: int) -> int:
        position = self._position
        if position is None:
            return earliest(connection, self._topic, end)
        if position.topic_id != topic_id:
            raise self._replaced("belongs to an earlier topic of that name")
        if position.next_offset > end:
            raise self._replaced("lies behind the newest record")
        return position.next_offset

    def _check_first(self, records: list[Record], start: int, end: int) -> None:
        found = records[0].place.offset if records else end
        if found != start:
            raise self._replaced("lies before the earliest record")

    def _replaced(self, how: str) -> LogReplaced:
        self._assigned = False
        return LogReplaced(
            f"the stored position of {self._lease.name} {how}: events would be skipped in "
            "silence; restore the log, or start over with `vigia replay`"
        )
