"""One customer's purchase days out of the ledger, refunds netted."""

from sqlalchemy import Connection, select

from shared.domain.history import REFUND_DAYS, NetDay, Purchase, Refund, net_days
from shared.storage.tables import event


def load_purchases(connection: Connection, customer: int, since_day: int) -> list[NetDay]:
    """The days from `since_day` on, oldest first."""
    wanted = ("type", "source", "id", "at", "day", "amount", "currency", "ref")
    found = select(*(event.c[name] for name in wanted)).where(
        event.c.customer == customer,
        event.c.type.in_(("purchase", "refund")),
        event.c.state == "counted",
        event.c.day >= since_day - REFUND_DAYS,  # a refund may belong to an earlier purchase
    )
    purchases, refunds = [], []
    for row in connection.execute(found):
        trade = (row.source, row.id, row.at, row.day, row.amount, row.currency)
        if row.type == "purchase":
            purchases.append(Purchase(*trade))
        else:
            refunds.append(Refund(*trade, purchase=row.ref))
    return [day for day in net_days(purchases, refunds) if day.day >= since_day]
