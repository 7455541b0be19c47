"""A customer's trade as it stands once refunds are netted, by day and by week.

What comes out depends on the set of facts alone, never on the order in which they arrived.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from shared.domain.money import UNITS
from shared.domain.week import DAYS

REFUND_DAYS = 90  # a refund that names no purchase may belong to one so many days before it
CURRENCY_WEEKS = 26  # the customer's currency is the one of most purchase days in them


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase; `units` are ten-thousandths of the currency, above 0."""

    source: str
    id: str
    at: datetime
    day: int
    units: int
    currency: str


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back; `purchase` is the id of the purchase it names, if any."""

    source: str
    id: str
    at: datetime
    day: int
    units: int
    currency: str
    purchase: str | None = None


@dataclass(frozen=True, slots=True)
class NetDay:
    """A purchase day: what was bought on it in one currency and not given back, above 0."""

    day: int
    currency: str
    units: int


def net_days(purchases: Iterable[Purchase], refunds: Iterable[Refund]) -> list[NetDay]:
    """The purchase days of one customer after refunds, sorted by day and currency.

    A refund that names a purchase lowers that purchase, whichever feed sent it. Any other takes
    back the customer's latest purchase of the same amount within 90 days that nothing was given
    back of, else it lowers the money of its own day; nothing falls below 0. A day with nothing
    left is no purchase day, and a refund never makes one.
    """
    bought = sorted(purchases, key=_time)
    left = [purchase.units for purchase in bought]
    unnamed = _lower_named(bought, left, sorted(refunds, key=_time))
    lowered = _lower_latest(bought, left, unnamed)
    days: dict[tuple[int, str], int] = defaultdict(int)
    for purchase, units in zip(bought, left, strict=True):
        days[purchase.day, purchase.currency] += units
    return [
        NetDay(day, currency, units - lowered.get((day, currency), 0))
        for (day, currency), units in sorted(days.items())
        if units > lowered.get((day, currency), 0)
    ]


def _time(fact: Purchase | Refund) -> tuple[datetime, str, str]:
    return fact.at, fact.source, fact.id


def _lower_named(
    bought: Sequence[Purchase], left: list[int], refunds: Iterable[Refund]
) -> list[Refund]:
    """Lower the purchases that refunds name; the refunds that name none which is known."""
    by_id: dict[str | None, list[int]] = defaultdict(list)
    for n, purchase in enumerate(bought):
        by_id[purchase.id].append(n)
    unnamed = []
    for refund in refunds:
        alike = by_id.get(refund.purchase, [])
        named = [n for n in alike if bought[n].source == refund.source] or alike
        if len(named) != 1 or bought[named[0]].currency != refund.currency:
            unnamed.append(refund)
        else:
            left[named[0]] = max(left[named[0]] - refund.units, 0)
    return unnamed


def _lower_latest(
    bought: Sequence[Purchase], left: list[int], refunds: Iterable[Refund]
) -> dict[tuple[int, str], int]:
    """Take back whole purchases; what found none, by the day and currency it lowers."""
    alike: dict[tuple[str, int], list[int]] = defaultdict(list)
    for n, purchase in enumerate(bought):
        if left[n] == purchase.units:
            alike[purchase.currency, purchase.units].append(n)
    lowered: dict[tuple[int, str], int] = defaultdict(int)
    for refund in refunds:
        candidates = alike.get((refund.currency, refund.units), [])
        found = next((n for n in reversed(candidates) if bought[n].at <= refund.at), None)
        if found is None or refund.day - bought[found].day > REFUND_DAYS:
            lowered[refund.day, refund.currency] += refund.units
        else:
            left[found] = 0
            candidates.remove(found)
    return lowered


@dataclass(frozen=True, slots=True)
class Rates:
    """Fixed rates into the company's own currency, which is worth 1."""

    company: str
    into_company: Mapping[str, float]

    def factor(self, source: str, target: str) -> float | None:
        """What one unit of `source` is in `target`; None when a rate is missing."""
        if source == target:
            return 1.0
        one, other = self._worth(source), self._worth(target)
        return None if one is None or other is None else one / other

    def scale(self, currency: str) -> float:
        """What one unit is to the company; 1 where no rate says otherwise."""
        return self._worth(currency) or 1.0

    def _worth(self, currency: str) -> float | None:
        return 1.0 if currency == self.company else self.into_company.get(currency)


def choose_currency(days: Sequence[NetDay], as_of: int, company: str) -> str:
    """The currency of most purchase days in the 26 weeks before `as_of`, or else of all days.

    Equal counts go to the company's own currency, then to the first in the alphabet; so does a
    customer without any day.
    """
    recent = [day for day in days if as_of - CURRENCY_WEEKS * DAYS <= day.day < as_of]
    count: dict[str, int] = defaultdict(int)
    for day in recent or days:
        count[day.currency] += 1
    order = sorted(count, key=lambda currency: (-count[currency], currency != company, currency))
    return order[0] if order else company


@dataclass(frozen=True, slots=True)
class WeekRows:
    """One customer's weeks in one currency.

    `spend` [columns] in currency units, `days` [columns] purchase days; the last column ends
    the day before `as_of`. `no_rate`: money in another currency could not be counted.
    """

    spend: NDArray[np.float64]
    days: NDArray[np.float64]
    currency: str
    no_rate: bool


def week_rows(days: Sequence[NetDay], as_of: int, columns: int, rates: Rates) -> WeekRows:
    """Sum the days before `as_of` into its `columns` last weeks of seven days.

    Several purchases on a day, in whatever currencies, are one purchase day.
    """
    currency = choose_currency(days, as_of, rates.company)
    units = np.zeros(columns)
    active: set[int] = set()
    no_rate = False
    for day in days:
        column = columns + (day.day - as_of) // DAYS
        if not 0 <= column < columns:
            continue
        factor = rates.factor(day.currency, currency)
        if factor is None:
            no_rate = True
            continue
        units[column] += day.units * factor
        active.add(day.day)
    counts = np.zeros(columns)
    for number in active:
        counts[columns + (number - as_of) // DAYS] += 1
    return WeekRows(units / UNITS, counts, currency, no_rate)
