"""Who is to be judged again, why, and how soon."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Connection,
    Insert,
    Row,
    Select,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    select,
)

from shared.storage.tables import customer, due
from shared.storage.upsert import insert_of

URGENT, LATE, HELD, WEEK = range(4)  # priorities: the smallest is taken first


@dataclass(frozen=True, slots=True)
class DueCustomer:
    """A customer to judge. `version` is what was known of the customer when this was read.

    `rep` and `group` are those of the master data.
    """

    customer: int
    id: str
    version: int
    reasons: tuple[str, ...]
    priority: int
    since: datetime
    rep: str | None
    group: str | None


def mark(connection: Connection, rows: Iterable[tuple[int, str, int]], since: datetime) -> None:
    """Note (customer number, reason, priority) as due from `since` on.

    A row that is there already keeps the smaller priority and the older time.
    """
    values = [
        {"customer": number, "reason": reason, "priority": priority, "since": since}
        for number, reason, priority in sorted(set(rows))
    ]
    if values:
        connection.execute(_marking(connection.dialect.name), values)


@cache
def _marking(dialect: str) -> Insert:
    statement = insert_of(dialect, due)
    both = [(name, due.c[name], statement.excluded[name]) for name in ("priority", "since")]
    return statement.on_conflict_do_update(
        index_elements=[due.c.customer, due.c.reason],
        set_={name: case((new < old, new), else_=old) for name, old, new in both},
    )


def take(connection: Connection, *, limit: int, but: Collection[int] = ()) -> list[DueCustomer]:
    """At most `limit` due customers, the most pressing first, each with all of its reasons.

    Rows of the priorities in `but` make nobody due. Takes nothing away: `clear` does, when the
    judgement is stored.
    """
    rows = connection.execute(_pressing(limit, frozenset(but))).all()
    by_customer: dict[int, list[Row[Any]]] = {}
    for row in sorted(rows, key=lambda row: row.priority in but):  # these put nobody forward
        by_customer.setdefault(row.customer, []).append(row)
    return [_due(sorted(some, key=_urgency)) for some in by_customer.values()]


@cache
def _pressing(limit: int, but: frozenset[int]) -> Select[Any]:
    """The numbers are written out: with parameters PostgreSQL would plan it anew each time."""
    first = select(due.c.customer).order_by(due.c.priority, due.c.since)
    for priority in sorted(but):
        first = first.where(due.c.priority != literal_column(str(priority)))
    return (
        select(due, customer.c.id, customer.c.version, customer.c.rep, customer.c.group)
        .join(customer, customer.c.number == due.c.customer)
        .where(due.c.customer.in_(first.limit(literal_column(str(limit)))))
        .order_by(due.c.priority, due.c.since, due.c.reason)
    )


_urgency = attrgetter("priority", "since", "reason")


def _due(rows: Sequence[Row[Any]]) -> DueCustomer:
    """One customer of all their rows, the most pressing first."""
    first = rows[0]
    return DueCustomer(
        customer=first.customer,
        id=first.id,
        version=first.version,
        reasons=tuple(row.reason for row in rows),
        priority=first.priority,
        since=min(row.since for row in rows),
        rep=first.rep,
        group=first.group,
    )


def clear(
    connection: Connection, customer_number: int, reasons: Collection[str], version: int
) -> bool:
    """Drop the customer's due rows of `reasons`, unless more became known since `version`.

    False: nothing was dropped, because the version was raised or another judge was first; roll
    back and judge again. Call it before writing the judgement: on PostgreSQL it locks the
    customer's row against folds and other judges until the transaction ends.
    """
    mine = {"number": customer_number, "version": version, "reasons": list(reasons)}
    return connection.execute(_CLEAR, mine).rowcount > 0


_UNCHANGED = (
    select(customer.c.number)
    .where(customer.c.number == bindparam("number"), customer.c.version == bindparam("version"))
    .with_for_update(key_share=True)
)
_CLEAR = delete(due).where(
    _UNCHANGED.exists(),
    due.c.customer == bindparam("number"),
    due.c.reason.in_(bindparam("reasons", expanding=True)),
)


def waiting(connection: Connection) -> dict[int, int]:
    """How many rows wait, by priority."""
    query = select(due.c.priority, func.count()).group_by(due.c.priority)
    return {row[0]: row[1] for row in connection.execute(query)}
