"""What a message must know at the moment it is sent: whose the customer is, and the name."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from shared.storage.reps import Rep
from shared.storage.tables import alert, customer, rep


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


@dataclass(frozen=True, slots=True)
class Whose:
    """An alert, its customer if it is about one, and who looks after it now if that is a rep."""

    alert: AlertNow
    card: Card | None
    rep: Rep | None


_ids: BindParameter[str] = bindparam("ids", expanding=True)
_CARD = [customer.c[one.name] for one in fields(Card)]
_ALERT = [alert.c[one.name] for one in fields(AlertNow)]
_REP = [rep.c[one.name] for one in fields(Rep)]
_OWN, _BOTH = len(_ALERT), len(_ALERT) + len(_CARD)
_CARDS = select(*_CARD).where(customer.c.id.in_(_ids))
_ALERTS = (
    select(*_ALERT, *_CARD, *_REP)
    .select_from(alert)
    .outerjoin(customer, customer.c.number == alert.c.customer)
    .outerjoin(rep, rep.c.id == func.coalesce(func.nullif(customer.c.rep, ""), alert.c.rep))
    .where(alert.c.id.in_(_ids))
)


def cards(connection: Connection, customers: Collection[str]) -> dict[str, Card]:
    """The cards of customers by id; whoever is not known (any more) is missing."""
    rows = connection.execute(_CARDS, {"ids": [*customers]})
    return {row.id: Card(*row) for row in rows}


def card(connection: Connection, customer_id: str) -> Card | None:
    """The customer's card; None when the customer is not known (any more)."""
    return cards(connection, [customer_id]).get(customer_id)


def whose(connection: Connection, alerts: Collection[str]) -> list[Whose]:
    """Alerts as they are now; what else messages tell of is missing."""
    found = []
    for row in connection.execute(_ALERTS, {"ids": [*alerts]}):
        told, card, person = row[:_OWN], row[_OWN:_BOTH], row[_BOTH:]
        found.append(
            Whose(
                AlertNow(*told),
                None if card[0] is None else Card(*card),
                None if person[0] is None else Rep(*person),
            )
        )
    return found
