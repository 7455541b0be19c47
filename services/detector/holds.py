"""Letting go of customers who were held for missing data, once these have come."""

from datetime import datetime
from functools import partial

import numpy as np
from sqlalchemy import Connection, exists, select

from services.detector.feeds import incomplete_feeds
from services.detector.held import Missing, Unread, load_held
from services.detector.schedule import unfolded
from shared.contract.topics import DETECTOR_GROUP, events_topic
from shared.domain.week import Calendar
from shared.ops.settings import Settings
from shared.storage import due, evaluations
from shared.storage.database import Database
from shared.storage.evaluations import EvaluationRow
from shared.storage.positions import StoredPositions
from shared.storage.tables import due as due_table
from shared.storage.tables import evaluation

BATCH = 1_000


class Holds:
    """Customers whose due row `held` waits at its low priority until what is missing has come:
    their feeds are complete, and the records are folded that lay unread at their evaluation.

    Releasing raises the row's priority: then it is taken like late data.
    """

    def __init__(self, database: Database, settings: Settings, calendar: Calendar) -> None:
        self._database = database
        self._settings = settings
        self._calendar = calendar
        self._positions = StoredPositions(database, DETECTOR_GROUP)
        self._seen: tuple[int, frozenset[str], frozenset[int]] | None = None

    def release(self, now: datetime) -> bool:
        """Release whoever is no longer held; True if there were some.

        Cheap while nothing more is complete.
        """
        with self._database.read() as connection:
            newest = evaluations.newest_live(connection)
            if newest is None or _evaluating(connection):
                return False
            until = self._calendar.starts_at(newest.as_of)
            feeds = incomplete_feeds(connection, until, now, self._settings)
            missing = Missing(feeds, self._unread(newest))
            seen = (newest.id, frozenset(missing.feeds), frozenset(missing.unread.ends))
            if seen == self._seen:
                return False
            free = self._free(connection, newest.as_of, missing)
        for start in range(0, len(free), BATCH):
            rows = [(number, "held", due.LATE) for number in free[start : start + BATCH]]
            self._database.run(partial(due.mark, rows=rows, since=now))
        self._seen = seen
        return bool(free)

    def _unread(self, newest: EvaluationRow) -> Unread:
        """What lay unread at the evaluation and still does."""
        ends = {int(place): end for place, end in newest.progress.get("unread", {}).items()}
        if not ends:
            return Unread()
        left = unfolded(ends, self._positions.read(events_topic()))
        return Unread(left, newest.progress.get("partitions", 1))

    def _free(self, connection: Connection, as_of: int, missing: Missing) -> list[int]:
        waiting = select(due_table.c.customer).where(due_table.c.priority == due.HELD)
        numbers = np.array(connection.scalars(waiting.order_by(due_table.c.customer)).all())
        free: list[int] = []
        for start in range(0, len(numbers), BATCH):
            some = numbers[start : start + BATCH]
            held = load_held(connection, some, as_of, missing, self._settings.held_share)
            free += [number for number in some.tolist() if number not in held]
        return free


def _evaluating(connection: Connection) -> bool:
    """Whether an evaluation just now holds customers that the one before it did not."""
    running = evaluation.c.live & (evaluation.c.state == "running")
    return bool(connection.scalar(select(exists().where(running))))
