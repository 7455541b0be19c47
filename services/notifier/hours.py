"""When a person works: hours of the week in the person's zone, without holidays and absences."""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_DAYS = 60  # a calendar without one working day in so long is taken for a mistake
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAYS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?")

Span = tuple[time, time]  # from, until (not included); until 00:00 is the end of the day


@dataclass(frozen=True, slots=True)
class Week:
    """Working hours by weekday, Monday first; no spans: a free day."""

    spans: tuple[tuple[Span, ...], ...]

    def works_on(self, weekday: int) -> bool:
        """Whether there is any work on `weekday` (0 Monday)."""
        return bool(self.spans[weekday])


@dataclass(frozen=True, slots=True)
class Hours:
    """A person's week in the person's zone; `free` are days without work: holidays, absences."""

    week: Week
    zone: ZoneInfo
    free: Set[date] = field(default_factory=frozenset)

    def opens(self, at: datetime) -> datetime:
        """The first working moment from `at` on: `at` itself within the hours.

        A calendar that has no working moment within 60 days holds nothing back: `at` is returned.
        """
        local = at.astimezone(self.zone)
        for ahead in range(LONGEST_DAYS):
            day = local.date() + timedelta(days=ahead)
            if day in self.free:
                continue
            for begin, end in self.week.spans[day.weekday()]:
                begins, ends = self._moment(day, begin), self._end(day, end)
                if at < ends:
                    return max(at, begins)
        return at

    def next_day(self, day: date) -> date:
        """The first working day from `day` on; `day` itself where there is none within 60 days."""
        days = (day + timedelta(days=ahead) for ahead in range(LONGEST_DAYS))
        working = (
            one for one in days if one not in self.free and self.week.works_on(one.weekday())
        )
        return next(working, day)

    def _moment(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(self.zone)

    def _end(self, day: date, clock: time) -> datetime:
        midnight = clock == time(0)
        return self._moment(day + timedelta(days=1) if midnight else day, clock)


def read_week(given: object) -> Week:
    """Working hours as master data and settings write them: {"mon-fri": "09:00-18:00"}.

    A key is a weekday or a range of weekdays, a value one span or several with commas between.
    Raises ValueError that says what is wrong and repeats nothing that was given.
    """
    if not isinstance(given, Mapping) or not given:
        raise ValueError('working hours are written as {"mon-fri": "09:00-18:00"}')
    spans: list[tuple[Span, ...]] = [()] * len(WEEKDAYS)
    for days, hours in given.items():
        for weekday in _weekdays(str(days)):
            spans[weekday] = tuple(sorted(_spans(hours)))
    return Week(tuple(spans))


def _weekdays(text: str) -> list[int]:
    found = _DAYS.fullmatch(text.strip().lower())
    names = [name for name in found.groups() if name] if found else []
    if not names or any(name not in WEEKDAYS for name in names):
        raise ValueError("days are mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri")
    first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _spans(given: object) -> list[Span]:
    parts = [part.strip() for part in str(given).split(",")] if isinstance(given, str) else [""]
    return [_span(part) for part in parts]


def _span(text: str) -> Span:
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError("hours are written as 09:00-18:00, several with commas between them")
    hour, minute, until, past = (int(part) for part in found.groups())
    if until == 24 and past:
        raise ValueError("a day ends at 24:00")
    begin, end = time(hour, minute), time(until % 24, past)
    if end != time(0) and end <= begin:
        raise ValueError("hours end after they begin; split those over midnight")
    return begin, end
