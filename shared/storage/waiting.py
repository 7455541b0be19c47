"""How much still waits: due customers, unannounced transitions, deliveries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from shared.storage.due import HELD
from shared.storage.tables import delivery, due, transition

DELIVERY_STATES = ("pending", "leased", "sent", "dead", "suppressed")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts at one moment. `pressing`: due customers who are not merely held or of the week."""

    due: int
    pressing: int
    unpublished: int
    deliveries: dict[str, int]  # by state, each of the five
    to_send: int  # deliveries whose time has come

    @property
    def settled(self) -> bool:
        """Nothing waits that could be done now."""
        return not (self.pressing or self.unpublished or self.to_send)


def waiting(connection: Connection, real: datetime, now: datetime) -> Waiting:
    """What waits at `real` time, which is `now` in business time."""
    by_state = select(delivery.c.state, func.count()).group_by(delivery.c.state)
    states = {row[0]: row[1] for row in connection.execute(by_state)}
    come = (delivery.c.next_at <= real) | (delivery.c.wakes_at <= now)
    ripe = (delivery.c.state == "pending") & come
    return Waiting(
        due=_count(connection, due),
        pressing=_count(connection, due, due.c.priority < HELD),
        unpublished=_count(connection, transition, transition.c.published_at.is_(None)),
        deliveries={state: states.get(state, 0) for state in DELIVERY_STATES},
        to_send=_count(connection, delivery, (delivery.c.state == "leased") | ripe),
    )


def _count(connection: Connection, table: FromClause, *which: ColumnElement[Any]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(*which)) or 0
