"""Who has bought at all, and since when."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Select, func, select

from services.detector.trade import raw_rows
from shared.storage.tables import customer, customer_day

Ints = NDArray[np.int64]

NEVER = np.iinfo(np.int64).max // 2  # the first purchase day of who never bought
READ = 50_000  # customers a statement: of millions no single one takes long


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
    found = select(customer.c.number, customer.c.id, first)
    parts = [np.empty((0, 3), np.int64)]
    last = connection.scalar(select(func.max(customer.c.number))) or 0
    for begin in range(1, last + 1, READ):
        these = customer.c.number.between(begin, begin + READ - 1)
        for rows in raw_rows(connection, found.where(these).order_by(customer.c.number)):
            bought = [
                (number, day, _shuffled(name))
                for number, name, day in rows
                if day is not None and day < as_of
            ]
            parts.append(np.array(bought, np.int64).reshape(-1, 3))
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
