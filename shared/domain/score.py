"""The score: how likely each customer is leaving, as log odds, from the weeks alone.

Seven parts with fixed weights, learnt on the sales of other companies; nothing is trained here.
The score knows one season, the portfolio's. That of the own segment and region only confirms it:
who stands out by both alerts, and a school in August does so by the first alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from shared.domain.baseline import level4, spend_now, swing
from shared.domain.change import Drop, best_window, change, drop
from shared.domain.counts import Facts, count_unit, effective_counts, facts, need, purchase_days
from shared.domain.holiday import HolidayWeeks
from shared.domain.outlook import outlook
from shared.domain.panel import panel
from shared.domain.portfolio import Portfolio, learn
from shared.domain.sector import Seasons
from shared.domain.shape import dips, longrun, past_dips, tenure
from shared.domain.weeks import Bools, Floats, Ints, Weeks
from shared.domain.worth import Worth, closed, worth

INTERCEPT = 3.15
WEIGHTS = {
    "change": 0.245,
    "outlook": 0.349,
    "level4": -0.141,
    "longrun": -0.568,
    "dips": 0.562,
    "swing": 0.153,
    "tenure": -0.804,
}
TYPICAL = {
    "change": -3.08,
    "outlook": -1.28,
    "level4": -0.32,
    "longrun": -0.02,
    "dips": 0.17,
    "swing": -1.29,
    "tenure": 3.54,
}
REASONS = {
    "drop_now": ("change", "outlook", "level4"),
    "good_spell": ("longrun",),
    "swings": ("dips", "swing"),
    "young": ("tenure",),
}
WEEKLY_SHARE = 0.5
CHUNK = 2048


@dataclass(frozen=True, slots=True)
class Scores:
    """The seven parts, their weighted sum `raw`, the score; float64[n] each.

    usual: money a week in the baseline. now: money a week in the last four, the season of the own
    segment and region taken out. window_weeks: int64[n], the window of `drops`.
    """

    change: Floats
    outlook: Floats
    level4: Floats
    longrun: Floats
    dips: Floats
    swing: Floats
    tenure: Floats
    raw: Floats
    score: Floats
    usual: Floats
    now: Floats
    window_weeks: Ints


def portfolio(
    weeks: Weeks, *, closed_cohort: bool, holidays: HolidayWeeks | None = None
) -> Portfolio:
    """The numbers of a portfolio from its judged customers: all, or a random 20,000 of them."""
    learnt = learn(weeks, closed_cohort=closed_cohort, holidays=holidays)
    if learnt.customers == 0:
        return learnt
    return replace(learnt, mean_raw=float(score(weeks, learnt, ()).raw.mean()))


def score(weeks: Weeks, portfolio: Portfolio, known_means: Sequence[float]) -> Scores:
    """Scores judged customers, one or a million, with the numbers of their portfolio.

    known_means: `mean_raw` of the portfolios of the 26 weeks before, as far as known. Half of
    what this week's mean differs from the mean of all of them, its own included, is taken off:
    the order within the week stays, a week that shook everybody alarms less.
    """
    found: dict[str, Any] = {field.name: np.empty(len(weeks)) for field in fields(Scores)}
    found["window_weeks"] = np.empty(len(weeks), dtype=np.int64)
    whole, seasons = Seasons([portfolio.whole]), portfolio.seasons
    for start in range(0, len(weeks), CHUNK):
        part = slice(start, start + CHUNK)
        for name, values in _chunk(weeks.take(part), portfolio, whole, seasons).items():
            found[name][part] = values
    np.subtract(found["raw"], _weekly_shift(portfolio, known_means), out=found["score"])
    return Scores(**found)


def confirmed(
    weeks: Weeks,
    portfolio: Portfolio,
    known_means: Sequence[float],
    scores: Floats,
    asked: Bools | None = None,
) -> Floats:
    """The scores, float64[n], none higher than by the season of the own segment and region.

    What counts for an alert. asked: bool[n], of whom it is asked; the others keep their score.
    """
    found, seasons = scores.copy(), portfolio.seasons
    own = seasons.columns(weeks.sectors, len(weeks)) > 0
    rows = np.flatnonzero(own if asked is None else own & asked)
    shift = _weekly_shift(portfolio, known_means)
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        these = weeks.take(part)
        its = facts(these)
        value = worth(its.panel, these, seasons, closed(these) if portfolio.closures else None)
        raw = _raw(_parts(its, value, portfolio))
        found[part] = np.minimum(found[part], raw - shift)
    return found


def _weekly_shift(portfolio: Portfolio, known_means: Sequence[float]) -> float:
    if portfolio.customers == 0:
        return 0.0
    means = [*known_means, portfolio.mean_raw]
    return WEEKLY_SHARE * (portfolio.mean_raw - sum(means) / len(means))


def _chunk(
    weeks: Weeks, portfolio: Portfolio, whole: Seasons, seasons: Seasons
) -> dict[str, Floats | Ints]:
    """All but the score itself, for as many customers as the processor's cache holds.

    whole: the portfolio's season alone, by which they score; seasons: all, for what is told.
    """
    own = facts(weeks)
    shut = closed(weeks) if portfolio.closures else None
    value = worth(own.panel, weeks, whole, shut)
    parts = _parts(own, value, portfolio)
    told = worth(own.panel, weeks, seasons, shut) if portfolio.sectors else value
    visits = purchase_days(own.panel, told)
    return {
        **parts,
        "raw": _raw(parts),
        "usual": own.level.usual,
        "now": spend_now(own.level, told.spend, told.column),
        "window_weeks": best_window(
            visits.sums, visits.exposures, visits.column, portfolio.change_days
        ),
    }


def _parts(own: Facts, value: Worth, portfolio: Portfolio) -> dict[str, Floats]:
    """The seven parts, float64[n] each, of customers whose weeks are worth `value`."""
    unit = count_unit(own, portfolio.ticket, portfolio.spread, portfolio.scatter, value)
    counts, half = effective_counts(own, unit, value), need(own, unit)
    sums, exposures, column = counts.sums, counts.exposures, counts.column
    now, rows = spend_now(own.level, value.spend, column), own.panel.rows
    return {
        "change": change(sums, exposures, column, portfolio.change),
        "outlook": outlook(sums, exposures, column, portfolio.outlook, half),
        "level4": level4(now, own.level.usual),
        "longrun": longrun(sums[rows], exposures[rows].take(column), portfolio.longrun, half),
        "dips": dips(*past_dips(own.panel, own.level), portfolio.dip_share),
        "swing": swing(own.level),
        "tenure": tenure(own.panel),
    }


def _raw(parts: Mapping[str, Floats]) -> Floats:
    """The weighted sum of the parts."""
    raw = np.full(len(parts["change"]), INTERCEPT)
    for name, values in parts.items():
        raw += WEIGHTS[name] * values
    return raw


def drops(weeks: Weeks, portfolio: Portfolio) -> Drop:
    """For the sentence: the window in which each customer's purchase days fell most plausibly, in
    the season of the own segment and region."""
    laid_out = panel(weeks)
    shut = closed(weeks) if portfolio.closures else None
    value = worth(laid_out, weeks, portfolio.seasons, shut)
    visits = purchase_days(laid_out, value)
    return drop(visits.sums, visits.exposures, visits.column, portfolio.change_days)


def reasons(scores: Scores) -> dict[str, Floats]:
    """What makes each score differ from a typical customer's, in log odds, by reason."""
    return {
        reason: sum(
            (WEIGHTS[name] * (getattr(scores, name) - TYPICAL[name]) for name in names),
            start=np.zeros_like(scores.raw),
        )
        for reason, names in REASONS.items()
    }
