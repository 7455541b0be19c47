"""Shapes of the report's charts, as numbers from 0 to 1; the template draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.backtest.cases import Case
from services.backtest.resampling import Estimate
from shared.domain.calibration import Bin

HIGHEST = 3.0  # times the usual level; one huge order must not flatten the rest
LOWEST_TOP = 1.25

Kind = Literal["before", "after", "right", "wrong", "open"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from `bottom` up to `top`, of the column with number `place`."""

    place: int
    bottom: float
    top: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Columns:
    """Bars in `count` columns; `level` is a line across, `mark` stands after that column."""

    count: int
    bars: tuple[Bar, ...]
    level: float | None = None
    mark: int | None = None

    @property
    def marked(self) -> float:
        """Where the mark stands from left to right."""
        return 0.0 if self.mark is None else (self.mark + 1) / self.count


def money_columns(weeks: Sequence[float], place: int, usual: float) -> Columns:
    """A customer's weeks; the alert was made after the week `place`."""
    top = max(min(max(weeks), HIGHEST * usual), LOWEST_TOP * usual)
    bars = (
        Bar(number, 0.0, min(money / top, 1.0), "before" if number <= place else "after")
        for number, money in enumerate(weeks)
        if money > 0
    )
    return Columns(len(weeks), tuple(bars), usual / top, place)


def case_columns(case: Case) -> Columns:
    """The weeks around one alert."""
    return money_columns(case.weeks, case.place, case.usual)


def stacked(weeks: Sequence[Sequence[tuple[Kind, int]]]) -> Columns:
    """Counts by kind, one above the other, for each week."""
    top = max([sum(count for _, count in week) for week in weeks] + [1])
    bars = []
    for place, week in enumerate(weeks):
        below = 0
        for kind, count in week:
            if count:
                bars.append(Bar(place, below / top, (below + count) / top, kind))
                below += count
    return Columns(len(weeks), tuple(bars))


@dataclass(frozen=True, slots=True)
class Mark:
    """A measure on a line from 0 to 1, with its interval where there is one."""

    at: float
    low: float | None
    high: float | None


def mark(found: Estimate) -> Mark | None:
    """The measure as it is drawn; None where it cannot be computed."""
    return None if found.value is None else Mark(found.value, found.low, found.high)


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the reliability diagram: x is what was said, y the share that left."""

    x: float
    y: float
    low: float
    high: float
    count: int


def diagram(bins: Sequence[Bin]) -> tuple[float, list[Point]]:
    """The upper end of both axes, a multiple of a fifth, and the points as shares of it."""
    end = max([max(one.said, one.share) for one in bins] + [0.2])
    end = min(-(-end * 100 // 20) / 5, 1.0)
    return end, [
        Point(one.said / end, one.share / end, one.low / end, min(one.high / end, 1.0), one.count)
        for one in bins
    ]
