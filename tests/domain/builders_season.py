"""Planted trade of a few years in which somebody closes, and a walk through it week by week."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from shared.domain.holiday import HolidayWeeks
from shared.domain.portfolio import Portfolio
from shared.domain.score import confirmed, portfolio, score
from shared.domain.sector import sectors
from shared.domain.weeks import Floats, Weeks, judged

WEEKS = 140
MONDAYS = [date(2023, 1, 2) + timedelta(weeks=week) for week in range(WEEKS)]
Bools = NDArray[np.bool_]


def trade(rng: np.random.Generator, rate: Floats) -> tuple[Floats, Floats]:
    """Spend and days from purchase days a week, float64[n, w]; the tickets are the customers'."""
    days = np.minimum(rng.poisson(rate * rng.gamma(8, 1 / 8, rate.shape)), 7).astype(np.float64)
    ticket = rng.lognormal(4, 0.6, len(rate))[:, None] * rng.lognormal(0, 0.4, days.shape)
    return np.round(days * ticket, 2), days


def town(
    seed: int, schools: int, hotels: int, shops: int, leavers: int
) -> tuple[Weeks, NDArray[np.str_]]:
    """Schools closed in July and August, hotels that fill in summer, steady shops; and kinds.

    The last shops are `leavers`, who fall to a tenth some time after a year.
    """
    rng = np.random.default_rng(seed)
    kind = np.array(["school"] * schools + ["hotel"] * hotels + ["shop"] * shops)
    kind[len(kind) - leavers :] = "leaver"
    summer = np.array([monday.month in (7, 8) for monday in MONDAYS])
    turn = np.array([np.cos((monday.timetuple().tm_yday - 210) / 58) for monday in MONDAYS])
    factor = np.where(kind[:, None] == "school", ~summer, 1.0)
    factor = np.where(kind[:, None] == "hotel", 1 + 0.7 * turn, factor)
    rate = 2 * rng.gamma(4, 1 / 4, len(kind))[:, None] * factor
    gone = np.full(len(kind), WEEKS)
    gone[len(kind) - leavers :] = rng.integers(60, WEEKS - 8, leavers)
    rate = np.where(np.arange(WEEKS) >= gone[:, None], 0.1 * rate, rate)
    first = np.where(rng.random(len(kind)) < 0.2, rng.integers(0, WEEKS - 20, len(kind)), -100)
    rate[np.arange(WEEKS) <= first[:, None]] = 0.0
    spend, days = trade(rng, rate)
    seen = np.flatnonzero(first >= 0)
    days[seen, first[seen]], spend[seen, first[seen]] = 1.0, 50.0
    return Weeks(
        spend,
        days,
        first,
        sectors((name.replace("leaver", "shop"), None) for name in kind.tolist()),
    ), kind


Calendar = Callable[[int], HolidayWeeks | None]


def no_calendar(_week: int) -> None:
    """Of no country."""


def walk(
    weeks: Weeks, start: int, calendar: Calendar = no_calendar, *, closed: bool = False
) -> tuple[Floats, Floats, list[Portfolio]]:
    """Scores of every week from `start` and what of them the own season confirms, NaN where not
    judged, and the portfolios. closed: as if nobody had joined."""
    width = weeks.spend.shape[1]
    scores, sure = np.full(weeks.spend.shape, np.nan), np.full(weeks.spend.shape, np.nan)
    known = list[Portfolio]()
    for week in range(start, width):
        columns = slice(0, week + 1)
        seen = Weeks(weeks.spend[:, columns], weeks.days[:, columns], weeks.first, weeks.sectors)
        rows = np.flatnonzero(judged(seen).judged)
        numbers = portfolio(seen.take(rows), closed_cohort=closed, holidays=calendar(week))
        means = [each.mean_raw for each in known[-26:]]
        judged_weeks = seen.take(rows)
        scores[rows, week] = score(judged_weeks, numbers, means).score
        sure[rows, week] = confirmed(judged_weeks, numbers, means, scores[rows, week])
        known.append(numbers)
    return scores, sure, known


def openings(scores: Floats, sure: Floats, start: int) -> Bools:
    """Where an alert opens: confirmed above 95 % of eight weeks' scores by both seasons, not twice
    within eight weeks."""
    opened = np.zeros(scores.shape, bool)
    last = np.full(len(scores), -100)
    for week in range(start + 8, scores.shape[1]):
        recent = slice(week - 7, week + 1)
        floor = np.nanquantile([scores[:, recent], sure[:, recent]], 0.95)
        new = (sure[:, week] >= floor) & (week - last >= 8)
        opened[new, week] = True
        last[new] = week
    return opened
