"""When an evaluation may begin: is it due, and has everything come in that it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, select

from services.detector.held import Unread
from shared.contract.topics import DETECTOR_GROUP, events_topic
from shared.domain.week import DAYS, Calendar
from shared.eventlog.port import EventLog, Position
from shared.ops.settings import Settings
from shared.storage.database import Database
from shared.storage.positions import StoredPositions
from shared.storage.tables import customer_day, evaluation

MISSED_WEEKS = 8  # older ones can be asked for by `vigia evaluate --as-of`
RUNNING = timedelta(hours=1)  # left for the evaluation itself before the next week closes


@dataclass(frozen=True, slots=True)
class Appointment:
    """The evaluation of the newest closed week: its day, when it is due, and how long it may wait.

    From `waits_until` on it runs with the data that are there.
    """

    as_of: int
    due_at: datetime
    waits_until: datetime


def newest(settings: Settings, calendar: Calendar, now: datetime) -> Appointment:
    """The appointment of the newest closed week, which may still lie ahead.

    It never waits until the next week closes: that one would take its place.
    """
    week = calendar.newest_closed_week(now)
    due_at = calendar.evaluation_due(
        week, settings.evaluation_weekday_number, settings.evaluation_hour
    )
    as_of = week + DAYS
    patience = timedelta(hours=settings.evaluation_wait_hours)
    last_call = calendar.starts_at(as_of + DAYS) - RUNNING
    return Appointment(as_of, due_at, min(due_at + patience, last_call))


def has_trade(connection: Connection, before: int) -> bool:
    """Whether anything is known that could be judged: without it the week can wait for data."""
    found = select(exists().where(customer_day.c.orders > 0, customer_day.c.day < before))
    return bool(connection.execute(found).scalar_one())


def missed(connection: Connection, as_of: int) -> int | None:
    """The oldest of the last weeks between two live evaluations that nobody evaluated at all."""
    found = select(evaluation.c.as_of, evaluation.c.live).where(
        evaluation.c.as_of <= as_of, evaluation.c.state != "running"
    )
    done = {row.as_of: row.live for row in connection.execute(found.order_by(evaluation.c.live))}
    before = [day for day, live in done.items() if live and day < as_of]
    if not before:
        return None
    begin = max(max(before) + DAYS, as_of - MISSED_WEEKS * DAYS)
    return next((day for day in range(begin, as_of, DAYS) if day not in done), None)


class Completeness:
    """Whether the log is folded up to where it ended when the evaluation became due."""

    def __init__(self, database: Database, log: EventLog) -> None:
        self._log = log
        self._positions = StoredPositions(database, DETECTOR_GROUP)
        self._noted: tuple[int, Mapping[int, int]] | None = None

    def unread(self, as_of: int) -> Unread:
        """What is still to be folded of the records from before the first call for `as_of`."""
        if self._noted is None or self._noted[0] != as_of:
            self._noted = (as_of, self._log.ends(events_topic()))
        _, ends = self._noted
        return Unread(unfolded(ends, self._positions.read(events_topic())), len(ends))


def unfolded(ends: Mapping[int, int], stored: Mapping[int, Position]) -> dict[int, int]:
    """Those of the `ends`, by partition, that the stored positions have not reached."""
    return {
        partition: end
        for partition, end in ends.items()
        if end > 0 and (partition not in stored or stored[partition].next_offset < end)
    }
