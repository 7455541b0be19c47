"""What a message must know at the moment it is sent: whose the customer is, and the name."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, select

from shared.storage.tables import alert, customer


@dataclass(frozen=True, slots=True)
class Card:
    """A customer as a rep knows one: the master data but for money."""

    id: str
    name: str | None
    phone: str | None
    segment: str | None
    region: str | None = None
    group: str | None = None
    since: str | None = None
    locale: str | None = None
    rep: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class AlertNow:
    """What may have changed of an alert since it was announced."""

    id: str
    rep: str | None
    state: str
    snoozed_until: datetime | None

    @property
    def waits_for_answer(self) -> bool:
        """Whether nobody has reacted so far, nor put it off."""
        return self.state == "open" and self.snoozed_until is None


_ids: BindParameter[str] = bindparam("ids", expanding=True)
_CARDS = select(*(customer.c[one.name] for one in fields(Card))).where(customer.c.id.in_(_ids))
_ALERTS = select(*(alert.c[one.name] for one in fields(AlertNow))).where(alert.c.id.in_(_ids))


def cards(connection: Connection, customers: Collection[str]) -> dict[str, Card]:
    """The cards of customers by id; whoever is not known (any more) is missing."""
    rows = connection.execute(_CARDS, {"ids": [*customers]})
    return {row.id: Card(*row) for row in rows}


def card(connection: Connection, customer_id: str) -> Card | None:
    """The customer's card; None when the customer is not known (any more)."""
    return cards(connection, [customer_id]).get(customer_id)


def alerts_now(connection: Connection, alerts: Collection[str]) -> dict[str, AlertNow]:
    """Alerts by id, as they are now; what else messages tell of is missing."""
    rows = connection.execute(_ALERTS, {"ids": [*alerts]})
    return {row.id: AlertNow(*row) for row in rows}
