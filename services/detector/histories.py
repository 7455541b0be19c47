"""Customers' weeks, read for judging: many at once, exact where refunds or currencies ask for it.

Most customers have no refunds and one currency, the same, in the weeks that are looked at: their
days are summed as arrays. The others are rebuilt one by one, from the ledger where refunds have
to be netted. A refund before these weeks is of a purchase before them and changes none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, case, select

from services.detector.buyers import NEVER, Ints
from services.detector.trade import load_gross, load_net, raw_rows
from shared.domain.history import Rates, week_rows
from shared.domain.money import UNITS
from shared.domain.week import DAYS
from shared.domain.weeks import Weeks
from shared.ops.settings import Settings
from shared.storage.tables import customer_day

Floats = NDArray[np.float64]

_REFUNDED, _FOREIGN = 1, 2


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
    `no_rate` [n]: money could not be counted.
    """

    span: Span
    numbers: Ints
    spend: Floats
    days: Floats
    first: Ints
    currency: NDArray[np.object_]
    scale: Floats
    no_rate: NDArray[np.bool_]

    def weeks(self, rows: Any = slice(None), *, back: int = 0) -> Weeks:
        """Some rows as the score takes them, in the company's money, as of `back` weeks ago."""
        columns = self.span.columns - back
        spend = self.spend[rows, :columns] * self.scale[rows, None]
        first = np.minimum(self.span.column(self.first[rows]), columns)
        return Weeks(spend, self.days[rows, :columns], first)

    def take(self, rows: Ints) -> "Histories":
        """The same of some of the rows, by index."""
        return Histories(
            self.span,
            self.numbers[rows],
            self.spend[rows],
            self.days[rows],
            self.first[rows],
            self.currency[rows],
            self.scale[rows],
            self.no_rate[rows],
        )

    @classmethod
    def join(cls, parts: Sequence["Histories"]) -> "Histories":
        """The rows of all parts, at least one, which look at the same weeks."""
        return cls(
            parts[0].span,
            np.concatenate([part.numbers for part in parts]),
            np.concatenate([part.spend for part in parts]),
            np.concatenate([part.days for part in parts]),
            np.concatenate([part.first for part in parts]),
            np.concatenate([part.currency for part in parts]),
            np.concatenate([part.scale for part in parts]),
            np.concatenate([part.no_rate for part in parts]),
        )


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
    for rows in raw_rows(connection, _days(numbers, span, usual)):
        table = np.fromiter(chain.from_iterable(rows), np.int64, 4 * len(rows)).reshape(-1, 4)
        row = by_number[np.searchsorted(numbers, table[:, 0], sorter=by_number)]
        cell = row * span.columns + span.column(table[:, 1])
        units += np.bincount(cell, table[:, 2], units.size).reshape(shape)
        days += np.bincount(cell, minlength=days.size).reshape(shape)
        np.bitwise_or.at(flags, row[table[:, 3] > 0], table[table[:, 3] > 0, 3])
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


def _days(numbers: Ints, span: Span, currency: str) -> Select[Any]:
    flag = case((customer_day.c.refunds > 0, _REFUNDED), else_=0) + case(
        (customer_day.c.currency != currency, _FOREIGN), else_=0
    )
    return select(customer_day.c.customer, customer_day.c.day, customer_day.c.amount, flag).where(
        customer_day.c.customer.in_(numbers.tolist()),
        customer_day.c.day >= span.start,
        customer_day.c.day < span.as_of,
    )


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
        histories.no_rate[row] = weeks.no_rate
        histories.currency[row] = weeks.currency
        histories.scale[row] = rates.scale(weeks.currency)
        if number in netted:
            histories.first[row] = days[0].day if days else NEVER
