"""Seasons of purchase days alone, also from customers who buy too seldom to be scored."""

from collections.abc import Sequence

from shared.domain.holiday import ORDINARY, HolidayWeeks, usual_weeks
from shared.domain.panel import panel
from shared.domain.season import STEADY_DAYS, season
from shared.domain.sector import ANY, Sector, SectorSeason, Trading, apart, sector_seasons
from shared.domain.weeks import Floats, Weeks


def day_seasons(
    weeks: Weeks, *, closed_cohort: bool, holidays: HolidayWeeks | None
) -> tuple[SectorSeason, ...]:
    """The seasons of a portfolio and its sectors, its own first; only `days` mean anything.

    closed_cohort: as in domain.portfolio.Portfolio.
    """
    usual = ORDINARY if holidays is None else usual_weeks(holidays, weeks.days.sum(axis=0))
    none = _of_days(ANY, usual.index)
    if closed_cohort and weeks.sectors is None:
        return (none,)
    layout = panel(weeks)
    days = layout.live(layout.days.copy())
    whole = _of_days(ANY, season(layout, days, STEADY_DAYS * usual.pull, usual.index))
    if weeks.sectors is None:
        return (whole,)
    found = sector_seasons(Trading(layout, days, days), weeks.sectors, whole)
    if closed_cohort:
        return (none, *(apart(each, whole, none) for each in found))
    return (whole, *(_of_days(each.sector, each.days) for each in found))


def _of_days(sector: Sector, days: Floats | Sequence[float]) -> SectorSeason:
    index = tuple(float(value) for value in days)
    return SectorSeason(sector, index, index)
