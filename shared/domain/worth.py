"""What each week is worth to each customer: the season, and whether the customer was closed."""

from dataclasses import dataclass

import numpy as np

from shared.domain.closure import closed_chance, strikingly_silent
from shared.domain.panel import LONGEST, Panel
from shared.domain.season import over_rows
from shared.domain.sector import Seasons
from shared.domain.weeks import Floats, Ints, Weeks


@dataclass(frozen=True, slots=True)
class Worth:
    """Many customers share a column; a customer's own is `column`, int64[n].

    days, spend: float64[c, k], what purchase days and spend to expect of a week against an
    ordinary one, 0 before a customer is live.
    """

    days: Floats
    spend: Floats
    column: Ints


@dataclass(frozen=True, slots=True)
class Closed:
    """Which customers may have been closed, int64[k], and the chance of it in each of the last 34
    weeks, float64[34, k]."""

    rows: Ints
    chance: Floats


def closed(weeks: Weeks) -> Closed | None:
    """Silences that repeat one of the year before; None where that is not known."""
    if weeks.days.shape[1] <= LONGEST:
        return None
    rows = np.flatnonzero(strikingly_silent(weeks.days))
    chance = closed_chance(weeks.days[rows])
    some = chance.any(axis=0)
    return Closed(rows[some], chance[:, some])


def worth(panel: Panel, weeks: Weeks, seasons: Seasons, shut: Closed | None) -> Worth:
    """The worth of the panel's rows to its customers, who are those of `weeks`.

    shut: who of them closes every year, where that is looked for.
    """
    season = seasons.columns(weeks.sectors, len(weeks))
    found = _shared(panel, seasons, season)
    return found if shut is None else _with_closures(found, shut)


def _shared(panel: Panel, seasons: Seasons, season: Ints) -> Worth:
    """One column for each season and first live row that there is."""
    key, column = np.unique(season * (panel.rows + 1) + panel.live_from, return_inverse=True)
    live = np.arange(panel.rows)[:, None] >= key % (panel.rows + 1)
    of_season = key // (panel.rows + 1)
    days, spend = (
        over_rows(index, panel.rows)[:, of_season] * live for index in (seasons.days, seasons.spend)
    )
    return Worth(days, spend, column)


def _with_closures(found: Worth, shut: Closed) -> Worth:
    """A further column for each of those who may have been closed."""
    column = found.column.copy()
    own = column[shut.rows]
    column[shut.rows] = found.days.shape[1] + np.arange(len(shut.rows))
    open_share = over_rows(1.0 - shut.chance, len(found.days))
    days, spend = (
        np.concatenate([table, table[:, own] * open_share], axis=1)
        for table in (found.days, found.spend)
    )
    return Worth(days, spend, column)
