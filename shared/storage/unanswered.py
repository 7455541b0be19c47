"""Living alerts that nobody has reacted to, although somebody was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, exists, select

from shared.storage.deliveries import WAS_SENT
from shared.storage.tables import alert, delivery, transition

ANSWERING = ("rep", "operator")  # audiences from whom an answer is expected


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An open alert. `data` is its newest transition as announced, `told` the audiences that
    were told of it since its rep looks after the customer, or are about to be.

    `since` is the real time at which whoever is to answer was first sent something about it, in a
    digest if `in_digest`; `person` is who that was.
    """

    severity: str
    rep: str | None
    since: datetime
    in_digest: bool
    person: str | None
    data: Mapping[str, Any]
    told: frozenset[str]


def read(connection: Connection) -> list[Unanswered]:
    """Alerts about customers that are open, not put off, and were sent to whoever is to answer."""
    sent = exists().where(delivery.c.alert == alert.c.id, WAS_SENT)
    newest = and_(transition.c.alert == alert.c.id, transition.c.number == alert.c.last_number)
    statement = (
        select(alert.c.id, alert.c.severity, alert.c.rep, transition.c.body)
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
    about: dict[str, list[RowMapping]] = {row.id: [] for row in rows}
    for one in connection.execute(_ABOUT, {"alerts": [*about]}).mappings():
        about[one["alert"]].append(one)
    found = []
    for row in rows:
        told = _since_handed_over(about[row.id])
        first = _first_sent(told)
        if first is not None:
            at, in_digest = first["sent_at"], first["gathered"] is not None
            audiences = frozenset(one["audience"] for one in told)
            found.append(
                Unanswered(
                    row.severity, row.rep, at, in_digest, first["person"], row.body, audiences
                )
            )
    return found


_COLUMNS = ("alert", "number", "audience", "state", "sent_at", "gathered", "person")
_ABOUT = select(*(delivery.c[name] for name in _COLUMNS)).where(
    delivery.c.alert.in_(bindparam("alerts", expanding=True))
)


def _since_handed_over(deliveries: Sequence[RowMapping]) -> list[RowMapping]:
    """What the rep of today is told: a former one was bidden farewell when that changed."""
    farewells = (one["number"] for one in deliveries if one["audience"] == "previous_rep")
    begin = max(farewells, default=0)
    return [one for one in deliveries if one["number"] >= begin]


def _first_sent(deliveries: Sequence[RowMapping]) -> RowMapping | None:
    sent = [one for one in deliveries if one["audience"] in ANSWERING and one["state"] == "sent"]
    return min(sent, key=lambda one: one["sent_at"], default=None)
