"""Public holidays: weeks in which a company is open on fewer days than usual."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from shared.domain.panel import SEASON
from shared.domain.season import STEADY_DAYS
from shared.domain.week import DAYS, day_date
from shared.domain.weeks import Floats

YEAR = 52
MOVES = 6  # weeks by which a holiday may lie earlier or later than a year before
AROUND = 4
ORDINARY_LEAST = 2
OPEN_DAYS = 4.0
MONDAY = 4  # day 4 was the first one since 1970-01-01


@dataclass(frozen=True, slots=True)
class HolidayWeeks:
    """Consecutive weeks, oldest first; the last one is the judged week.

    names: the public holidays in each. open: float64[w], the share of an ordinary week's purchase
    days that usually falls on the days that are none.
    """

    names: Sequence[frozenset[str]]
    open: Floats

    def until(self, back: int) -> "HolidayWeeks":
        """The same as of `back` weeks ago."""
        end = len(self.names) - back
        return HolidayWeeks(self.names[:end], self.open[:end])


def holiday_weeks(
    holidays: Mapping[date, frozenset[str]], weekdays: Floats, as_of: int, weeks: int
) -> HolidayWeeks:
    """The `weeks` weeks that end the day before `as_of`.

    holidays: names by day. weekdays: float64[7], purchases by weekday from Monday.
    """
    share = weekdays / weekdays.sum() if weekdays.any() else np.full(DAYS, 1 / DAYS)
    start = as_of - weeks * DAYS
    names: list[set[str]] = [set() for _ in range(weeks)]
    open_share = np.ones(weeks)
    for day in range(start, as_of):
        named = holidays.get(day_date(day))
        if named:
            week = (day - start) // DAYS
            names[week] |= named
            open_share[week] -= share[(day - MONDAY) % DAYS]
    return HolidayWeeks([frozenset(each) for each in names], np.clip(open_share, 0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Usual:
    """What to expect of the last 34 weeks from the calendar alone; float64[34] each.

    index: 1 in an ordinary week. pull: how much this weighs against what customers do, 1 in an
    ordinary week.
    """

    index: Floats
    pull: Floats


ORDINARY = Usual(np.ones(SEASON), np.ones(SEASON))


def usual_weeks(known: HolidayWeeks, days: Floats) -> Usual:
    """What public holidays make of each of the last 34 weeks.

    The share of open days says little: it weighs four purchase days, as for an index that may be
    half as high or half as high again. Where the same holidays lie in the year before, what
    customers did then against the ordinary weeks around them adds as much as it rests on.

    days: float64[w], purchase days of the portfolio in as many weeks as are known, which may be
    fewer than those of the calendar.
    """
    shift = len(known.names) - len(days)
    index, pull = np.ones(SEASON), np.ones(SEASON)
    for row in range(SEASON):
        week = len(known.names) - SEASON + row
        if week < 0 or not known.names[week]:
            continue
        done, around = _last_year(known, week, days, shift)
        index[row] = (done + OPEN_DAYS * known.open[week]) / (around + OPEN_DAYS)
        pull[row] = (around + OPEN_DAYS) / STEADY_DAYS
    return Usual(np.minimum(index, 1.0), np.minimum(pull, 1.0))


def _last_year(known: HolidayWeeks, week: int, days: Floats, shift: int) -> tuple[float, float]:
    """Purchase days in the week of the same holidays a year before, and those of an ordinary one.

    Both 0 where that is not known. The week of `days` with number n is n + shift of the calendar.
    """
    first = max(shift, 0)
    before = _a_year_before(known, week, first)
    ordinary = [] if before is None else _ordinary(known, before, first)
    if before is None or len(ordinary) < ORDINARY_LEAST:
        return 0.0, 0.0
    around = [days[each - shift] for each in ordinary]
    return float(days[before - shift]), float(np.mean(around))


def _a_year_before(known: HolidayWeeks, week: int, first: int) -> int | None:
    """The week with most of the same holidays about a year before, the nearest of equals."""
    weeks = range(max(week - YEAR - MOVES, first), week - YEAR + MOVES + 1)
    same = [
        (-len(known.names[each] & known.names[week]), abs(week - YEAR - each), each)
        for each in weeks
        if known.names[each] & known.names[week]
    ]
    return min(same)[2] if same else None


def _ordinary(known: HolidayWeeks, week: int, first: int) -> list[int]:
    """The weeks around `week` without public holidays."""
    around = range(max(week - AROUND, first), week + AROUND + 1)
    return [each for each in around if not known.names[each]]
