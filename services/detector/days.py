"""The business day of an instant that is written in UTC, without parsing it."""

from datetime import UTC, datetime, timedelta

from shared.domain.week import Calendar, day_number

LONGEST_MEMORY = 20_000  # dates
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Days:
    """Days of one calendar, by the text of an instant in UTC such as 2026-03-02T06:00:00Z.

    On a date on which the zone keeps its distance to UTC, the day changes at one minute, which
    is remembered. On other dates the calendar is asked each time. Not safe to share.
    """

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._dates: dict[str, tuple[str, int] | None] = {}

    def of(self, text: str) -> int:
        """The business day. Raises ValueError when `text` is no instant."""
        date = text[:10]
        try:
            change = self._dates[date]
        except KeyError:
            change = self._remember(date)
        if change is None:
            return self._calendar.day_of(datetime.fromisoformat(text))
        minute, day = change
        return day if text[11:16] < minute else day + 1

    def _remember(self, date: str) -> tuple[str, int] | None:
        """The minute of `date` at which the day changes, and the day before; None if unclear."""
        if len(self._dates) >= LONGEST_MEMORY:
            self._dates.clear()
        begin = datetime.fromisoformat(date).replace(tzinfo=UTC)
        zone = self._calendar.zone
        ahead = begin.astimezone(zone).utcoffset() or timedelta()
        steady = ahead == (begin + DAY).astimezone(zone).utcoffset() and not ahead % MINUTE
        change = None
        if steady:
            before = day_number(begin.date()) - (ahead < timedelta())
            minutes = (-ahead % DAY) // MINUTE or 24 * 60
            change = (f"{minutes // 60:02}:{minutes % 60:02}", before)
        self._dates[date] = change
        return change
