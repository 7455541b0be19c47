"""Customer days: what each customer bought and returned a day, gross, by currency."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
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
from shared.storage.bulk import ManyRows
from shared.storage.ledger import COUNTED, Fact
from shared.storage.revisions import Corrections
from shared.storage.tables import customer_day, event
from shared.storage.upsert import insert

PURCHASE, REFUND = "purchase", "refund"
TRADE = (PURCHASE, REFUND)
KEY = ("customer", "day", "currency")
SUMS = ("orders", "amount", "refunds", "refunded")
_HALF = 20  # bits; the halves of any number of amounts can be summed

Key = tuple[int, int, str]
Sums = tuple[int, int, int, int]
Days = Select[tuple[int, int, str, int, int, int, int]]


def adding(table: str, key: Iterable[str]) -> str:
    """How an INSERT of sums into a table of days ends: they are added to those stored."""
    both = {name: f"{table}.{name} + excluded.{name}" for name in SUMS}
    sums = [
        f"{name} = CASE WHEN {sum_} > {LARGEST} THEN {LARGEST} ELSE {sum_} END"
        for name, sum_ in both.items()
    ]
    return f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {', '.join(sums)}"


_ROWS = ManyRows(customer_day, (*KEY, *SUMS), fixed={}, ending=adding("customer_day", KEY))


def days_of(rows: FromClause) -> Days:
    """Customer days from those of `rows`, the event table or a part of it, that count."""
    key = [rows.c[name] for name in KEY]
    sums = [each for kind in TRADE for each in (_count(rows, kind), _sum(rows, kind))]
    # No IN: its list cannot be given together with many keys, as recounting does.
    trade = or_(*(rows.c.type == kind for kind in TRADE))
    return select(*key, *sums).where(trade, rows.c.state == COUNTED).group_by(*key)


def take_in(
    connection: Connection,
    facts: Iterable[Fact],
    numbers: Mapping[str, int],
    corrections: Corrections,
) -> None:
    """Add the trade in `facts`, which the ledger just added, and undo what was corrected.

    `numbers` gives the customers' numbers. Days on which a document has several revisions are
    counted anew from the ledger.
    """
    again = {
        (row.customer, row.day, str(row.currency))
        for row in corrections.displaced
        if row.customer is not None and row.type in TRADE
    }
    documents = corrections.documents
    found: dict[Key, list[int]] = {}
    for fact in facts:
        if fact.type not in TRADE or fact.customer is None:
            continue
        key = (numbers[fact.customer], fact.day, str(fact.currency))
        if documents and (fact.source, fact.id) in documents:
            again.add(key)
            continue
        sums = found.get(key)
        if sums is None:
            sums = found[key] = [0, 0, 0, 0]
        at = 0 if fact.type == PURCHASE else 2
        sums[at] += 1
        sums[at + 1] += fact.amount or 0
    # Sorted, so that two detectors wait for each other in one order.
    rows = [
        (*key, orders, min(amount, LARGEST), refunds, min(refunded, LARGEST))
        for key, (orders, amount, refunds, refunded) in sorted(found.items())
        if key not in again
    ]
    if rows:
        _ROWS.insert(connection, rows)
    if again:
        _recount(connection, again)


def _recount(connection: Connection, days: Collection[Key]) -> None:
    """Sum days anew; an empty one goes."""
    keys = [
        {f"its_{name}": value for name, value in zip(KEY, key, strict=True)} for key in sorted(days)
    ]
    connection.execute(delete(customer_day).where(_this(customer_day)), keys)
    again = days_of(event).where(_this(event))
    connection.execute(insert(connection, customer_day).from_select([*KEY, *SUMS], again), keys)


def _this(rows: FromClause) -> ColumnElement[bool]:
    return and_(*(rows.c[name] == bindparam(f"its_{name}") for name in KEY))


def _count(rows: FromClause, kind: str) -> ColumnElement[int]:
    return func.sum(case((rows.c.type == kind, 1), else_=0))


def _sum(rows: FromClause, kind: str) -> ColumnElement[int]:
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
