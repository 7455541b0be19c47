"""Customer days: what each customer bought and returned a day, gross, by currency."""

from collections.abc import Iterable
from functools import cache

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
from shared.storage.ledger import COUNTED, Added, some_rows
from shared.storage.revisions import Displaced
from shared.storage.tables import customer_day, event
from shared.storage.upsert import insert, insert_of

PURCHASE, REFUND = "purchase", "refund"
TRADE = (PURCHASE, REFUND)
KEY = ("customer", "day", "currency")
SUMS = ("orders", "amount", "refunds", "refunded")
_HALF = 20  # bits; the halves of any number of amounts can be summed

Sums = tuple[int, int, int, int]
Days = Select[tuple[int, int, str, int, int, int, int]]


def days_of(rows: FromClause, *, small: bool = False) -> Days:
    """Customer days from those of `rows`, the event table or a part of it, that count.

    `small`: all of their amounts together are below LARGEST, so that no care is needed.
    """
    key = [rows.c[name] for name in KEY]
    money = _sum if small else _careful_sum
    sums = [each for kind in TRADE for each in (_count(rows, kind), money(rows, kind))]
    # No IN: its list cannot be given together with many keys, as `recount` does.
    trade = or_(*(rows.c.type == kind for kind in TRADE))
    return select(*key, *sums).where(trade, rows.c.state == COUNTED).group_by(*key)


def add_rows(connection: Connection, added: Added) -> None:
    """Add the purchases and refunds that count among the rows that were added, sorted by key."""
    small = sum(fact.amount or 0 for fact in added.fresh) < LARGEST
    statement = _adding(connection.dialect.name, listed=added.rows.listed, small=small)
    connection.execute(statement, added.rows.given)


@cache
def _adding(dialect: str, *, listed: bool, small: bool) -> Insert:
    days = days_of(some_rows(listed).read(), small=small)
    days = days.order_by(*days.selected_columns[:3])
    statement = insert_of(dialect, customer_day).from_select([*KEY, *SUMS], days)
    more = statement.excluded
    sums = {name: customer_day.c[name] + more[name] for name in SUMS}
    for name in ("amount", "refunded"):
        sums[name] = case((sums[name] > LARGEST, LARGEST), else_=sums[name])
    return statement.on_conflict_do_update(
        index_elements=[customer_day.c[name] for name in KEY], set_=sums
    )


def recount(connection: Connection, displaced: Iterable[Displaced]) -> None:
    """Sum the days anew that rows have left which count no longer; an empty day goes."""
    left = sorted({(row.customer, row.day, row.currency) for row in displaced if row.type in TRADE})
    if not left:
        return
    keys = [{f"its_{name}": value for name, value in zip(KEY, key, strict=True)} for key in left]
    connection.execute(delete(customer_day).where(_this(customer_day)), keys)
    again = days_of(event).where(_this(event))
    connection.execute(insert(connection, customer_day).from_select([*KEY, *SUMS], again), keys)


def _this(rows: FromClause) -> ColumnElement[bool]:
    return and_(*(rows.c[name] == bindparam(f"its_{name}") for name in KEY))


def _count(rows: FromClause, kind: str) -> ColumnElement[int]:
    return func.sum(case((rows.c.type == kind, 1), else_=0))


def _sum(rows: FromClause, kind: str) -> ColumnElement[int]:
    return cast(func.sum(case((rows.c.type == kind, rows.c.amount), else_=0)), BigInteger)


def _careful_sum(rows: FromClause, kind: str) -> ColumnElement[int]:
    """The sum of the amounts of `kind`, at most LARGEST."""
    upper, lower = (
        func.sum(case((rows.c.type == kind, half), else_=0))
        for half in (
            rows.c.amount.bitwise_rshift(literal(_HALF, Integer())),
            rows.c.amount.bitwise_and((1 << _HALF) - 1),
        )
    )
    whole = upper * (1 << _HALF) + lower
    return cast(case((upper > LARGEST >> _HALF, LARGEST), else_=whole), BigInteger)
