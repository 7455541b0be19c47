"""When a message is worth sending: digests, reminders and the deadline of an answer. Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = 7
REMINDERS = (timedelta(days=3), timedelta(weeks=1), timedelta(weeks=2))


def digest_at(after: datetime, *, weekday: int, clock: time, zone: ZoneInfo) -> datetime:
    """The first digest later than `after`: on `weekday` (0 Monday) at `clock` in `zone`."""
    local = after.astimezone(zone)
    ahead = (weekday - local.weekday()) % WEEK
    for days in (ahead, ahead + WEEK):
        at = datetime.combine(local.date() + timedelta(days=days), clock, zone)
        if at > after:
            return at
    raise AssertionError("one of two weeks lies ahead")


def reminder_at(told_at: datetime, number: int) -> datetime | None:
    """When reminder `number` (from 1) is due; None after the last: they grow rare and end.

    Each wait begins where the one before ended: 3, 10 and 24 days after the first message.
    """
    if not 1 <= number <= len(REMINDERS):
        return None
    return told_at + sum(REMINDERS[:number], timedelta())
