"""Customers: their numbers, how often something became known, and their master data."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Text, or_, select, update

from shared.contract.event import CustomerMaster
from shared.storage import arrays, master
from shared.storage.ledger import NewRows
from shared.storage.tables import customer, event
from shared.storage.upsert import insert

_FIELDS = (
    "name",
    "rep",
    "segment",
    "region",
    "group",
    "since",
    "margin_rate",
    "acquisition_cost",
    "locale",
    "phone",
    "active",
)


def numbers_of(connection: Connection, ids: Collection[str]) -> dict[str, int]:
    """The number of every customer in `ids` that there is.

    On PostgreSQL the rows stay locked until the transaction ends, in one order for everybody.
    """
    given = arrays.table(connection, [("id", Text())], sorted(ids))
    query = select(customer.c.id, customer.c.number).join(given, given.c.id == customer.c.id)
    if connection.dialect.name == "postgresql":
        query = query.order_by(customer.c.number).with_for_update(of=customer, key_share=True)
    return {row[0]: row[1] for row in connection.execute(query)}


def create(connection: Connection, ids: Collection[str]) -> dict[str, int]:
    """Give each of `ids` a row and a number, if nobody else just did; their numbers."""
    if not ids:
        return {}
    rows = [{"id": one, "field_times": {}} for one in sorted(ids)]
    connection.execute(insert(connection, customer).on_conflict_do_nothing(), rows)
    return numbers_of(connection, ids)


def raise_versions(connection: Connection, rows: NewRows, others: Collection[int]) -> None:
    """Say that more is known about the customers of the added `rows` and about `others`."""
    told = customer.c.number.in_(select(event.c.customer).where(rows.among(event)))
    also = customer.c.number.in_(list(others))
    raised = {"version": customer.c.version + 1}
    connection.execute(update(customer).where(or_(told, also) if others else told).values(raised))


def apply_customer_master(connection: Connection, events: Sequence[CustomerMaster]) -> set[str]:
    """Change the master data of customers that have a row; the ids whose rep is another now."""
    changes = [master.change_of(event, _FIELDS, {"active": True}) for event in events]
    before = master.merge(connection, customer, changes)
    return {one for one, old in before.items() if "rep" in old}
