"""Customers' weeks, read for judging: many at once, exact where refunds or currencies ask for it.

Most customers have neither refunds nor foreign money in the weeks that are looked at: their days
are summed as arrays. The others are rebuilt one by one, from the ledger where refunds have to be
netted. A refund before these weeks is of a purchase before them and changes none of them.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Select, case, select

from shared.domain.history import NetDay, Purchase, Rates, Refund, net_days, week_rows
from shared.domain.money import UNITS
from shared.domain.week import DAYS
from shared.domain.weeks import Weeks
from shared.ops.settings import Settings
from shared.storage.tables import customer, customer_day, event

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEVER = np.iinfo(np.int64).max // 2  # the first purchase day of who never bought
FETCHED = 100_000
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
class Buyers:
    """Every customer who bought before a day, by rising number; arrays [n].

    `first` is the day of the first purchase, gross. `order` is a shuffle that depends on nothing
    but the customers' ids.
    """

    numbers: Ints
    first: Ints
    order: Ints

    def __len__(self) -> int:
        return len(self.numbers)


def load_buyers(connection: Connection, as_of: int) -> Buyers:
    """Everybody who bought before `as_of`."""
    first = _first_day(customer.c.number).scalar_subquery()
    found = select(customer.c.number, customer.c.id, first).order_by(customer.c.number)
    parts = [np.empty((0, 3), np.int64)]
    for rows in _raw(connection, found):
        seen = [(n, day, _shuffled(id_)) for n, id_, day in rows if day is not None and day < as_of]
        parts.append(np.array(seen, np.int64).reshape(-1, 3))
    table = np.concatenate(parts)
    return Buyers(table[:, 0], table[:, 1], np.argsort(table[:, 2]))


def first_purchase(connection: Connection, number: int) -> int:
    """The day of a customer's first purchase, gross; NEVER if there is none."""
    return connection.scalar(_first_day(number)) or NEVER


def _first_day(number: ColumnElement[int] | int) -> Select[tuple[int]]:
    return (
        select(customer_day.c.day)
        .where(customer_day.c.customer == number, customer_day.c.orders > 0)
        .order_by(customer_day.c.day)
        .limit(1)
    )


def _shuffled(name: str) -> int:
    """A number that is spread evenly and says nothing of when the customer became known."""
    return int.from_bytes(sha256(name.encode()).digest()[:8]) >> 2


@dataclass(frozen=True, slots=True)
class Histories:
    """The weeks of n customers; the last column ends the day before `span.as_of`.

    `spend` [n, columns] in each customer's own currency, `scale` [n] what one unit of it is to
    the company. `first` [n] is the day of the first purchase (NEVER: none is left). Whoever is
    not in `currencies` (by row) has the company's own. `no_rate` [n]: money could not be counted.
    """

    span: Span
    numbers: Ints
    spend: Floats
    days: Floats
    first: Ints
    scale: Floats
    no_rate: NDArray[np.bool_]
    company: str
    currencies: dict[int, str] = field(default_factory=dict)

    def currency(self, row: int) -> str:
        return self.currencies.get(row, self.company)

    def weeks(self, rows: Any = slice(None), *, back: int = 0) -> Weeks:
        """Some rows as the score takes them, in the company's money, as of `back` weeks ago."""
        columns = self.span.columns - back
        spend = self.spend[rows, :columns] * self.scale[rows, None]
        first = np.minimum(self.span.column(self.first[rows]), columns)
        return Weeks(spend, self.days[rows, :columns], first)

    def take(self, rows: Ints) -> "Histories":
        """The same of some of the rows, by index."""
        places = enumerate(rows.tolist())
        return Histories(
            self.span,
            self.numbers[rows],
            self.spend[rows],
            self.days[rows],
            self.first[rows],
            self.scale[rows],
            self.no_rate[rows],
            self.company,
            {new: self.currencies[old] for new, old in places if old in self.currencies},
        )

    @classmethod
    def join(cls, parts: Sequence["Histories"]) -> "Histories":
        """The rows of all parts, at least one, which look at the same weeks."""
        currencies: dict[int, str] = {}
        before = 0
        for part in parts:
            currencies |= {before + row: name for row, name in part.currencies.items()}
            before += len(part.numbers)
        return cls(
            parts[0].span,
            np.concatenate([part.numbers for part in parts]),
            np.concatenate([part.spend for part in parts]),
            np.concatenate([part.days for part in parts]),
            np.concatenate([part.first for part in parts]),
            np.concatenate([part.scale for part in parts]),
            np.concatenate([part.no_rate for part in parts]),
            parts[0].company,
            currencies,
        )


def load_histories(
    connection: Connection, numbers: Ints, first: Ints, span: Span, rates: Rates
) -> Histories:
    """The weeks of the customers `numbers` [n], in the order given.

    `first` [n]: the days of their first purchases, gross. A few thousand at a time.
    """
    n = len(numbers)
    units = np.zeros(n * span.columns)
    days = np.zeros(n * span.columns)
    by_number = np.argsort(numbers, kind="stable")
    flags = np.zeros(n, np.int64)
    for rows in _raw(connection, _days(numbers, span, rates.company)):
        table = np.fromiter(chain.from_iterable(rows), np.int64, 4 * len(rows)).reshape(-1, 4)
        row = by_number[np.searchsorted(numbers, table[:, 0], sorter=by_number)]
        cell = row * span.columns + span.column(table[:, 1])
        units += np.bincount(cell, weights=table[:, 2], minlength=len(units))
        days += np.bincount(cell, minlength=len(days))
        np.bitwise_or.at(flags, row[table[:, 3] > 0], table[table[:, 3] > 0, 3])
    shape = (n, span.columns)
    histories = Histories(
        span,
        numbers,
        units.reshape(shape) / UNITS,
        days.reshape(shape),
        first.copy(),
        np.ones(n),
        np.zeros(n, bool),
        rates.company,
    )
    _rebuild(connection, histories, flags, rates)
    return histories


def _days(numbers: Ints, span: Span, company: str) -> Select[Any]:
    flag = case((customer_day.c.refunds > 0, _REFUNDED), else_=0) + case(
        (customer_day.c.currency != company, _FOREIGN), else_=0
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
    netted = _from_ledger(connection, histories.numbers[refunded], span)
    exact = netted | _from_days(connection, histories.numbers[foreign], span)
    for row in (*refunded.tolist(), *foreign.tolist()):
        number = int(histories.numbers[row])
        days = exact.get(number, [])
        weeks = week_rows(days, span.as_of, span.columns, rates)
        histories.spend[row], histories.days[row] = weeks.spend, weeks.days
        histories.no_rate[row] = weeks.no_rate
        histories.scale[row] = rates.scale(weeks.currency)
        if number in netted:
            histories.first[row] = days[0].day if days else NEVER
        if weeks.currency != rates.company:
            histories.currencies[row] = weeks.currency


def _from_ledger(connection: Connection, numbers: Ints, span: Span) -> dict[int, list[NetDay]]:
    """Net days of customers, from all their purchases and refunds before `as_of`."""
    if not len(numbers):
        return {}
    wanted = ("customer", "type", "source", "id", "at", "day", "amount", "currency", "ref")
    found = (
        select(*(event.c[name] for name in wanted))
        .where(
            event.c.customer.in_(numbers.tolist()),
            event.c.type.in_(("purchase", "refund")),
            event.c.state == "counted",
            event.c.day < span.as_of,
        )
        .order_by(event.c.customer)
    )
    rows = chain.from_iterable(_raw(connection, found))
    return {number: _net(facts) for number, facts in groupby(rows, key=itemgetter(0))}


def _net(facts: Iterator[Sequence[Any]]) -> list[NetDay]:
    purchases, refunds = [], []
    for _, kind, source, id_, at, day, units, currency, ref in facts:
        # The driver of SQLite gives the text that is stored, which sorts as time does.
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        if kind == "purchase":
            purchases.append(Purchase(source, id_, moment, day, units, currency))
        else:
            refunds.append(Refund(source, id_, moment, day, units, currency, ref))
    return net_days(purchases, refunds)


def _from_days(connection: Connection, numbers: Ints, span: Span) -> dict[int, list[NetDay]]:
    """Days of customers without refunds, by currency."""
    if not len(numbers):
        return {}
    found = (
        select(*(customer_day.c[name] for name in ("customer", "day", "currency", "amount")))
        .where(
            customer_day.c.customer.in_(numbers.tolist()),
            customer_day.c.day >= span.start,
            customer_day.c.day < span.as_of,
        )
        .order_by(customer_day.c.customer, customer_day.c.day, customer_day.c.currency)
    )
    days: dict[int, list[NetDay]] = defaultdict(list)
    for number, day, currency, units in chain.from_iterable(_raw(connection, found)):
        days[number].append(NetDay(day, currency, units))
    return days


def _raw(connection: Connection, statement: Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows as the driver gives them: for millions of rows SQLAlchemy's own take twice as long."""
    cursor = connection.execute(statement).cursor
    assert cursor is not None
    while rows := cursor.fetchmany(FETCHED):
        yield list(rows)
