"""One customer's purchase days out of the ledger, refunds netted."""

from sqlalchemy import Connection, bindparam, select

from shared.domain.history import REFUND_DAYS, NetDay, Purchase, Refund, net_days
from shared.storage.tables import event

_PURCHASE = [event.c[name] for name in ("source", "id", "at", "day", "amount", "currency")]
_COUNTED = (event.c.customer == bindparam("customer"), event.c.state == "counted")
_LATELY = (*_COUNTED, event.c.day >= bindparam("first"))
_TRADE = select(event.c.type, *_PURCHASE, event.c.ref).where(
    *_LATELY, event.c.type.in_(("purchase", "refund"))
)
_REFUNDED = select(event.c.ref).where(*_LATELY, event.c.type == "refund")
_OLDER = select(*_PURCHASE).where(
    *_COUNTED,
    event.c.type == "purchase",
    event.c.day < bindparam("first"),
    event.c.id.in_(_REFUNDED),
)


def load_purchases(connection: Connection, customer: int, since_day: int) -> list[NetDay]:
    """The days from `since_day` on, oldest first."""
    # A refund may belong to an earlier purchase: to an even older one only if it names it.
    given = {"customer": customer, "first": since_day - REFUND_DAYS}
    purchases, refunds = [], []
    for kind, *trade in connection.execute(_TRADE, given):
        if kind == "purchase":
            purchases.append(Purchase(*trade[:-1]))
        else:
            refunds.append(Refund(*trade))
    if _name_others(refunds, purchases):
        purchases += [Purchase(*row) for row in connection.execute(_OLDER, given)]
    return [day for day in net_days(purchases, refunds) if day.day >= since_day]


def _name_others(refunds: list[Refund], purchases: list[Purchase]) -> bool:
    """Whether a refund names a purchase of its own source that is not among these."""
    known = {(one.source, one.id) for one in purchases}
    named = {(one.source, one.purchase) for one in refunds if one.purchase is not None}
    return not named <= known
