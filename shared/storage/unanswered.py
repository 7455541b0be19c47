"""Living alerts that nobody has reacted to, although somebody was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, select

from shared.storage.deliveries import WAS_SENT
from shared.storage.tables import alert, delivery, transition


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An open alert. `data` is its newest transition as announced, `told` the audiences that
    were told of the alert or are about to be, `since` business time."""

    severity: str
    rep: str | None
    since: datetime
    data: Mapping[str, Any]
    told: frozenset[str]


def read(connection: Connection) -> list[Unanswered]:
    """Alerts about customers that are open, not put off, and were sent to somebody."""
    sent = exists().where(delivery.c.alert == alert.c.id, WAS_SENT)
    newest = and_(transition.c.alert == alert.c.id, transition.c.number == alert.c.last_number)
    statement = (
        select(alert.c.id, alert.c.severity, alert.c.rep, alert.c.opened_at, transition.c.body)
        .join(transition, newest)
        .where(
            alert.c.kind == "customer",
            alert.c.state == "open",
            alert.c.snoozed_until.is_(None),
            sent,
        )
        .order_by(alert.c.id)
    )
    rows = connection.execute(statement).all()
    told: dict[str, set[str]] = {row.id: set() for row in rows}
    audiences = select(delivery.c.alert, delivery.c.audience).where(delivery.c.alert.in_(told))
    for name, audience in connection.execute(audiences):
        told[name].add(audience)
    return [
        Unanswered(row.severity, row.rep, row.opened_at, row.body, frozenset(told[row.id]))
        for row in rows
    ]
