"""Who is to be judged again, why, and how soon."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, delete, func, select

from shared.storage.tables import customer, due
from shared.storage.upsert import insert

URGENT, LATE, HELD, WEEK = range(4)  # priorities: the smallest is taken first


@dataclass(frozen=True, slots=True)
class DueCustomer:
    """A customer to judge. `version` is what was known of the customer when this was read."""

    customer: int
    id: str
    version: int
    reasons: tuple[str, ...]
    priority: int
    since: datetime


def mark(connection: Connection, rows: Iterable[tuple[int, str, int]], since: datetime) -> None:
    """Note (customer number, reason, priority) as due from `since` on.

    A row that is there already keeps the smaller priority and the older time.
    """
    values = [
        {"customer": number, "reason": reason, "priority": priority, "since": since}
        for number, reason, priority in sorted(set(rows))
    ]
    if not values:
        return
    statement = insert(connection, due)
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[due.c.customer, due.c.reason],
            set_={
                "priority": case(
                    (new.priority < due.c.priority, new.priority), else_=due.c.priority
                ),
                "since": case((new.since < due.c.since, new.since), else_=due.c.since),
            },
        ),
        values,
    )


def take(connection: Connection, *, limit: int, but: Collection[int] = ()) -> list[DueCustomer]:
    """At most `limit` due customers, the most pressing first, each with all of its reasons.

    Rows of the priorities in `but` make nobody due. Takes nothing away: `clear` does, when the
    judgement is stored.
    """
    pressing = (
        select(due.c.customer)
        .where(due.c.priority.not_in(list(but)))
        .order_by(due.c.priority, due.c.since)
        .limit(limit)
    )
    numbers = dict.fromkeys(connection.scalars(pressing))  # a customer may have several rows
    query = (
        select(due, customer.c.id, customer.c.version)
        .join(customer, customer.c.number == due.c.customer)
        .where(due.c.customer.in_(list(numbers)))
        .order_by(due.c.priority, due.c.since, due.c.reason)
    )
    found: dict[int, DueCustomer] = {}
    for row in connection.execute(query):
        known = found.get(row.customer)
        found[row.customer] = DueCustomer(
            customer=row.customer,
            id=row.id,
            version=row.version,
            reasons=(*known.reasons, row.reason) if known else (row.reason,),
            priority=known.priority if known else row.priority,
            since=min(known.since, row.since) if known else row.since,
        )
    return [found[number] for number in numbers if number in found]


def clear(
    connection: Connection, customer_number: int, reasons: Collection[str], version: int
) -> bool:
    """Drop the customer's due rows of `reasons`, unless more became known since `version`.

    False: nothing was dropped, because the version was raised or another judge was first; roll
    back and judge again. Call it before writing the judgement: on PostgreSQL it locks the
    customer's row against folds and other judges until the transaction ends.
    """
    current = select(customer.c.version).where(customer.c.number == customer_number)
    if connection.scalar(current.with_for_update(key_share=True)) != version:
        return False
    mine = and_(due.c.customer == customer_number, due.c.reason.in_(list(reasons)))
    return connection.execute(delete(due).where(mine)).rowcount > 0


def waiting(connection: Connection) -> dict[int, int]:
    """How many rows wait, by priority."""
    query = select(due.c.priority, func.count()).group_by(due.c.priority)
    return {row[0]: row[1] for row in connection.execute(query)}
