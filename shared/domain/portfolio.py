"""What a portfolio says about each of its customers: the numbers every score leans on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from shared.domain.change import window_priors
from shared.domain.counts import Counts, Facts, count_unit, effective_counts, facts, purchase_days
from shared.domain.dispersion import portfolio_scatter, scatter
from shared.domain.holiday import ORDINARY, HolidayWeeks, usual_weeks
from shared.domain.panel import SEASON
from shared.domain.prior import UNKNOWN, Gamma, gamma_prior
from shared.domain.season import STEADY_DAYS, STEADY_SPEND, flat_season, season
from shared.domain.sector import (
    ANY,
    Seasons,
    Sector,
    SectorSeason,
    Trading,
    apart,
    sector_seasons,
)
from shared.domain.shape import DIP_SHARE, dip_share, past_dips
from shared.domain.tickets import counted_spend
from shared.domain.weeks import Floats, Weeks
from shared.domain.worth import closed, worth

SPREAD_UNKNOWN = 0.5
SPREAD_DAYS_LEAST = 5


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Learnt from the judged customers of one week; enough to score any one of them again.

    customers: how many they were. closed: a closed cohort, without season; its sectors have what
    sets them apart from everybody else.
    season_days, season_spend: index of each of the last 34 weeks, oldest first. sectors: the same
    of segments and regions, which bear on what is told of customers and on who alerts, and not on
    the score. closures: yearly closures of single customers are looked for.
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
    sectors: tuple[SectorSeason, ...] = ()
    closures: bool = False

    @property
    def whole(self) -> SectorSeason:
        """The portfolio's own season."""
        return SectorSeason(ANY, self.season_days, self.season_spend)

    @property
    def seasons(self) -> Seasons:
        """Every season, the portfolio's own first."""
        return Seasons([self.whole, *self.sectors])

    def to_dict(self) -> dict[str, Any]:
        """Numbers, lists and a truth value by field name, as JSON keeps them."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The portfolio that `to_dict` described, of this version or an earlier one."""
        fields = dict(stored)
        for name in ("season_days", "season_spend"):
            fields[name] = tuple(fields[name])
        for name in ("change", "change_days"):
            fields[name] = tuple(Gamma(*prior) for prior in fields[name])
        for name in ("outlook", "longrun"):
            fields[name] = Gamma(*fields[name])
        fields["sectors"] = tuple(
            SectorSeason(Sector(*sector), tuple(days), tuple(spend))
            for sector, days, spend in fields.get("sectors", ())
        )
        return cls(**fields)


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def learn(weeks: Weeks, *, closed_cohort: bool, holidays: HolidayWeeks | None = None) -> Portfolio:
    """The portfolio's numbers from judged customers, all of them or a random 20,000.

    holidays: the public holidays of the same and earlier weeks, where the company's country is
    known; yearly closures of single customers are then looked for, too. `mean_raw` is still 0: it
    needs the scores. With no customers every number is the one that stands for «nothing known».
    """
    if len(weeks) == 0:
        return _unknown(closed_cohort)
    own = facts(weeks)
    rows = own.panel.rows
    ticket = float(np.median(own.tickets.total / own.tickets.days))
    mean = own.tickets.mean(ticket)
    spread = _spread(own, mean)
    whole, sectors = _seasons(weeks, own, mean, holidays, closed_cohort=closed_cohort)
    closures = holidays is not None
    shut = closed(weeks) if closures else None
    value = worth(own.panel, weeks, Seasons([whole]), shut)
    loose = portfolio_scatter(*scatter(own.panel, value.days, value.column))
    counts = effective_counts(own, count_unit(own, ticket, spread, loose, value), value)
    visits = purchase_days(own.panel, worth(own.panel, weeks, Seasons([whole, *sectors]), shut))
    return Portfolio(
        customers=len(weeks),
        closed=closed_cohort,
        season_days=whole.days,
        season_spend=whole.spend,
        ticket=ticket,
        spread=spread,
        scatter=loose,
        change=window_priors(counts.sums, counts.exposures, counts.column),
        change_days=window_priors(visits.sums, visits.exposures, visits.column),
        outlook=_prior(counts, SEASON),
        longrun=_prior(counts, rows),
        dip_share=dip_share(*past_dips(own.panel, own.level)),
        mean_raw=0.0,
        sectors=sectors,
        closures=closures,
    )


def _seasons(
    weeks: Weeks, own: Facts, mean: Floats, holidays: HolidayWeeks | None, *, closed_cohort: bool
) -> tuple[SectorSeason, tuple[SectorSeason, ...]]:
    """The portfolio's season and those of its sectors; mean: float64[n], the own tickets."""
    panel = own.panel
    usual = ORDINARY if holidays is None else usual_weeks(holidays, weeks.days.sum(axis=0))
    none = SectorSeason(ANY, _numbers(usual.index), _numbers(usual.index))
    if closed_cohort and weeks.sectors is None:
        return none, ()
    days, tickets = panel.live(panel.days.copy()), counted_spend(panel, own.tickets) / mean
    whole = SectorSeason(
        ANY,
        _numbers(season(panel, days, STEADY_DAYS * usual.pull, usual.index)),
        _numbers(season(panel, tickets, STEADY_SPEND * usual.pull, usual.index)),
    )
    if weeks.sectors is None:
        return whole, ()
    sectors = sector_seasons(Trading(panel, days, tickets), weeks.sectors, whole)
    if closed_cohort:
        return none, tuple(apart(each, whole, none) for each in sectors)
    return whole, sectors


def _spread(own: Facts, mean: Floats) -> float:
    """The median squared coefficient of variation of customers with five days or more."""
    often = own.tickets.days >= SPREAD_DAYS_LEAST
    if not often.any():
        return SPREAD_UNKNOWN
    return float(np.median((own.tickets.variance / np.square(mean))[often]))


def _prior(counts: Counts, weeks: int) -> Gamma:
    return gamma_prior(counts.sums[weeks], counts.exposures[weeks].take(counts.column))


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
