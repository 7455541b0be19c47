"""Walking forward through a history: in each week everybody is scored on weeks up to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

import numpy as np

from services.backtest.history import History
from services.backtest.sales import Floats, Ints
from shared.domain.outcome import AHEAD
from shared.domain.score import WEEKLY_SHARE, WEIGHTS, Scores, confirmed, portfolio, score
from shared.domain.weeks import RECENT, judged

FIRST = RECENT - 1  # the first column with 26 weeks up to it
NEEDED = FIRST + AHEAD + 1  # whole weeks, for one week to be graded
SAMPLE = 20_000  # judged customers are enough for the numbers of any portfolio
MEAN_WEEKS = 26
PARTS = tuple(WEIGHTS)

Shown = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Walk:
    """n judged customer-weeks, by rising week and within it by rising customer.

    customer, week: int64[n]. parts: float64[n, 7] in the order of PARTS. raw, score, confirmed,
    usual: float64[n]; confirmed is as much of the score as the season of the own segment and region
    confirms, usual the money a week in the baseline.
    """

    customer: Ints
    week: Ints
    parts: Floats
    raw: Floats
    score: Floats
    confirmed: Floats
    usual: Floats

    def __len__(self) -> int:
        return len(self.customer)

    def before(self, column: int) -> "Walk":
        """The customer-weeks before a column; each keeps its place."""
        end = int(np.searchsorted(self.week, column))
        return Walk(
            customer=self.customer[:end],
            week=self.week[:end],
            parts=self.parts[:end],
            raw=self.raw[:end],
            score=self.score[:end],
            confirmed=self.confirmed[:end],
            usual=self.usual[:end],
        )


def graded_weeks(weeks: int) -> range:
    """The columns that can be graded in a history of so many weeks; none where it is short."""
    return range(FIRST, weeks - AHEAD)


def walk(history: History, columns: range, shown: Shown) -> Walk:
    """Score whoever is judged in each of the columns, as the evaluation of that week would have.

    `shown` is told how many of the columns are done.
    """
    means: list[float] = []
    customers: list[Ints] = []
    scores: list[Scores] = []
    sure: list[Floats] = []
    for done, column in enumerate(columns, start=1):
        weeks = history.until(column)
        rows = np.flatnonzero(judged(weeks).judged)
        learnt = portfolio(
            weeks.take(_sample(history, rows)),
            closed_cohort=history.closed_cohort(column),
            holidays=history.holiday_weeks(column),
        )
        chosen, known = weeks.take(rows), means[-MEAN_WEEKS:]
        found = score(chosen, learnt, known)
        customers.append(rows)
        scores.append(found)
        sure.append(confirmed(chosen, learnt, known, found.score))
        if learnt.customers:
            means.append(learnt.mean_raw)
        shown(done)
    return Walk(
        customer=np.concatenate([np.empty(0, np.int64), *customers]),
        week=np.repeat(np.array(columns, np.int64), [len(rows) for rows in customers]),
        parts=np.stack([_joined(scores, name) for name in PARTS], axis=1),
        raw=_joined(scores, "raw"),
        score=_joined(scores, "score"),
        confirmed=np.concatenate([np.empty(0), *sure]),
        usual=_joined(scores, "usual"),
    )


def _joined(scores: list[Scores], name: str) -> Floats:
    return np.concatenate([np.empty(0), *(getattr(one, name) for one in scores)])


def _sample(history: History, rows: Ints) -> Ints:
    """The rows the portfolio is learnt from: all, or those that a shuffle by id puts first."""
    if len(rows) <= SAMPLE:
        return rows
    key = {int(row): sha256(history.customers[row].encode()).digest() for row in rows}
    return np.sort(np.array(sorted(key, key=key.__getitem__)[:SAMPLE]))


def shifted(raw: Floats, week: Ints) -> Floats:
    """Scores from raw ones: half of what each week's mean differs from those before is taken off.

    raw: float64[n] of customer-weeks, week: int64[n], rising.
    """
    found = raw.copy()
    means: list[float] = []
    for rows in by_week(week):
        mean = float(raw[rows].mean())
        means = [*means, mean][-MEAN_WEEKS - 1 :]
        found[rows] -= WEEKLY_SHARE * (mean - sum(means) / len(means))
    return found


def by_week(week: Ints) -> Iterator[slice]:
    """The slices of customer-weeks, sorted by week, that share one."""
    edges = [0, *(np.flatnonzero(np.diff(week)) + 1).tolist(), len(week)]
    return (slice(start, end) for start, end in pairwise(edges) if end > start)
