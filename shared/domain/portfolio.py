"""What a portfolio says about each of its customers: the numbers every score leans on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from shared.domain.change import window_priors
from shared.domain.counts import Counts, Facts, count_unit, effective_counts, facts, purchase_days
from shared.domain.dispersion import portfolio_scatter, scatter
from shared.domain.panel import SEASON
from shared.domain.prior import UNKNOWN, Gamma, gamma_prior
from shared.domain.season import STEADY_DAYS, STEADY_SPEND, flat_season, over_rows, season
from shared.domain.shape import DIP_SHARE, dip_share, past_dips
from shared.domain.tickets import counted_spend
from shared.domain.weeks import Floats, Weeks

SPREAD_UNKNOWN = 0.5
SPREAD_DAYS_LEAST = 5


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Learnt from the judged customers of one week; enough to score any one of them again.

    customers: how many they were. closed: a closed cohort, without season.
    season_days, season_spend: index of each of the last 34 weeks, oldest first.
    ticket: median ticket, money. spread: median squared coefficient of variation of tickets.
    scatter: mean squared deviation of purchase days in two-week blocks.
    change, change_days: priors for the windows of 1..12 weeks, in effective counts and in
    purchase days. outlook, longrun: priors over 34 and over all weeks. dip_share: share of past
    8-week windows that were dips. mean_raw: their mean score before the weekly correction.
    """

    customers: int
    closed: bool
    season_days: tuple[float, ...]
    season_spend: tuple[float, ...]
    ticket: float
    spread: float
    scatter: float
    change: tuple[Gamma, ...]
    change_days: tuple[Gamma, ...]
    outlook: Gamma
    longrun: Gamma
    dip_share: float
    mean_raw: float

    def to_dict(self) -> dict[str, Any]:
        """Numbers, lists and a truth value by field name, as JSON keeps them."""
        return {
            name: _plain(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The portfolio that `to_dict` described."""
        fields = dict(stored)
        for name in ("season_days", "season_spend"):
            fields[name] = tuple(fields[name])
        for name in ("change", "change_days"):
            fields[name] = tuple(Gamma(*prior) for prior in fields[name])
        for name in ("outlook", "longrun"):
            fields[name] = Gamma(*fields[name])
        return cls(**fields)


def _plain(value: tuple[Any, ...]) -> list[Any]:
    return [list(item) if isinstance(item, tuple) else item for item in value]


def learn(weeks: Weeks, *, closed_cohort: bool) -> Portfolio:
    """The portfolio's numbers from judged customers, all of them or a random 20,000.

    `mean_raw` is still 0: it needs the scores. With no customers every number is the one that
    stands for «nothing known».
    """
    if len(weeks) == 0:
        return _unknown(closed_cohort)
    own = facts(weeks)
    ticket = float(np.median(own.tickets.total / own.tickets.days))
    mean = own.tickets.mean(ticket)
    spread = _spread(own, mean)
    days, spend = flat_season(), flat_season()
    if not closed_cohort:
        panel = own.panel
        days = season(panel, panel.live(panel.days.copy()), STEADY_DAYS)
        spend = season(panel, counted_spend(panel, own.tickets) / mean, STEADY_SPEND)
    rows = own.panel.rows
    loose = portfolio_scatter(*scatter(own.panel, over_rows(days, rows)))
    counts = effective_counts(own, count_unit(own, ticket, spread, loose, days), spend)
    visits = purchase_days(own.panel, days)
    live_from = own.panel.live_from
    return Portfolio(
        customers=len(weeks),
        closed=closed_cohort,
        season_days=_numbers(days),
        season_spend=_numbers(spend),
        ticket=ticket,
        spread=spread,
        scatter=loose,
        change=window_priors(counts.sums, counts.exposures, live_from),
        change_days=window_priors(visits.sums, visits.exposures, live_from),
        outlook=_prior(counts, SEASON, own),
        longrun=_prior(counts, rows, own),
        dip_share=dip_share(*past_dips(own.panel, own.level)),
        mean_raw=0.0,
    )


def _spread(own: Facts, mean: Floats) -> float:
    """The median squared coefficient of variation of customers with five days or more."""
    often = own.tickets.days >= SPREAD_DAYS_LEAST
    if not often.any():
        return SPREAD_UNKNOWN
    return float(np.median((own.tickets.variance / np.square(mean))[often]))


def _prior(counts: Counts, weeks: int, own: Facts) -> Gamma:
    return gamma_prior(counts.sums[weeks], counts.exposures[weeks].take(own.panel.live_from))


def _numbers(index: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in index)


def _unknown(closed_cohort: bool) -> Portfolio:
    windows = (UNKNOWN,) * 12
    return Portfolio(
        customers=0,
        closed=closed_cohort,
        season_days=_numbers(flat_season()),
        season_spend=_numbers(flat_season()),
        ticket=0.0,
        spread=SPREAD_UNKNOWN,
        scatter=1.0,
        change=windows,
        change_days=windows,
        outlook=UNKNOWN,
        longrun=UNKNOWN,
        dip_share=DIP_SHARE,
        mean_raw=0.0,
    )
