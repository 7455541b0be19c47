"""Whose customer it is: the rep of the master data, else who sold most of late."""

from collections.abc import Sequence
from itertools import chain

from sqlalchemy import BigInteger, Connection, func, select

from services.detector.trade import raw_rows
from shared.domain.week import DAYS
from shared.storage import arrays
from shared.storage.tables import customer, event

SELLING_WEEKS = 13


def load_reps(connection: Connection, numbers: Sequence[int]) -> dict[int, str]:
    """The rep of the master data, by customer number; a few thousand at a time."""
    these = arrays.table(connection, [("number", BigInteger())], numbers)
    found = (
        select(customer.c.number, customer.c.rep)
        .join(these, these.c.number == customer.c.number)
        .where(customer.c.rep.is_not(None))
    )
    return dict(chain.from_iterable(raw_rows(connection, found)))


def load_sellers(connection: Connection, numbers: Sequence[int], as_of: int) -> dict[int, str]:
    """The rep of most purchases in the 13 weeks before `as_of`; then the later, then by name."""
    found = (
        select(event.c.customer, event.c.rep, func.count().label("n"), func.max(event.c.day))
        .where(
            event.c.customer.in_(numbers),
            event.c.type == "purchase",
            event.c.state == "counted",
            event.c.rep.is_not(None),
            event.c.day < as_of,
            event.c.day >= as_of - SELLING_WEEKS * DAYS,
        )
        .group_by(event.c.customer, event.c.rep)
    )
    best: dict[int, tuple[int, int, str]] = {}
    for number, rep, purchases, last in connection.execute(found):
        best[number] = max(best.get(number, (0, 0, "")), (purchases, last, rep))
    return {number: rep for number, (_, _, rep) in best.items()}
