"""When customers were last visited, called or written to, and whose silence says something."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from shared.domain.contact import (
    ALIVE_DAYS,
    LEAST_CONTACTS,
    LEAST_SILENCE,
    LOOKED_AT_DAYS,
    TIMES_LONGER,
    no_contact,
)
from shared.domain.evidence import Item
from shared.storage.tables import BESIDE_TRADE, event

CHUNK = 500
Contact = tuple[int, int, str]  # customer number, day, and the source that recorded it

_counted = (event.c.type == "contact", event.c.state == "counted")
WITHIN = (event.c.day < bindparam("until_day"), event.c.day >= bindparam("since_day"))
_CONTACTS = select(event.c.customer, event.c.day, event.c.source).where(
    *_counted, *WITHIN, event.c.customer.in_(bindparam("customers", expanding=True))
)

_LAST = (
    select(event.c.day)
    .where(*_counted, BESIDE_TRADE, *WITHIN, event.c.source == bindparam("of"))
    .order_by(event.c.day.desc())
    .limit(1)
)


def last_year(until_day: int) -> dict[str, int]:
    """The days of which contacts are looked at, as parameters of WITHIN."""
    return {"until_day": until_day, "since_day": until_day - 1 - LOOKED_AT_DAYS}


def load_no_contact(
    connection: Connection, until_day: int, *, until: datetime | None = None
) -> dict[int, Item]:
    """The item «no contact for long» as of the day before `until_day`, by customer number.

    With `until` only what happened up to then.
    """
    found: list[Contact] = []
    silent = _silent(connection, until_day, until)
    for start in range(0, len(silent), CHUNK):
        given = {**last_year(until_day), "customers": silent[start : start + CHUNK]}
        found += [(n, day, of) for n, day, of in connection.execute(known(_CONTACTS, until), given)]
    return no_contact_of(connection, found, until_day)


def no_contact_of(
    connection: Connection, contacts: Iterable[Contact], until_day: int
) -> dict[int, Item]:
    """That item by all `contacts` of the year before `until_day` with some customers.

    Only where the source of the customer's last contact still records contacts with anybody: a
    call centre that stopped sending says nothing about its customers.
    """
    days: dict[int, list[int]] = defaultdict(list)
    last: dict[int, tuple[int, str]] = {}
    for number, day, source in contacts:
        days[number].append(day)
        last[number] = max(last.get(number, (0, "")), (day, source))
    items = {number: no_contact(some, until_day - 1) for number, some in days.items()}
    silent = {number: item for number, item in items.items() if item is not None}
    alive = _alive(connection, until_day, {last[number][1] for number in silent})
    return {number: item for number, item in silent.items() if last[number][1] in alive}


def known(statement: Select[Any], until: datetime | None) -> Select[Any]:
    """Only events from up to then, if it is given."""
    return statement if until is None else statement.where(event.c.at <= until)


def _silent(connection: Connection, until_day: int, until: datetime | None) -> list[int]:
    """Whoever may have been left alone for long, by counts alone: few, of however many."""
    today = until_day - 1
    first, last = func.min(event.c.day), func.max(event.c.day)
    days = func.count(event.c.day.distinct())
    longer = (today - last) * (days - 1) >= TIMES_LONGER * (last - first)
    found = select(event.c.customer).where(*_counted, *WITHIN, BESIDE_TRADE)
    found = known(found, until).group_by(event.c.customer).order_by(event.c.customer)
    found = found.having(days >= LEAST_CONTACTS, today - last >= LEAST_SILENCE, longer)
    return list(connection.scalars(found, last_year(until_day)))


def _alive(connection: Connection, until_day: int, sources: Collection[str]) -> set[str]:
    """Those of `sources` that recorded a contact with anybody of late."""
    days = {"until_day": until_day, "since_day": until_day - ALIVE_DAYS}
    return {one for one in sources if connection.scalar(_LAST, {**days, "of": one})}
