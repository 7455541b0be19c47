"""Customer days: what each customer bought and returned a day, gross, by currency."""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Insert,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
)

from shared.domain.money import LARGEST
from shared.storage.ledger import COUNTED, Added
from shared.storage.new_rows import some_rows
from shared.storage.revisions import Corrections
from shared.storage.tables import customer_day, event
from shared.storage.upsert import insert, insert_of

PURCHASE, REFUND = "purchase", "refund"
TRADE = (PURCHASE, REFUND)
KEY = ("customer", "day", "currency")
SUMS = ("orders", "amount", "refunds", "refunded")
AMOUNTS = ("amount", "refunded")
_HALF = 20  # bits; the halves of any number of amounts can be summed

Key = tuple[int, int, str]
Sums = tuple[int, int, int, int]
Days = Select[tuple[int, int, str, int, int, int, int]]


def days_of(rows: FromClause) -> Days:
    """Customer days from those of `rows`, the event table or a part of it, that count."""
    key = _key(rows)
    sums = [each for kind in TRADE for each in (_count(rows, kind), _sum(rows, kind))]
    # No IN: its list cannot be given together with many keys, as recounting does.
    trade = or_(*(rows.c.type == kind for kind in TRADE))
    return select(*key, *sums).where(trade, rows.c.state == COUNTED).group_by(*key)


def take_in(connection: Connection, added: Added, corrections: Corrections) -> None:
    """Add the trade in what the ledger just added, and undo what was corrected.

    Days that lost a document to a higher revision are counted anew from the ledger.
    """
    rows = added.rows
    if not {*added.columns.type}.isdisjoint(TRADE):
        connection.execute(_adding(connection.dialect.name, rows.listed), rows.given)
    again = {
        (row.customer, row.day, str(row.currency))
        for row in corrections.displaced
        if row.customer is not None and row.type in TRADE
    }
    if again:
        _recount(connection, again)


@cache
def _adding(dialect: str, listed: bool) -> Insert:
    """Sums of some new rows, added to those that are stored.

    The database sums what it was just given: nothing is handed over.
    """
    # Sorted, so that two detectors wait for each other in one order.
    new = days_of(event).where(some_rows(listed).among(event)).order_by(*_key(event))
    # By their numbers, whatever SQLite thinks of the other indexes.
    new = new.with_hint(event, "NOT INDEXED", "sqlite")
    statement = insert_of(dialect, customer_day).from_select([*KEY, *SUMS], new)
    both: dict[str, ColumnElement[int]] = {
        name: customer_day.c[name] + statement.excluded[name] for name in SUMS
    }
    for name in AMOUNTS:
        both[name] = case((both[name] > LARGEST, LARGEST), else_=both[name])
    return statement.on_conflict_do_update(index_elements=_key(customer_day), set_=both)


def _recount(connection: Connection, days: Collection[Key]) -> None:
    """Sum days anew; an empty one goes."""
    keys = [
        {f"its_{name}": value for name, value in zip(KEY, key, strict=True)} for key in sorted(days)
    ]
    connection.execute(delete(customer_day).where(_this(customer_day)), keys)
    again = days_of(event).where(_this(event))
    connection.execute(insert(connection, customer_day).from_select([*KEY, *SUMS], again), keys)


def _key(rows: FromClause) -> list[ColumnElement[Any]]:
    return [rows.c[name] for name in KEY]


def _this(rows: FromClause) -> ColumnElement[bool]:
    return and_(*(rows.c[name] == bindparam(f"its_{name}") for name in KEY))


def _count(rows: FromClause, kind: str) -> ColumnElement[int]:
    return func.count().filter(rows.c.type == kind)


def _sum(rows: FromClause, kind: str) -> ColumnElement[int]:
    """The sum of the amounts of `kind`, at most LARGEST."""
    upper, lower = (
        func.coalesce(func.sum(half).filter(rows.c.type == kind), 0)
        for half in (
            rows.c.amount.bitwise_rshift(literal(_HALF, Integer())),
            rows.c.amount.bitwise_and((1 << _HALF) - 1),
        )
    )
    whole = upper * (1 << _HALF) + lower
    return cast(case((upper > LARGEST >> _HALF, LARGEST), else_=whole), BigInteger)
