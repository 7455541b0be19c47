"""Seasons of parts of a portfolio: schools close in summer, hotels fill, and shops do neither.

Each segment has a season of its own, drawn to the portfolio's; within a segment each region has
one drawn to the segment's. A small part therefore follows the larger one it belongs to and grows
into its own season: there is no number of customers at which anything jumps.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.domain.panel import SEASON, Panel
from shared.domain.season import LEAST, MOST, STEADY_DAYS, STEADY_SPEND, drawn, expected_each
from shared.domain.weeks import Floats, Ints

MOST_SECTORS = 100  # a level; they are stored with every evaluation


class Sector(NamedTuple):
    """Customers of a segment in a region; None: of whichever, or of none that is known."""

    segment: str | None
    region: str | None

    @property
    def larger(self) -> "Sector":
        """The sector of which it is a part; a segment's and a region's is ANY."""
        return ANY if None in self else Sector(self.segment, None)


ANY = Sector(None, None)


def sectors(named: Iterable[tuple[str | None, str | None]]) -> NDArray[np.object_]:
    """Sector[n] from segments and regions."""
    found = [Sector(*pair) for pair in named]
    array = np.empty(len(found), dtype=object)
    array[:] = found  # numpy would make a table of them
    return array


class SectorSeason(NamedTuple):
    """The index of each of the last 34 weeks in one sector, oldest first."""

    sector: Sector
    days: tuple[float, ...]
    spend: tuple[float, ...]


class Seasons:
    """The seasons of a portfolio as tables, float64[34, k]; column 0 is the portfolio's own."""

    def __init__(self, seasons: Sequence[SectorSeason]) -> None:
        self.days = np.array([each.days for each in seasons]).T
        self.spend = np.array([each.spend for each in seasons]).T
        self._column = {each.sector: column for column, each in enumerate(seasons)}

    def column(self, sector: Sector) -> int:
        """The column of the smallest known sector that holds customers of `sector`."""
        while sector not in self._column:
            sector = sector.larger
        return self._column[sector]

    def columns(self, of: NDArray[np.object_] | None, customers: int) -> Ints:
        """int64[customers], each one's column; of: Sector[customers], None: not known."""
        if of is None or len(self._column) == 1:
            return np.zeros(customers, dtype=np.int64)
        known = {sector: self.column(sector) for sector in set(of)}
        return np.fromiter((known[sector] for sector in of), np.int64, customers)


@dataclass(frozen=True, slots=True)
class Trading:
    """What a portfolio's customers did: float64[c, n] each, 0 where they are not live.

    days: purchase days. tickets: spend in own tickets.
    """

    panel: Panel
    days: Floats
    tickets: Floats


def sector_seasons(
    trading: Trading, of: NDArray[np.object_], whole: SectorSeason
) -> tuple[SectorSeason, ...]:
    """The seasons of segments and regions, from customers of the sectors `of`, Sector[n].

    `whole` is the portfolio's.
    """
    found = {ANY: whole}
    found |= _level(trading, [one if None in one else one.larger for one in of], found)
    found |= _level(trading, [ANY if None in one else one for one in of], found)
    del found[ANY]
    return tuple(found.values())


def apart(sector: SectorSeason, whole: SectorSeason, usual: SectorSeason) -> SectorSeason:
    """What a sector does beside everybody else, by the `usual` index, where what everybody does
    (`whole`) is no season: where nobody joins, a falling total is customers who leave."""
    days, spend = (
        tuple(np.clip(np.array(own) / everybody * plain, LEAST, MOST).tolist())
        for own, everybody, plain in zip(sector[1:], whole[1:], usual[1:], strict=True)
    )
    return SectorSeason(sector.sector, days, spend)


def _level(
    trading: Trading, sector_of: Sequence[Sector], larger: Mapping[Sector, SectorSeason]
) -> dict[Sector, SectorSeason]:
    """The seasons of the largest of the sectors that customers belong to, but for ANY."""
    sizes = Counter(sector_of)
    del sizes[ANY]
    chosen = sorted(sizes, key=lambda sector: (-sizes[sector], str(sector)))[:MOST_SECTORS]
    if not chosen:
        return {}
    number = {sector: place for place, sector in enumerate(chosen)}
    # Whoever is in none of them has the next number.
    group = np.array([number.get(sector, len(chosen)) for sector in sector_of])
    usual_days, usual_spend = (
        np.array([index(larger[sector.larger]) for sector in chosen]).T
        for index in (itemgetter(1), itemgetter(2))
    )
    pull = 1.0 / np.maximum(STEADY_DAYS * _apart(trading, group, usual_days), 1.0)
    days = _drawn(trading, trading.days, group, STEADY_DAYS * pull, usual_days)
    spend = _drawn(trading, trading.tickets, group, STEADY_SPEND * pull, usual_spend)
    return {
        sector: SectorSeason(sector, tuple(days[:, n].tolist()), tuple(spend[:, n].tolist()))
        for n, sector in enumerate(chosen)
    }


def _drawn(trading: Trading, values: Floats, group: Ints, steady: Floats, usual: Floats) -> Floats:
    """The index of each sector, drawn to that of the larger one; float64[34, k] as `usual`."""
    recent, groups = values[-SEASON:], usual.shape[1]
    done = _sums(recent, group, groups)
    return drawn(done, _sums(expected_each(trading.panel, recent), group, groups), steady, usual)


def _apart(trading: Trading, group: Ints, usual: Floats) -> Floats:
    """How far each week of a sector lies apart from the larger one's: variances, float64[34, k].

    What two customers do beyond their expectations has nothing in common unless the sector has
    a season of its own: the mean product over all pairs of different customers is its variance,
    however much each customer's weeks scatter. Of all weeks together one standard error is taken
    off; a single week that moved most customers at once may say more, less two. One customer
    alone says nothing.
    """
    days, groups = trading.days[-SEASON:], usual.shape[1]
    expected = expected_each(trading.panel, days)
    beyond = days - expected * usual.take(group, axis=1, mode="clip")
    together, pairs = _pairs(beyond, group, groups), _pairs(expected, group, groups)
    scatter = np.square(beyond).mean(axis=0) * (expected > 0)
    by_chance = np.sqrt(2.0 * _pairs(scatter, group, groups))
    sure = together.sum(axis=0) - np.sqrt(np.square(together).sum(axis=0))
    variance = _share(sure, pairs.sum(axis=0))
    return np.maximum(variance, _share(together - 2.0 * by_chance, pairs))


def _share(part: Floats, whole: Floats) -> Floats:
    """part / whole, 0 where there is nothing."""
    share: Floats = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return share


def _pairs(values: Floats, group: Ints, groups: int) -> Floats:
    """The products of all pairs of different customers, summed; float64[34, groups]."""
    alone = _sums(np.square(values), group, groups)
    found: Floats = np.square(_sums(values, group, groups)) - alone
    return found


def _sums(values: Floats, group: Ints, groups: int) -> Floats:
    """values: float64[34, n]; float64[34, groups] without whoever is in none of the groups."""
    return np.array([np.bincount(group, row, groups + 1)[:groups] for row in values])
