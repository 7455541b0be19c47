"""Customer days: what each customer bought and returned a day, gross, by currency."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, delete, func, select, update

from shared.storage.ledger import COUNTED, Displaced, NewRows
from shared.storage.tables import customer_day
from shared.storage.upsert import insert

PURCHASE, REFUND = "purchase", "refund"
TRADE = (PURCHASE, REFUND)
_KEY = ("customer", "day", "currency")
_SUMS = ("orders", "amount", "refunds", "refunded")


def add_rows(connection: Connection, rows: NewRows) -> None:
    """Add the purchases and refunds that count among the added `rows`, sorted by key."""
    new = rows.read()
    key = [new.c[name] for name in _KEY]
    sums = (
        func.sum(case((new.c.type == PURCHASE, 1), else_=0)),
        func.sum(case((new.c.type == PURCHASE, new.c.amount), else_=0)),
        func.sum(case((new.c.type == REFUND, 1), else_=0)),
        func.sum(case((new.c.type == REFUND, new.c.amount), else_=0)),
    )
    days = (
        select(*key, *sums)
        .where(new.c.type.in_(TRADE), new.c.state == COUNTED)
        .group_by(*key)
        .order_by(*key)
    )
    statement = insert(connection, customer_day).from_select([*_KEY, *_SUMS], days)
    more = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[customer_day.c[name] for name in _KEY],
            set_={name: customer_day.c[name] + more[name] for name in _SUMS},
        )
    )


def take_back(connection: Connection, displaced: Iterable[Displaced]) -> None:
    """Take rows that count no longer out of their days; a day that becomes empty goes."""
    gone = sorted(
        (row.customer, row.day, row.currency or "", row.type == PURCHASE, row.amount or 0)
        for row in displaced
        if row.type in TRADE
    )
    if not gone:
        return
    this = and_(*(customer_day.c[name] == bindparam(f"its_{name}") for name in _KEY))
    less = {name: customer_day.c[name] - bindparam(f"less_{name}") for name in _SUMS}
    values = [_reversal(*row) for row in gone]
    connection.execute(update(customer_day).where(this).values(less), values)
    empty = and_(this, customer_day.c.orders == 0, customer_day.c.refunds == 0)
    connection.execute(delete(customer_day).where(empty), values)


def _reversal(customer: int, day: int, currency: str, bought: bool, amount: int) -> dict[str, Any]:
    key = {"its_customer": customer, "its_day": day, "its_currency": currency}
    sums = (1, amount, 0, 0) if bought else (0, 0, 1, amount)
    return key | {f"less_{name}": value for name, value in zip(_SUMS, sums, strict=True)}
