"""Occasional buyers, graded apart: who buys nothing within the next two of the own usual gaps.

The score has nothing to say about them. They are named by their own gaps, beside the silence alone,
the silence against the own mean gap, and MBG/NBD.
"""

from dataclasses import dataclass, replace

import numpy as np

from services.backtest.alerts import at_budget
from services.backtest.history import TRIP, History
from services.backtest.measures import AveragePrecision, Measure, Ranking, Ratio, RocAuc
from services.backtest.resampling import Estimate, estimates
from services.backtest.rivals import look, mbg_nbd
from services.backtest.sales import Floats, Ints
from services.backtest.walk import Shown, Walk
from shared.domain.day_seasons import day_seasons
from shared.domain.gaps import AHEAD, gaps, lately, learn, occasional, silence
from shared.domain.panel import SEASON
from shared.domain.sector import Seasons
from shared.domain.week import DAYS
from shared.domain.weeks import Bools, judged

GAPS = "gaps"
BUDGETS = (0.02, 0.05)


@dataclass(frozen=True, slots=True)
class Silences:
    """n customer-weeks of occasional buyers, by rising week.

    customer, week: int64[n]. left: bool[n]. scores: float64[n] of each rule.
    """

    customer: Ints
    week: Ints
    left: Bools
    scores: dict[str, Floats]

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True, slots=True)
class GapGrade:
    """How well a rule names occasional buyers; precision by the share of them that alert."""

    average_precision: Estimate
    roc_auc: Estimate
    precision: dict[float, Estimate]


def walk_silences(history: History, columns: range, shown: Shown) -> Silences:
    """Every occasional buyer in each of the columns, as far as it is known what followed."""
    parts = []
    for done, column in enumerate(columns, start=1):
        parts.append(_week(history, column))
        shown(done)
    names = (GAPS, "silence_days", "silence", "mbg_nbd")
    return Silences(
        customer=np.concatenate([np.empty(0, np.int64), *(part.customer for part in parts)]),
        week=np.concatenate([np.empty(0, np.int64), *(part.week for part in parts)]),
        left=np.concatenate([np.empty(0, bool), *(part.left for part in parts)]),
        scores={
            name: np.concatenate([np.empty(0), *(part.scores[name] for part in parts)])
            for name in names
        },
    )


def _week(history: History, column: int) -> Silences:
    weeks = replace(history.until(column), sectors=None)  # their seasons make no score
    scored = judged(weeks).judged
    as_of = history.week_end(column) + 1
    whose, day = history.trips // TRIP, history.trips % TRIP + history.start - DAYS
    everybody = np.zeros(len(history.customers), np.int64)
    plain = gaps(whose, day, as_of, np.ones((SEASON, 1)), everybody)
    seasons = day_seasons(
        weeks.take(scored | lately(plain)),
        closed_cohort=history.closed_cohort(column),
        holidays=history.holiday_weeks(column),
    )
    own = gaps(whose, day, as_of, Seasons(seasons).days, everybody)
    rhythms = learn(own.take(~scored))
    rows = np.flatnonzero(occasional(own, rhythms) & ~scored)
    own = own.take(rows)
    said = silence(own, rhythms)
    horizon = as_of + AHEAD * said.usual
    over = horizon <= history.week_end(history.weeks - 1)
    seen = look(history, column, rows)
    scores = {
        GAPS: said.score,
        "silence_days": own.silent,
        "silence": own.silent / (own.total / own.count),
        "mbg_nbd": mbg_nbd(seen),
    }
    return Silences(
        customer=rows[over],
        week=np.full(int(over.sum()), column),
        left=(_next_day(history, rows, as_of) >= horizon)[over],
        scores={name: values[over] for name, values in scores.items()},
    )


def _next_day(history: History, rows: Ints, as_of: int) -> Floats:
    """The first purchase day of customers from `as_of` on; infinite where there is none."""
    since = rows * TRIP + as_of - history.start + DAYS
    place = np.minimum(np.searchsorted(history.trips, since), len(history.trips) - 1)
    found = history.trips[place]
    same = (found >= since) & (found // TRIP == rows)
    return np.where(same, found % TRIP + history.start - DAYS, np.inf)


def grade_silences(
    found: Silences, *, resamples: int, seed: int, shown: Shown
) -> dict[str, GapGrade]:
    """Every rule's grades, with intervals over resampled customers; empty where nobody is."""
    if not len(found):
        return {}
    customers, own = np.unique(found.customer, return_inverse=True)
    measures: dict[tuple[str, str], Measure] = {}
    for name, scores in found.scores.items():
        ranking = Ranking(scores, found.left)
        measures[name, "average_precision"] = AveragePrecision(ranking)
        measures[name, "roc_auc"] = RocAuc(ranking)
        walk = Walk(found.customer, found.week, np.empty((len(own), 0)), *[scores] * 4)
        for budget in BUDGETS:
            places = at_budget(walk, scores, budget, np.random.default_rng(seed))
            size = len(customers)
            right = np.bincount(own[places], found.left[places].astype(np.float64), size)
            named = np.bincount(own[places], minlength=size).astype(np.float64)
            measures[name, f"{budget}"] = Ratio(right.astype(np.float64), named)
    said = estimates(measures, own, resamples=resamples, seed=seed, shown=shown)
    return {
        name: GapGrade(
            said[name, "average_precision"],
            said[name, "roc_auc"],
            {budget: said[name, f"{budget}"] for budget in BUDGETS},
        )
        for name in found.scores
    }
