"""Counting every stored day anew in another zone of the company."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from shared.domain.week import Calendar
from shared.storage import category_days, due
from shared.storage.tables import LIVING, alert, company, customer, customer_day, event
from shared.storage.totals import KEY, SUMS, days_of

CHUNK = 5_000
_PATIENCE = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name LIKE 'vigia%' "
    "AND application_name <> current_setting('application_name')"
)


def others_at_work(connection: Connection) -> int:
    """Sessions that other processes of Vigía have on this PostgreSQL; 0 on SQLite."""
    if connection.dialect.name != "postgresql":
        return 0
    return connection.scalar(_OTHERS) or 0


def rezone(
    connection: Connection, zone: ZoneInfo, at: datetime, progress: Callable[[int], None]
) -> int:
    """Make the days of all events and the totals those of `zone`; how many events moved.

    The caller's transaction makes it all or nothing, and nobody else may work meanwhile. First
    weekday, evaluations and standings stay; customers with a living alert are judged again, due
    since `at`. `progress` is told how many events are done.
    """
    if connection.dialect.name == "postgresql":
        for statement in _PATIENCE:
            connection.execute(text(statement))
    row = connection.execute(select(company)).one()
    moved = _move_events(connection, Calendar(zone, row.first_weekday), progress)
    connection.execute(delete(customer_day))
    connection.execute(insert(customer_day).from_select([*KEY, *SUMS], days_of(event)))
    category_days.rewrite_all(connection)
    connection.execute(update(customer).values(version=customer.c.version + 1))
    connection.execute(update(company).values(time_zone=zone.key))
    living = select(alert.c.customer).where(
        alert.c.state.in_(LIVING), alert.c.customer.is_not(None)
    )
    again = [(number, "late", due.LATE) for number in connection.scalars(living)]
    due.mark(connection, again, at)
    return moved


def _move_events(
    connection: Connection, calendar: Calendar, progress: Callable[[int], None]
) -> int:
    query = select(event.c.number, event.c.at, event.c.day).order_by(event.c.number).limit(CHUNK)
    change = update(event).where(event.c.number == bindparam("moved")).values(day=bindparam("to"))
    last = done = moved = 0
    while rows := connection.execute(query.where(event.c.number > last)).all():
        days = [(row.number, row.day, calendar.day_of(row.at)) for row in rows]
        changes = [{"moved": number, "to": to} for number, day, to in days if day != to]
        if changes:
            connection.execute(change, changes)
        last = rows[-1].number
        done += len(rows)
        moved += len(changes)
        progress(done)
    return moved
