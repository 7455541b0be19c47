"""Category days: what each customer bought and returned a day in a category, gross, by currency.

They are computed from the lines in the bodies of events, in Python: no column keeps a category.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Select,
    and_,
    bindparam,
    delete,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from shared.domain.lines import by_category
from shared.domain.money import LARGEST
from shared.storage import arrays
from shared.storage.bulk import ManyRows
from shared.storage.ledger import COUNTED, Fact
from shared.storage.revisions import Corrections
from shared.storage.tables import category_day, event
from shared.storage.totals import PURCHASE, SUMS, TRADE, Sums

KEY = ("customer", "day", "category", "currency")
COLUMNS = (*KEY, *SUMS)
CHUNK = 500  # customers whose events are in memory at a time
MARK = b'"category"'  # as the canonical form of every body writes it

Key = tuple[int, int, str, str]
Found = dict[Key, Sums]


def _adding() -> str:
    """How an INSERT of sums ends: they are added to those stored."""
    both = {name: f"category_day.{name} + excluded.{name}" for name in SUMS}
    sums = [
        f"{name} = CASE WHEN {sum_} > {LARGEST} THEN {LARGEST} ELSE {sum_} END"
        for name, sum_ in both.items()
    ]
    return f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {', '.join(sums)}"


_ROWS = ManyRows(category_day, COLUMNS, fixed={}, ending=_adding())


def take_in(
    connection: Connection,
    facts: Iterable[Fact],
    numbers: Mapping[str, int],
    corrections: Corrections,
) -> None:
    """Add the lines of `facts`, which the ledger just added, and undo what was corrected.

    `numbers` gives the customers' numbers. Days on which a document has several revisions are
    counted anew from the ledger.
    """
    again = {
        (row.customer, row.day)
        for row in corrections.displaced
        if row.customer is not None and row.type in TRADE
    }
    found: Found = {}
    for fact in facts:
        if fact.categories is None or fact.customer is None:
            continue
        place = (numbers[fact.customer], fact.day)
        if (fact.source, fact.id) in corrections.documents:
            again.add(place)
        else:
            _add(found, place, str(fact.currency), fact.type, fact.categories)
    _store(connection, {key: sums for key, sums in found.items() if key[:2] not in again})
    if again:
        _recount(connection, again)


def rewrite(connection: Connection, customers: Collection[int]) -> None:
    """Make all category days of these customers (by number) what the ledger says."""
    numbers = sorted(customers)
    for start in range(0, len(numbers), CHUNK):
        some = numbers[start : start + CHUNK]
        given = arrays.table(connection, [("number", BigInteger())], some)
        mine = category_day.c.customer.in_(select(given.c.number))
        connection.execute(delete(category_day).where(mine))
        _store(connection, expected(connection, some))


def rewrite_all(connection: Connection) -> None:
    """Make everybody's category days what the ledger says."""
    numbers = concerned(connection)
    connection.execute(delete(category_day))
    for start in range(0, len(numbers), CHUNK):
        _store(connection, expected(connection, numbers[start : start + CHUNK]))


def expected(connection: Connection, customers: Collection[int]) -> Found:
    """The category days of these customers as the ledger has them."""
    given = arrays.table(connection, [("number", BigInteger())], sorted(customers))
    bodies = _bodies().where(event.c.customer.in_(select(given.c.number)))
    return _summed(connection, bodies)


def stored(connection: Connection, customers: Collection[int]) -> Found:
    """The category days of these customers as they are stored."""
    given = arrays.table(connection, [("number", BigInteger())], sorted(customers))
    columns = [category_day.c[name] for name in COLUMNS]
    mine = category_day.c.customer.in_(select(given.c.number))
    rows = connection.execute(select(*columns).where(mine))
    return {(row[0], row[1], row[2], row[3]): (row[4], row[5], row[6], row[7]) for row in rows}


def concerned(connection: Connection) -> list[int]:
    """Numbers of all customers who have category days, or events that say they should."""
    have = select(category_day.c.customer).distinct()
    should = _bodies(event.c.customer).distinct()
    return sorted({*connection.scalars(have), *connection.scalars(should)})


class holds(FunctionElement[bool]):  # noqa: N801 - reads as the SQL function it stands for
    """Whether bytes hold other bytes."""

    inherit_cache = True


@compiles(holds, "sqlite")
def _sqlite_holds(element: holds, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)}) > 0"


@compiles(holds, "postgresql")
def _postgresql_holds(element: holds, compiler: SQLCompiler, **kw: Any) -> str:
    whole, part = (compiler.process(one, **kw) for one in element.clauses)
    return f"position({part} in {whole}) > 0"


def _bodies(*columns: ColumnElement[Any]) -> Select[Any]:
    """The events with categories that count."""
    wanted = columns or [event.c[name] for name in ("customer", "day", "currency", "type", "body")]
    mark = bindparam(None, MARK, LargeBinary())
    return select(*wanted).where(
        event.c.type.in_(TRADE), event.c.state == COUNTED, holds(event.c.body, mark)
    )


def _summed(connection: Connection, bodies: Select[Any]) -> Found:
    found: Found = {}
    for customer, day, currency, kind, body in connection.execute(bodies):
        categories = _categories(kind, body)
        if categories:
            _add(found, (customer, day), currency, kind, categories)
    return found


def _categories(kind: str, body: bytes) -> dict[str, int] | None:
    """None for a damaged body, too: `vigia verify` tells of it as a fact of its own."""
    try:
        return by_category(kind, json.loads(body)["data"].get("lines") or ())
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _add(
    found: Found, place: tuple[int, int], currency: str, kind: str, categories: Mapping[str, int]
) -> None:
    for category, units in categories.items():
        key = (*place, category, currency)
        orders, amount, refunds, refunded = found.get(key, (0, 0, 0, 0))
        if kind == PURCHASE:
            found[key] = (orders + 1, min(amount + units, LARGEST), refunds, refunded)
        else:
            found[key] = (orders, amount, refunds + 1, min(refunded + units, LARGEST))


def _store(connection: Connection, found: Found) -> None:
    """Add sums to what is stored; sorted, so that two detectors wait in one order."""
    if not found:
        return
    _ROWS.insert(connection, [(*key, *sums) for key, sums in sorted(found.items())])


def _recount(connection: Connection, places: Collection[tuple[int, int]]) -> None:
    """Sum the days of customers anew; what is empty goes."""
    these = and_(
        category_day.c.customer == bindparam("whose"), category_day.c.day == bindparam("when")
    )
    values = [{"whose": customer, "when": day} for customer, day in sorted(places)]
    connection.execute(delete(category_day).where(these), values)
    kinds = [("customer", BigInteger()), ("day", Integer())]
    given = arrays.table(connection, kinds, sorted(places))
    same = and_(event.c.customer == given.c.customer, event.c.day == given.c.day)
    _store(connection, _summed(connection, _bodies().join(given, same)))
