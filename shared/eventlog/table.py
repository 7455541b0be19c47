"""The event log as a table of the same SQLite file: one partition, one reader a group."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.eventlog.group_commit import GroupCommit
from shared.eventlog.port import NewRecord, Place, Positions, Unread
from shared.eventlog.table_reader import TableReader
from shared.eventlog.table_rows import (
    PARTITION,
    earliest,
    pack_record,
    probe_writing,
    prune_rows,
    topic_row,
    written_at,
)
from shared.ops.clock import Clock
from shared.ops.errors import ConfigurationError, DatabaseBusy, LogUnavailable
from shared.ops.wakeup import Wakeup
from shared.storage.database import Database
from shared.storage.tables import log_topic

KEPT = timedelta(days=7)
PRUNE_RECORDS = 1000
FREE_BYTES = 32 * 2**20  # below this an append may fail


class TableLog:
    """Keeps the promises of EventLog on SQLite.

    An append is one write transaction, fsynced at its commit (synchronous=FULL), so either all
    of its records are in the log or none.
    """

    def __init__(self, database: Database, clock: Clock, wakeup: Wakeup, *, owner: str) -> None:
        if not database.is_sqlite:
            raise ConfigurationError(
                "the table log works on SQLite only: on PostgreSQL offsets may be committed out "
                "of order and a reader would skip events; set VIGIA_KAFKA_BOOTSTRAP"
            )
        self._database = database
        self._commits = GroupCommit(database, clock)
        self._clock = clock
        self._wakeup = wakeup
        self._owner = owner

    def append(self, topic: str, records: Sequence[NewRecord], *, timeout: float) -> list[Place]:
        """See EventLog.append; the records of one call have adjacent offsets."""
        if not records:
            return []
        rows = [pack_record(record) for record in records]
        try:
            first = self._commits.append(topic, rows, timeout)
        except (DBAPIError, DatabaseBusy, PoolTimeout) as error:
            raise LogUnavailable(f"the log cannot take records: {_reason(error)}") from None
        self._wakeup.ring(f"log:{topic}")
        return [Place(topic, PARTITION, first + n) for n in range(len(records))]

    def reader(self, topic: str, group: str, positions: Positions) -> TableReader:
        """See EventLog.reader."""
        return TableReader(
            self._database,
            self._clock,
            self._wakeup,
            positions,
            topic=topic,
            group=group,
            owner=self._owner,
        )

    def ends(self, topic: str) -> dict[int, int]:
        """See EventLog.ends."""
        with self._database.read() as connection:
            return {PARTITION: topic_row(connection, topic)[1]}

    def unread(self, topic: str, positions: Positions) -> dict[int, Unread]:
        """See EventLog.unread."""
        stored = positions.read(topic).get(PARTITION)
        with self._database.read() as connection:
            _, end = topic_row(connection, topic)
            first = earliest(connection, topic, end) if stored is None else stored.next_offset
        return {PARTITION: Unread(first, end - first)}

    def misplaced(self, topic: str, positions: Positions) -> set[int]:
        """See EventLog.misplaced."""
        stored = positions.read(topic)
        with self._database.read() as connection:
            topic_id, end = topic_row(connection, topic)
            first = earliest(connection, topic, end)
        return {
            partition
            for partition, position in stored.items()
            if position.topic_id != topic_id or not first <= position.next_offset <= end
        }

    def written(self, topic: str, offsets: Mapping[int, int]) -> dict[int, datetime]:
        """See EventLog.written."""
        with self._database.read() as connection:
            found = {p: written_at(connection, topic, offset) for p, offset in offsets.items()}
        return {partition: at for partition, at in found.items() if at is not None}

    def check(self) -> str | None:
        """See EventLog.check."""
        try:
            with self._database.write(wait=0.5) as connection:
                probe_writing(connection)
            free = shutil.disk_usage((self._database.path or Path()).parent).free
        except OSError:
            return "the data folder is gone; check what happened to it"
        except (DBAPIError, DatabaseBusy, PoolTimeout) as error:
            return _reason(error)
        return None if free >= FREE_BYTES else "the disk is nearly full; free some space"

    @property
    def waiting(self) -> int:
        """How many appends wait to be written."""
        return self._commits.waiting

    def prune(self, now: datetime) -> int:
        """Delete the records written over 7 days before `now` that every group has passed.

        `now` is real time. Returns how many went; in many short transactions.
        """
        with self._database.read() as connection:
            topics = connection.execute(select(log_topic.c.name)).scalars().all()
        total = 0
        for topic in topics:
            deleted = PRUNE_RECORDS
            while deleted == PRUNE_RECORDS:
                deleted = self._database.run(
                    partial(prune_rows, topic=topic, before=now - KEPT, limit=PRUNE_RECORDS)
                )
                total += deleted
        return total

    def close(self) -> None:
        """Nothing to release: the connections are the database's."""


def _reason(error: Exception) -> str:
    """What to tell people; never the driver's text, which may quote a statement's values."""
    if isinstance(error, DatabaseBusy | PoolTimeout):
        return "the database is busy with other work; repeat in a while"
    original = getattr(error, "orig", None)
    name = getattr(original, "sqlite_errorname", type(original).__name__)
    for prefix, reason in _REASONS.items():
        if name.startswith(prefix):
            return reason
    return f"the database failed with {name}; see `vigia doctor`"


_REASONS = {
    "SQLITE_BUSY": "another process is writing to the database; repeat in a while",
    "SQLITE_LOCKED": "another process is writing to the database; repeat in a while",
    "SQLITE_FULL": "the disk is full; free some space",
    "SQLITE_READONLY": "the database file is read-only; correct its permissions",
    "SQLITE_CANTOPEN": "the database file cannot be opened; check the folder and its permissions",
    "SQLITE_IOERR": "the disk failed; check it and the space on it",
    "SQLITE_CORRUPT": "the database file is damaged; restore a back-up",
    "SQLITE_NOTADB": "the database file is damaged; restore a back-up",
}
