"""Customer days: what each customer bought and returned a day, gross, by currency."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import compress
from typing import Any

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
from shared.storage.ledger import COUNTED, Columns
from shared.storage.revisions import Corrections
from shared.storage.tables import customer_day, event
from shared.storage.upsert import insert

PURCHASE, REFUND = "purchase", "refund"
TRADE = (PURCHASE, REFUND)
KEY = ("customer", "day", "currency")
SUMS = ("orders", "amount", "refunds", "refunded")
NOTHING = (0, 0)
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


def take_in(connection: Connection, facts: Columns, corrections: Corrections) -> None:
    """Add the trade in `facts`, which the ledger just added, and undo what was corrected.

    Days on which a document has several revisions are counted anew from the ledger.
    """
    again = {
        (row.customer, row.day, str(row.currency))
        for row in corrections.displaced
        if row.customer is not None and row.type in TRADE
    }
    bought, returned = (_summed(facts, kind) for kind in TRADE)
    if corrections.documents:
        again |= _concerned(facts, corrections.documents)
    # Sorted, so that two detectors wait for each other in one order.
    rows = [
        (*key, *bought.get(key, NOTHING), *returned.get(key, NOTHING))
        for key in sorted(bought.keys() | returned.keys() if returned else bought)
        if key not in again
    ]
    if rows:
        _ROWS.insert(connection, rows)
    if again:
        _recount(connection, again)


def _summed(facts: Columns, kind: str) -> dict[Key, tuple[int, int]]:
    """How many facts of `kind` there are for a customer, day and currency, and their amounts."""
    if kind not in facts.type:
        return {}
    these = [one == kind for one in facts.type]
    keys = [*compress(_keys(facts), these)]
    counts = Counter(keys)
    amounts = dict.fromkeys(counts, 0)
    for key, amount in zip(keys, compress(facts.amount, these), strict=True):
        amounts[key] += amount or 0
    return {key: (count, min(amounts[key], LARGEST)) for key, count in counts.items()}


def _concerned(facts: Columns, documents: Collection[tuple[str, str]]) -> set[Key]:
    """The customer days of the trade in `facts` that is of `documents`."""
    rows = zip(facts.source, facts.id, facts.type, _keys(facts), strict=True)
    return {key for *document, kind, key in rows if kind in TRADE and tuple(document) in documents}


def _keys(facts: Columns) -> Iterator[Key]:
    """Customer, day and currency of each; trade has them all."""
    keys: Any = zip(facts.customer, facts.day, facts.currency, strict=True)
    yield from keys


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
