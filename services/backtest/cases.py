"""Single alerts of a past Vigía, and what the customers did afterwards."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from services.backtest.history import TRIP, History
from services.backtest.run import Result
from services.backtest.sales import Floats, Ints
from shared.domain.outcome import AHEAD
from shared.domain.week import DAYS, day_date
from shared.domain.weeks import RECENT, SILENT_WEEKS

CATCHES, FALSE = 20, 10
SHOWN_AFTER = 2 * AHEAD  # weeks
AROUND = 12  # weeks before alerts whose money is summed up


@dataclass(frozen=True, slots=True)
class Case:
    """One alert whose outcome is known.

    week_end: of the week that made it. usual: money a week. expected, followed: money of the
    eight weeks after it. chance: what would have been said then, None if it could not be yet.
    weeks: money from 25 weeks before the alert's week to 16 after it, as far as there are any;
    `place` is the alert's week in them. last: the last purchase, where the customer is lost.
    """

    name: str
    week_end: date
    usual: float
    expected: float
    followed: float
    chance: float | None
    weeks: tuple[float, ...]
    place: int
    last: date | None

    @property
    def missing(self) -> float:
        """Money that was to be expected in eight weeks and did not come."""
        return max(self.expected - self.followed, 0.0)


def catches(result: Result) -> list[Case]:
    """The alerts that were right, those with most money missing afterwards first."""
    places = result.as_run.places
    right = places[result.truths.left[places]]
    order = np.argsort(-result.truths.missing[right], kind="stable")
    return [_case(result, place) for place in right[order][:CATCHES].tolist()]


def false_alarms(result: Result) -> list[Case]:
    """The alerts that were wrong, those with the highest scores first."""
    places = result.as_run.places
    wrong = places[~result.truths.left[places]]
    order = np.argsort(-result.walk.score[wrong], kind="stable")
    return [_case(result, place) for place in wrong[order][:FALSE].tolist()]


def _case(result: Result, place: int) -> Case:
    history, walk = result.history, result.walk
    row, week = int(walk.customer[place]), int(walk.week[place])
    chance = float(result.chances[place])
    first = week - RECENT + 1
    last = last_purchase(history, row)
    return Case(
        name=history.names.get(row, history.customers[row]),
        week_end=day_date(history.week_end(week)),
        usual=float(walk.usual[place]),
        expected=float(result.truths.expected[place]),
        followed=float(result.truths.followed[place]),
        chance=None if np.isnan(chance) else chance,
        weeks=tuple(history.spend[row, first : week + SHOWN_AFTER + 1].tolist()),
        place=week - first,
        last=day_date(last) if is_lost(history, last) else None,
    )


def last_purchase(history: History, row: int) -> int:
    """The day of a customer's last purchase."""
    end = int(np.searchsorted(history.trips, (row + 1) * TRIP))
    return int(history.trips[end - 1] % TRIP) + history.start - DAYS


def is_lost(history: History, last: int) -> bool:
    """Whether more than 12 silent weeks follow a last purchase."""
    return history.weeks - 1 - (last - history.start) // DAYS > SILENT_WEEKS


def money_around(result: Result) -> tuple[Floats, float]:
    """What the caught customers spent each week, from 12 before the alert's to 8 after it.

    Returns float64[21], and the money a week that was usual before.
    """
    walk, places = result.walk, result.as_run.places
    right = places[result.truths.left[places]]
    columns = walk.week[right, None] + np.arange(-AROUND, AHEAD + 1)
    spent: Floats = result.history.spend[walk.customer[right, None], columns].sum(axis=0)
    return spent, float(walk.usual[right].sum())


@dataclass(frozen=True, slots=True)
class WeekOfAlerts:
    """The alerts after one week: names, and whether each was right; None: not known yet."""

    week_end: date
    alerts: tuple[tuple[str, bool | None], ...]

    def count(self, right: bool | None) -> int:
        """How many of them turned out so."""
        return sum(outcome is right for _, outcome in self.alerts)


def weeks_of_alerts(result: Result) -> list[WeekOfAlerts]:
    """Every week that was scored, the oldest first."""
    walk, history = result.whole, result.history
    week_of: Ints = walk.week[result.alerts]
    found = []
    for column in range(result.columns.start, history.weeks):
        places = result.alerts[week_of == column].tolist()
        alerts = tuple((_name(result, place), _outcome(result, place)) for place in places)
        found.append(WeekOfAlerts(day_date(history.week_end(column)), alerts))
    return found


def _name(result: Result, place: int) -> str:
    row = int(result.whole.customer[place])
    return result.history.names.get(row, result.history.customers[row])


def _outcome(result: Result, place: int) -> bool | None:
    left = result.truths.left
    return bool(left[place]) if place < len(left) else None
