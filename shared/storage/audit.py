"""Recomputing what the ledger says, and what to do where the totals say something else."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from shared.storage import arrays, category_days
from shared.storage.ledger import COUNTED, REPLACED
from shared.storage.tables import customer, customer_day, event
from shared.storage.totals import KEY, SUMS, Sums, days_of

NOTHING: Sums = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class WrongDay:
    """A customer day (by number) whose stored sums are not those of the ledger."""

    customer: int
    day: int
    currency: str
    stored: Sums
    expected: Sums


def wrong_days(connection: Connection) -> list[WrongDay]:
    """Every customer day that is stored wrongly, needlessly or not at all."""
    stored = select(*(customer_day.c[name] for name in (*KEY, *SUMS)))
    wrong = stored.except_(days_of(event)), days_of(event).except_(stored)
    found: dict[tuple[int, int, str], list[Sums]] = {}
    for side, query in enumerate(wrong):
        for row in connection.execute(query):
            sums = found.setdefault((row[0], row[1], row[2]), [NOTHING, NOTHING])
            sums[side] = (row[3], row[4], row[5], row[6])
    return [WrongDay(*key, *both) for key, both in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class WrongCategory:
    """A customer's day in a category whose stored sums are not those of the ledger."""

    customer: int
    day: int
    currency: str
    stored: Sums
    expected: Sums


def wrong_categories(connection: Connection) -> Iterator[WrongCategory]:
    """Every category day that is stored wrongly, needlessly or not at all; some at a time."""
    concerned = category_days.concerned(connection)
    for start in range(0, len(concerned), category_days.CHUNK):
        some = concerned[start : start + category_days.CHUNK]
        there = category_days.stored(connection, some)
        should = category_days.expected(connection, some)
        for key in sorted(there.keys() | should.keys()):
            sums = there.get(key, NOTHING), should.get(key, NOTHING)
            if sums[0] != sums[1]:
                customer, day, _, currency = key
                yield WrongCategory(customer, day, currency, *sums)


def rewrite_days(connection: Connection, customers: Collection[int]) -> None:
    """Make the days of these customers (by number) what the ledger says, and raise versions."""
    given = select(_numbers(connection, customers).c.number)
    connection.execute(delete(customer_day).where(customer_day.c.customer.in_(given)))
    again = days_of(event).where(event.c.customer.in_(given))
    connection.execute(insert(customer_day).from_select([*KEY, *SUMS], again))
    raised = update(customer).where(customer.c.number.in_(given))
    connection.execute(raised.values(version=customer.c.version + 1))
    category_days.rewrite(connection, customers)


def wrong_documents(connection: Connection) -> list[int]:
    """Documents of which not the highest revision counts, and it alone; one event of each."""
    counted = func.sum(case((event.c.state == COUNTED, 1), else_=0))
    highest = func.max(case((event.c.state == COUNTED, event.c.revision), else_=-1))
    query = (
        select(func.min(event.c.number))
        .where(event.c.state.in_((COUNTED, REPLACED)))
        .group_by(event.c.source, event.c.id)
        .having(or_(counted != 1, highest != func.max(event.c.revision)))
        .order_by(func.min(event.c.number))
    )
    return [*connection.scalars(query)]


def correct_documents(connection: Connection, events: Sequence[int]) -> set[int]:
    """Let the highest revision of each document count alone, given one event of each.

    Returns the numbers of the customers this concerns.
    """
    concerned: set[int] = set()
    live = event.c.state.in_((COUNTED, REPLACED))
    for number in events:
        name = select(event.c.source, event.c.id).where(event.c.number == number)
        source, document = connection.execute(name).one()
        mine = and_(event.c.source == source, event.c.id == document, live)
        highest = connection.scalar(select(func.max(event.c.revision)).where(mine))
        state = case((event.c.revision == highest, COUNTED), else_=REPLACED)
        connection.execute(update(event).where(mine).values(state=state))
        whose = select(event.c.customer).where(mine, event.c.customer.is_not(None))
        concerned.update(connection.scalars(whose))
    return concerned


def _numbers(connection: Connection, customers: Collection[int]) -> FromClause:
    return arrays.table(connection, [("number", BigInteger())], sorted(customers))
