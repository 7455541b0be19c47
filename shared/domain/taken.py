"""What is taken of one customer's trade to judge it, kept to be computed with again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from shared.domain.defection import Baskets
from shared.domain.gaps import LOOKED_BACK, Gaps, gaps
from shared.domain.sector import ANY, Seasons, SectorSeason, sectors
from shared.domain.weeks import Bools, Weeks

Named = tuple[str | None, str | None]  # segment and region


@dataclass(frozen=True, slots=True)
class Weekly:
    """A customer's weeks as the score takes them, oldest first.

    `spend` in the company's money, `days` of purchases; `first` is the place of the week of the
    first purchase, negative if it lies before them all. `sector` is whose season the customer
    follows, segment and region; None where neither is known.
    """

    spend: tuple[float, ...]
    days: tuple[float, ...]
    first: int
    sector: Named | None = None

    @classmethod
    def of(cls, weeks: Weeks) -> Self:
        """The only customer of `weeks`."""
        sector = None if weeks.sectors is None else tuple(weeks.sectors[0])
        spend, days = weeks.spend[0].tolist(), weeks.days[0].tolist()
        return cls(tuple(spend), tuple(days), int(weeks.first[0]), sector)

    def weeks(self) -> Weeks:
        """As the score takes them."""
        known = None if self.sector is None else sectors([self.sector])
        spend, days = np.array([self.spend]), np.array([self.days])
        return Weeks(spend, days, np.array([self.first]), known)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What dataclasses.asdict made of it, after a journey as JSON."""
        sector = stored.get("sector")
        spend, days = tuple(stored["spend"]), tuple(stored["days"])
        return cls(spend, days, stored["first"], None if sector is None else tuple(sector))


@dataclass(frozen=True, slots=True)
class PurchaseDays:
    """An occasional buyer's purchase days of a year, as how many days before a day each was, the
    oldest first, and whose season the customer follows."""

    ago: tuple[int, ...]
    sector: Named = ANY

    @classmethod
    def of(cls, bought: Bools, sector: Named) -> Self:
        """bought: bool[days], up to the day before."""
        recent = np.flatnonzero(bought[::-1][:LOOKED_BACK])[::-1] + 1
        return cls(tuple(recent.tolist()), (sector[0], sector[1]))

    def gaps(self, seasons: tuple[SectorSeason, ...]) -> Gaps:
        """The gaps of this one customer."""
        known, whose = Seasons(seasons), sectors([self.sector])
        days = -np.array(self.ago, np.int64)
        return gaps(np.zeros_like(days), days, 0, known.days, known.columns(whose, 1))

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """As Weekly's."""
        return cls(tuple(stored["ago"]), tuple(stored["sector"]))


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category that a customer left: purchase days with it and purchase days of any kind, in
    each of 26 weeks, oldest first."""

    category: str
    days: tuple[float, ...]
    visits: tuple[float, ...]

    def baskets(self) -> Baskets:
        """As the one pair of a customer and a category."""
        days, visits = np.array([self.days]).T, np.array([self.visits]).T
        alone = np.zeros(1, np.int64)
        return Baskets(visits, alone, alone, [self.category], days)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """As Weekly's."""
        return cls(stored["category"], tuple(stored["days"]), tuple(stored["visits"]))


@dataclass(frozen=True, slots=True)
class Taken:
    """A customer's weeks where the score judges, else the purchase days whose gaps do; and the
    categories that were left."""

    weekly: Weekly | None = None
    purchases: PurchaseDays | None = None
    shelves: tuple[Shelf, ...] = ()

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """As Weekly's."""
        weekly, purchases = stored["weekly"], stored["purchases"]
        return cls(
            None if weekly is None else Weekly.from_dict(weekly),
            None if purchases is None else PurchaseDays.from_dict(purchases),
            tuple(Shelf.from_dict(one) for one in stored["shelves"]),
        )
