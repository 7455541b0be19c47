"""What a message must know at the moment it is sent: whose the customer is, and the name."""

from dataclasses import dataclass, fields

from sqlalchemy import Connection, select

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


def card(connection: Connection, customer_id: str) -> Card | None:
    """The customer's card; None when the customer is not known (any more)."""
    columns = [customer.c[field.name] for field in fields(Card)]
    row = connection.execute(select(*columns).where(customer.c.id == customer_id)).one_or_none()
    return None if row is None else Card(**row._mapping)


def current_rep(connection: Connection, customer_id: str, alert_id: str) -> str | None:
    """Who looks after the customer now: as the company says, else as the alert found out."""
    said = select(customer.c.rep).where(customer.c.id == customer_id)
    found = select(alert.c.rep).where(alert.c.id == alert_id)
    return (
        connection.execute(said).scalar_one_or_none()
        or connection.execute(found).scalar_one_or_none()
    )
