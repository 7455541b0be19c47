"""Customers' weeks, read for judging: many at once, exact where refunds or currencies ask for it.

Most customers have no refunds and one currency, the same, in the weeks that are looked at: their
days are summed as arrays. The others are rebuilt one by one, from the ledger where refunds have
to be netted. A refund before these weeks is of a purchase before them and changes none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, case, select

from services.detector.buyers import NEVER, Ints
from services.detector.sectors import load_sectors
from services.detector.trade import load_gross, load_net
from shared.domain.closure import YEAR, strikingly_silent
from shared.domain.history import Rates, week_rows
from shared.domain.money import UNITS
from shared.domain.week import DAYS
from shared.domain.weeks import Weeks
from shared.ops.settings import Settings
from shared.storage import arrays
from shared.storage.integers import integers
from shared.storage.tables import customer_day

Floats = NDArray[np.float64]

_REFUNDED, _FOREIGN = 1, 2
_SPARSE = 4  # customers' numbers a customer, from which on they are named one by one


def rates_of(settings: Settings) -> Rates:
    """The company's currency and its fixed rates."""
    rates = {name: float(rate) for name, rate in settings.currency_rates.items()}
    return Rates(settings.currency, rates)


@dataclass(frozen=True, slots=True)
class Span:
    """The last `columns` weeks of seven days that end the day before `as_of`."""

    as_of: int
    columns: int

    @property
    def start(self) -> int:
        """The first day of column 0."""
        return self.as_of - self.columns * DAYS

    def column(self, day: Ints) -> Ints:
        """The columns of days; negative before column 0."""
        return self.columns + (day - self.as_of) // DAYS


@dataclass(frozen=True, slots=True)
class Histories:
    """The weeks of n customers; the last column ends the day before `span.as_of`.

    `spend` [n, columns] in each customer's own `currency` [n] of text, `scale` [n] what one unit
    of it is to the company. `first` [n] is the day of the first purchase (NEVER: none is left).
    `no_rate` [n]: money could not be counted. `sectors`: Sector[n]. `bought` [n, days]: the
    purchase days, one by one; the last day is that before `span.as_of`.
    """

    span: Span
    numbers: Ints
    spend: Floats
    days: Floats
    first: Ints
    currency: NDArray[np.object_]
    scale: Floats
    no_rate: NDArray[np.bool_]
    sectors: NDArray[np.object_]
    bought: NDArray[np.bool_]

    def weeks(self, rows: Any = slice(None), *, back: int = 0) -> Weeks:
        """Some rows as the score takes them, in the company's money, as of `back` weeks ago."""
        columns = self.span.columns - back
        spend = self.spend[rows, :columns] * self.scale[rows, None]
        first = np.minimum(self.span.column(self.first[rows]), columns)
        return Weeks(spend, self.days[rows, :columns], first, self.sectors[rows])

    def take(self, rows: Ints) -> "Histories":
        """The same of some of the rows, by index."""
        return Histories(self.span, *(getattr(self, name)[rows] for name in _ARRAYS))

    @classmethod
    def join(cls, parts: Sequence["Histories"]) -> "Histories":
        """The rows of all parts, at least one, which look at the same weeks."""
        return cls(
            parts[0].span,
            *(np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS),
        )


_ARRAYS = tuple(field.name for field in fields(Histories) if field.name != "span")


def load_histories(
    connection: Connection, numbers: Ints, first: Ints, span: Span, rates: Rates
) -> Histories:
    """The weeks of the customers `numbers` [n], in the order given.

    `first` [n]: the days of their first purchases, gross. A few thousand at a time.
    """
    shape = len(numbers), span.columns
    units, days = np.zeros(shape), np.zeros(shape)
    flags = np.zeros(len(numbers), np.int64)
    usual = _usual_currency(connection, numbers, rates.company)
    by_number = np.argsort(numbers, kind="stable")
    table = integers(connection, _days(connection, numbers, span, usual))
    place = np.minimum(np.searchsorted(numbers, table[:, 0], sorter=by_number), len(numbers) - 1)
    row = by_number[place]
    ours = numbers[row] == table[:, 0]
    row, table = row[ours], table[ours]
    cell = row * span.columns + span.column(table[:, 1])
    units += np.bincount(cell, table[:, 2], units.size).reshape(shape)
    days += np.bincount(cell, minlength=days.size).reshape(shape)
    np.bitwise_or.at(flags, row[table[:, 3] > 0], table[table[:, 3] > 0, 3])
    marks = np.zeros((len(numbers), span.columns * DAYS), bool)
    marks[row, table[:, 1] - span.start] = True
    bought = days.any(axis=1)
    histories = Histories(
        span,
        numbers,
        units / UNITS,
        days,
        first.copy(),
        np.where(bought, usual, rates.company).astype(object),
        np.where(bought, rates.scale(usual), 1.0),
        np.zeros(len(numbers), bool),
        load_sectors(connection, numbers),
        marks,
    )
    _rebuild(connection, histories, flags, rates)
    return histories


def _usual_currency(connection: Connection, numbers: Ints, company: str) -> str:
    """What most of these customers probably pay in; it decides how they are read, no more."""
    if not len(numbers):
        return company
    some = customer_day.c.customer == int(numbers[len(numbers) // 2])
    found = connection.scalar(select(customer_day.c.currency).where(some).limit(1))
    return company if found is None else str(found)


def with_year_before(connection: Connection, histories: Histories, rates: Rates) -> Histories:
    """The same with the year before it in front, as far as the score asks for it.

    That is only where somebody is strikingly silent: the silence may be a yearly closure. All
    others have nothing in those weeks. Their money does not matter.
    """
    span = histories.span
    older = np.flatnonzero(strikingly_silent(histories.days) & (histories.first < span.start))
    before = load_histories(
        connection,
        histories.numbers[older],
        histories.first[older],
        Span(span.start, YEAR),
        rates,
    )
    empty = np.zeros((len(histories.numbers), YEAR))
    days = empty.copy()
    days[older] = before.days
    return replace(
        histories,
        span=Span(span.as_of, YEAR + span.columns),
        spend=np.concatenate([empty, histories.spend], axis=1),
        days=np.concatenate([days, histories.days], axis=1),
        bought=np.pad(histories.bought, ((0, 0), (YEAR * DAYS, 0))),
    )


def _days(connection: Connection, numbers: Ints, span: Span, currency: str) -> Select[Any]:
    """Customer, day, amount and flag of every row in the span, and maybe of others' rows."""
    flag = case((customer_day.c.refunds > 0, _REFUNDED), else_=0) + case(
        (customer_day.c.currency != currency, _FOREIGN), else_=0
    )
    return select(customer_day.c.customer, customer_day.c.day, customer_day.c.amount, flag).where(
        _among(connection, numbers),
        customer_day.c.day >= span.start,
        customer_day.c.day < span.as_of,
    )


def _among(connection: Connection, numbers: Ints) -> ColumnElement[bool]:
    """Whose rows to read: neighbours as a range, which no database has to look up one by one."""
    lowest, highest = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, -1)
    if highest - lowest < _SPARSE * len(numbers):
        return customer_day.c.customer.between(lowest, highest)
    these = arrays.table(connection, [("number", BigInteger())], numbers.tolist())
    return customer_day.c.customer.in_(select(these.c.number))


def _rebuild(connection: Connection, histories: Histories, flags: Ints, rates: Rates) -> None:
    """Replace the rows of customers with refunds or foreign money by exact ones."""
    span = histories.span
    refunded = np.flatnonzero(flags & _REFUNDED)
    foreign = np.flatnonzero(flags == _FOREIGN)
    netted = load_net(connection, histories.numbers[refunded], span.as_of)
    exact = netted | load_gross(connection, histories.numbers[foreign], span.start, span.as_of)
    for row in (*refunded.tolist(), *foreign.tolist()):
        number = int(histories.numbers[row])
        days = exact.get(number, [])
        weeks = week_rows(days, span.as_of, span.columns, rates)
        histories.spend[row], histories.days[row] = weeks.spend, weeks.days
        inside = [day.day - span.start for day in days if span.start <= day.day < span.as_of]
        histories.bought[row] = False
        histories.bought[row, inside] = True
        histories.no_rate[row] = weeks.no_rate
        histories.currency[row] = weeks.currency
        histories.scale[row] = rates.scale(weeks.currency)
        if number in netted:
            histories.first[row] = days[0].day if days else NEVER
