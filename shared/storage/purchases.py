"""One customer's purchase days out of the ledger, refunds netted."""

from sqlalchemy import Connection, bindparam, select

from shared.domain.history import REFUND_DAYS, NetDay, Purchase, Refund, net_days
from shared.storage.tables import event

_WANTED = ("type", "source", "id", "at", "day", "amount", "currency", "ref")
_TRADE = select(*(event.c[name] for name in _WANTED)).where(
    event.c.customer == bindparam("customer"),
    event.c.type.in_(("purchase", "refund")),
    event.c.state == "counted",
    event.c.day >= bindparam("first"),
)


def load_purchases(connection: Connection, customer: int, since_day: int) -> list[NetDay]:
    """The days from `since_day` on, oldest first."""
    first = since_day - REFUND_DAYS  # a refund may belong to an earlier purchase
    purchases, refunds = [], []
    for row in connection.execute(_TRADE, {"customer": customer, "first": first}):
        trade = (row.source, row.id, row.at, row.day, row.amount, row.currency)
        if row.type == "purchase":
            purchases.append(Purchase(*trade))
        else:
            refunds.append(Refund(*trade, purchase=row.ref))
    return [day for day in net_days(purchases, refunds) if day.day >= since_day]
