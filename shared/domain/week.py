"""Business days and weeks, in the company's own time zone.

A day is an integer: days since 1970-01-01 of the company's calendar. A week is named by its
first day.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

EPOCH = date(1970, 1, 1)
DAYS = 7


def day_number(day: date) -> int:
    """Days from 1970-01-01 to `day`."""
    return day.toordinal() - EPOCH.toordinal()


def day_date(number: int) -> date:
    """The calendar date of a day number."""
    return date.fromordinal(number + EPOCH.toordinal())


@dataclass(frozen=True, slots=True)
class Calendar:
    """A company's zone and the weekday its weeks begin with (0 is Monday)."""

    zone: ZoneInfo
    first_weekday: int = 0

    def day_of(self, instant: datetime) -> int:
        """The one business day in which an aware instant lies."""
        return day_number(instant.astimezone(self.zone).date())

    def week_of(self, day: int) -> int:
        """The first day of the week that holds `day`."""
        # 1970-01-01 was a Thursday, weekday 3.
        return day - (day + 3 - self.first_weekday) % DAYS

    def starts_at(self, day: int, hour: int = 0) -> datetime:
        """The instant, in UTC, at which local `hour` of `day` begins."""
        local = datetime.combine(day_date(day), time(hour), tzinfo=self.zone)
        return local.astimezone(UTC)

    def newest_closed_week(self, now: datetime) -> int:
        """The first day of the newest week that is over at `now`."""
        return self.week_of(self.day_of(now)) - DAYS

    def evaluation_due(self, week: int, weekday: int, hour: int) -> datetime:
        """When the evaluation of the closed `week` is due: the next `weekday` at `hour`."""
        end = week + DAYS
        ahead = (weekday - day_date(end).weekday()) % DAYS
        return self.starts_at(end + ahead, hour)
