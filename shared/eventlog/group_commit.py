"""Appends of many threads in one transaction: one fsync acknowledges them all."""

import threading
from collections import deque
from collections.abc import Sequence

from shared.eventlog.table_rows import Row, write_rows
from shared.ops.clock import Clock
from shared.ops.errors import DatabaseBusy
from shared.storage.database import BUSY, Database

LARGEST_COMMIT_BYTES = 16 * 2**20


class GroupCommit:
    """The first thread that appends writes for all that came while it waited for its turn.

    Then the one that has waited longest writes next. Records of one call stay together.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._guard = threading.Lock()
        self._queue: deque[_Append] = deque()  # its head writes, or will
        self._writing = False

    def append(self, topic: str, rows: Sequence[Row], timeout: float) -> int:
        """Write the rows and return their first offset once they are durable.

        Raises DatabaseBusy after `timeout` seconds, or the error of the failed transaction.
        """
        deadline = self._clock.monotonic() + timeout
        mine = _Append(topic, rows)
        with self._guard:
            self._queue.append(mine)
            mine.leads, self._writing = not self._writing, True
        try:
            if not mine.leads:
                mine.woken.wait(timeout)
            if self._leads(mine):
                # Half for the threads of this process, half for other processes.
                self._commit((deadline - self._clock.monotonic()) / 2)
        finally:
            self._leave(mine)
        if mine.first is None:
            raise mine.failure or DatabaseBusy(BUSY)
        return mine.first

    @property
    def waiting(self) -> int:
        """How many appends are not written yet."""
        with self._guard:
            return len(self._queue)

    def _leads(self, mine: "_Append") -> bool:
        with self._guard:
            return mine.leads

    def _commit(self, wait: float) -> None:
        taken: list[_Append] = []
        try:
            with self._database.write(wait=max(wait, 0.0)) as connection:
                taken = self._take()
                at = self._clock.real()
                firsts = [write_rows(connection, one.topic, one.rows, at) for one in taken]
        except Exception as error:
            for one in taken:
                one.failure = error
                one.woken.set()
            raise
        for one, first in zip(taken, firsts, strict=True):
            one.first = first
            one.woken.set()

    def _take(self) -> "list[_Append]":
        taken: list[_Append] = []
        size = 0
        with self._guard:
            while self._queue and (not taken or size < LARGEST_COMMIT_BYTES):
                taken.append(self._queue.popleft())
                size += taken[-1].size
        return taken

    def _leave(self, mine: "_Append") -> None:
        """Out of the queue, whatever happened; who led hands on to the next."""
        with self._guard:
            if mine in self._queue:
                self._queue.remove(mine)
            if mine.leads:
                mine.leads = False
                self._writing = bool(self._queue)
                if self._queue:
                    self._queue[0].leads = True
                    self._queue[0].woken.set()


class _Append:
    def __init__(self, topic: str, rows: Sequence[Row]) -> None:
        self.topic = topic
        self.rows = rows
        self.size = sum(len(row.value) for row in rows)
        self.first: int | None = None
        self.failure: Exception | None = None
        self.leads = False
        self.woken = threading.Event()
