"""The weeks of all customers as matrices, counted from the first whole week of the data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from services.backtest.sales import Floats, Ints, Sales, by_id, in_one_money
from shared.domain.history import Rates
from shared.domain.holiday import MONDAY, HolidayWeeks, holiday_weeks
from shared.domain.money import UNITS
from shared.domain.sector import ANY, sectors
from shared.domain.week import DAYS
from shared.domain.weeks import YOUNG_WEEKS, Weeks, closed_cohort

TRIP = 2**24  # more than the days of any history; leaves room for 2^39 customers
THURSDAY = 3  # weekday of day number 0


@dataclass(frozen=True, slots=True)
class History:
    """n customers, by their ids, in the w whole weeks of the data; gross.

    start: the first day of column 0. spend, days: float64[n, w], money of one currency and
    purchase days. first: int64[n], column of the first purchase, -1 if before column 0, w if
    after the last. trips: int64[m], every purchase day as customer x TRIP + days since one week
    before `start`, rising. reps, names: of some customers. left_out: what was not used. sectors:
    Sector[n], whose season each follows; None where no segment or region is known. holidays: of
    the company's country, by day; None where it named none.
    """

    customers: Sequence[str]
    currency: str
    start: int
    spend: Floats
    days: Floats
    first: Ints
    trips: Ints
    reps: Mapping[int, str]
    names: Mapping[int, str]
    left_out: Mapping[str, int]
    sectors: NDArray[np.object_] | None = None
    holidays: Mapping[date, frozenset[str]] | None = None

    @property
    def weeks(self) -> int:
        """How many whole weeks there are."""
        return int(self.spend.shape[1])

    def week_end(self, column: int) -> int:
        """The last day of a column's week: a Sunday where weeks begin on Monday."""
        return self.start + column * DAYS + DAYS - 1

    def until(self, column: int) -> Weeks:
        """All customers' weeks up to `column`; nothing later is in them."""
        end = column + 1
        first = np.minimum(self.first, end)
        return Weeks(self.spend[:, :end], self.days[:, :end], first, self.sectors)

    def holiday_weeks(self, column: int) -> HolidayWeeks | None:
        """The public holidays up to `column`, by the weekdays of the purchases up to it."""
        if self.holidays is None:
            return None
        day = self.trips % TRIP + self.start - DAYS
        end = self.start + (column + 1) * DAYS
        weekdays = np.bincount((day[day < end] - MONDAY) % DAYS, minlength=DAYS)
        return holiday_weeks(self.holidays, weekdays.astype(np.float64), end, column + 1)

    def closed_cohort(self, column: int) -> bool:
        """Whether in that week hardly anybody joined any more."""
        seen = self.first <= column
        new = seen & (self.first > column - YOUNG_WEEKS)
        return closed_cohort(int(new.sum()), int(seen.sum()))


def history(sales: Sales, rates: Rates, *, first_weekday: int = 0) -> History:
    """Sum purchases into whole weeks that begin with `first_weekday` (0 is Monday).

    Weeks are counted from the first whole one; a last one that lacks only its last day counts.
    """
    sales, money = in_one_money(by_id(sales), rates)
    start, columns = frame(sales.day, first_weekday)
    size = len(sales.customers), columns
    factor = np.array([money.factors.get(name, np.nan) for name in sales.currencies])
    value = sales.units * factor[sales.currency] if len(sales.units) else np.zeros(0)
    trips = np.unique(sales.customer * TRIP + sales.day - start + DAYS)
    customer, column = trips // TRIP, trips % TRIP // DAYS - 1
    first = np.full(size[0], columns, np.int64)
    np.minimum.at(first, customer, np.maximum(column, -1))
    return History(
        customers=sales.customers,
        currency=money.currency,
        start=start,
        spend=_summed(sales.customer, (sales.day - start) // DAYS, value, size) / UNITS,
        days=_summed(customer, column, np.ones(len(trips)), size),
        first=first,
        trips=trips,
        reps=sales.reps,
        names=sales.names,
        left_out=sales.left_out,
        sectors=_sectors(sales),
    )


def _sectors(sales: Sales) -> NDArray[np.object_] | None:
    if not sales.sectors:
        return None
    return sectors(sales.sectors.get(place, ANY) for place in range(len(sales.customers)))


def frame(day: Ints, first_weekday: int) -> tuple[int, int]:
    """The first day of the first whole week, and how many whole weeks the days [n] reach over."""
    if not len(day):
        return 0, 0
    begin = int(day.min())
    start = begin + (first_weekday - begin - THURSDAY) % DAYS
    return start, max((int(day.max()) + 2 - start) // DAYS, 0)


def _summed(row: Ints, column: Ints, value: Floats, size: tuple[int, int]) -> Floats:
    inside = (column >= 0) & (column < size[1])
    cell = row[inside] * size[1] + column[inside]
    sums: Floats = np.bincount(cell, value[inside], size[0] * size[1]).astype(np.float64)
    return sums.reshape(size)
