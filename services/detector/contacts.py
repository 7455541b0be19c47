"""When customers were last visited, called or written to, and whose silence says something."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from shared.domain.contact import ALIVE_DAYS, LOOKED_AT_DAYS, no_contact
from shared.domain.evidence import Item
from shared.storage.tables import BESIDE_TRADE, event

_counted = (event.c.type == "contact", event.c.state == "counted")


def load_no_contact(
    connection: Connection,
    until_day: int,
    customers: Sequence[int] | None = None,
    *,
    until: datetime | None = None,
) -> dict[int, Item]:
    """The item «no contact for long» as of the day before `until_day`, by customer number.

    Only where the source of the customer's last contact still records contacts with anybody: a
    call centre that stopped sending says nothing about its customers. `customers` limits whom
    to read (a few hundred at most). With `until` only what happened up to then.
    """
    among = BESIDE_TRADE if customers is None else event.c.customer.in_(customers)
    days: dict[int, list[int]] = defaultdict(list)
    last: dict[int, tuple[int, str]] = {}
    found = select(event.c.customer, event.c.day, event.c.source).where(
        *_counted,
        among,
        event.c.day < until_day,
        event.c.day >= until_day - 1 - LOOKED_AT_DAYS,
    )
    if until is not None:
        found = found.where(event.c.at <= until)
    for number, day, source in connection.execute(found):
        days[number].append(day)
        last[number] = max(last.get(number, (0, "")), (day, source))
    items = {number: no_contact(some, until_day - 1) for number, some in days.items()}
    silent = {number: item for number, item in items.items() if item is not None}
    alive = _alive(connection, until_day, {last[number][1] for number in silent})
    return {number: item for number, item in silent.items() if last[number][1] in alive}


def _alive(connection: Connection, until_day: int, sources: Collection[str]) -> set[str]:
    """Those of `sources` that recorded a contact with anybody of late."""
    recent = (event.c.day < until_day, event.c.day >= until_day - ALIVE_DAYS)
    some = select(event.c.day).where(*_counted, BESIDE_TRADE, *recent)
    return {
        source
        for source in sources
        if connection.scalar(
            some.where(event.c.source == source).order_by(event.c.day.desc()).limit(1)
        )
    }
