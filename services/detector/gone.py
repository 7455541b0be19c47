"""Who has left for good: a confirmed cancellation, and nothing bought after that day."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, bindparam, func, select

from shared.domain.evidence import Item, is_confirmed_cancellation
from shared.domain.week import day_number
from shared.storage.tables import customer_day

CHUNK = 500

_LAST = (
    select(customer_day.c.customer, func.max(customer_day.c.day))
    .where(
        customer_day.c.customer.in_(bindparam("customers", expanding=True)),
        customer_day.c.orders > 0,
        customer_day.c.day < bindparam("until_day"),
    )
    .group_by(customer_day.c.customer)
)


def load_gone(
    connection: Connection, found: Mapping[int, Sequence[Item]], until_day: int
) -> frozenset[int]:
    """Who of them is gone, by what was bought before `until_day`; `found` are their events by
    customer number. Purchases are gross here."""
    confirmed = {
        number: day_number(date.fromisoformat(item["day"]))
        for number, items in found.items()
        for item in items
        if is_confirmed_cancellation(item)
    }
    bought: dict[int, int] = {}
    numbers = [*confirmed]
    for start in range(0, len(numbers), CHUNK):
        asked = {"customers": numbers[start : start + CHUNK], "until_day": until_day}
        bought |= {row[0]: row[1] for row in connection.execute(_LAST, asked)}
    return frozenset(n for n, day in confirmed.items() if bought.get(n, day) <= day)
