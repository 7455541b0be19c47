"""Purchase days of single customers, exact: with refunds netted and currencies apart."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, select

from shared.domain.history import NetDay, Purchase, Refund, net_days
from shared.storage.tables import customer_day, event

Ints = NDArray[np.int64]

FETCHED = 100_000


def load_net(connection: Connection, numbers: Ints, until: int) -> dict[int, list[NetDay]]:
    """Purchase days before `until` after refunds, from the ledger, by customer number."""
    if not len(numbers):
        return {}
    wanted = ("customer", "type", "source", "id", "at", "day", "amount", "currency", "ref")
    found = (
        select(*(event.c[name] for name in wanted))
        .where(
            event.c.customer.in_(numbers.tolist()),
            event.c.type.in_(("purchase", "refund")),
            event.c.state == "counted",
            event.c.day < until,
        )
        .order_by(event.c.customer)
    )
    rows = chain.from_iterable(raw_rows(connection, found))
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


def load_gross(
    connection: Connection, numbers: Ints, since: int, until: int
) -> dict[int, list[NetDay]]:
    """Purchase days from `since` up to `until` of customers without refunds, by number."""
    if not len(numbers):
        return {}
    found = (
        select(*(customer_day.c[name] for name in ("customer", "day", "currency", "amount")))
        .where(
            customer_day.c.customer.in_(numbers.tolist()),
            customer_day.c.day >= since,
            customer_day.c.day < until,
        )
        .order_by(customer_day.c.customer, customer_day.c.day, customer_day.c.currency)
    )
    days: dict[int, list[NetDay]] = defaultdict(list)
    for number, day, currency, units in chain.from_iterable(raw_rows(connection, found)):
        days[number].append(NetDay(day, currency, units))
    return days


def raw_rows(connection: Connection, statement: Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows as the driver gives them: for millions of rows SQLAlchemy's own take twice as long."""
    cursor = connection.execute(statement).cursor
    assert cursor is not None
    while rows := cursor.fetchmany(FETCHED):
        yield list(rows)
