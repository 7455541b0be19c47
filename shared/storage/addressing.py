"""What a message must know at the moment it is sent: whose the customer is, and the name."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, func, literal_column, select

from shared.storage.reps import Rep
from shared.storage.special import SPECIAL, Special, as_special
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
_ALERT_AT = len(SPECIAL)
_CARD_AT = _ALERT_AT + len(_ALERT)
_REP_AT = _CARD_AT + len(_CARD)
_CARDS = select(*_CARD).where(customer.c.id.in_(_ids))
_ONCE = select(literal_column("1")).subquery("once")  # a row, even where there is no alert
_ALERTS = (
    select(*SPECIAL, *_ALERT, *_CARD, *_REP)
    .select_from(_ONCE)
    .outerjoin(alert, alert.c.id.in_(_ids))
    .outerjoin(customer, customer.c.number == alert.c.customer)
    .outerjoin(rep, rep.c.id == func.coalesce(func.nullif(customer.c.rep, ""), alert.c.rep))
)


def cards(connection: Connection, customers: Collection[str]) -> dict[str, Card]:
    """The cards of customers by id; whoever is not known (any more) is missing."""
    rows = connection.execute(_CARDS, {"ids": [*customers]})
    return {row.id: Card(*row) for row in rows}


def card(connection: Connection, customer_id: str) -> Card | None:
    """The customer's card; None when the customer is not known (any more)."""
    return cards(connection, [customer_id]).get(customer_id)


def whose(connection: Connection, alerts: Collection[str]) -> tuple[list[Whose], Special]:
    """Alerts as they are now; what else messages tell of is missing.

    And which special arrangements there are: who asks for the one needs the other.
    """
    rows = connection.execute(_ALERTS, {"ids": [*alerts]}).all()
    found = []
    for row in rows:
        told, card, person = row[_ALERT_AT:_CARD_AT], row[_CARD_AT:_REP_AT], row[_REP_AT:]
        if told[0] is None:
            continue
        found.append(
            Whose(
                AlertNow(*told),
                None if card[0] is None else Card(*card),
                None if person[0] is None else Rep(*person),
            )
        )
    return found, as_special(rows[0][:_ALERT_AT])
