"""Alerts that people called mistaken, which raise the bar of their customers for a while."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from shared.domain.verdict import MISTAKEN
from shared.storage.tables import alert, transition


def mistaken(
    connection: Connection, since: datetime, customers: Sequence[int] | None = None
) -> dict[int, datetime]:
    """When an alert of a customer (by number) was last called so, from `since` on.

    `customers` limits whom to read (a few hundred at most); None reads everybody.
    """
    found = (
        select(alert.c.customer, func.max(transition.c.at).label("at"))
        .join(transition, transition.c.alert == alert.c.id)
        .where(
            alert.c.customer.is_not(None),
            alert.c.updated_at >= since,
            transition.c.kind == "dismissed",
            transition.c.reason.in_(MISTAKEN),
        )
        .group_by(alert.c.customer)
    )
    if customers is not None:
        found = found.where(alert.c.customer.in_(customers))
    return {row.customer: row.at for row in connection.execute(found)}
