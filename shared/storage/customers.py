"""Customers: their numbers, how often something became known, and their master data."""

import json
from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import Connection, Update, delete, exists, update

from shared.contract.event import CustomerMaster
from shared.storage import arrays, master
from shared.storage.bulk import ManyRows
from shared.storage.tables import customer, event

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
_NEW = ManyRows(
    customer,
    ("id", "version", "field_times"),
    fixed={"active": "true"},
    ending="ON CONFLICT DO NOTHING",
)
# One row with everybody: after each row of a result the driver takes Python's lock again.
_FOUND = (
    "SELECT json_group_object(customer.id, customer.number) "
    "FROM json_each(?) AS given JOIN customer ON customer.id = given.value"
)
_LOCKED = (
    "SELECT customer.id, customer.number FROM customer "
    "JOIN unnest(%s::text[]) AS given(id) ON given.id = customer.id "
    "ORDER BY customer.number FOR NO KEY UPDATE OF customer"
)


def numbers_of(connection: Connection, ids: Collection[str]) -> dict[str, int]:
    """The number of every customer in `ids` that there is.

    On PostgreSQL the rows stay locked until the transaction ends, in one order for everybody:
    nobody deletes them while something is written about them.
    """
    listed = sorted(ids)
    if connection.dialect.name == "postgresql":
        rows = connection.exec_driver_sql(_LOCKED, (listed,))
        return {row[0]: row[1] for row in rows}
    found = connection.exec_driver_sql(_FOUND, (json.dumps(listed),)).scalar_one()
    numbers: dict[str, int] = json.loads(found)
    return numbers


def create(connection: Connection, ids: Collection[str]) -> dict[str, int]:
    """Give each of `ids` a row and a number, if nobody else just did; their numbers."""
    if not ids:
        return {}
    _NEW.insert(connection, [(one, 0, "{}") for one in sorted(ids)])
    return numbers_of(connection, ids)


def forget_strangers(connection: Connection, numbers: Collection[int]) -> None:
    """Delete those of `numbers`, just created, of whom nothing was added after all."""
    dialect = connection.dialect.name
    known = exists().where(event.c.customer == customer.c.number)
    these = arrays.is_given(dialect, customer.c.number)
    connection.execute(delete(customer).where(these, ~known), arrays.numbers(dialect, numbers))


def raise_versions(connection: Connection, numbers: Collection[int]) -> None:
    """Say that more is known about the customers of these numbers."""
    dialect = connection.dialect.name
    connection.execute(_raising(dialect), arrays.numbers(dialect, numbers))


@cache
def _raising(dialect: str) -> Update:
    told = arrays.is_given(dialect, customer.c.number)
    return update(customer).where(told).values(version=customer.c.version + 1)


def apply_customer_master(connection: Connection, events: Sequence[CustomerMaster]) -> set[str]:
    """Change the master data of customers that have a row; the ids whose rep is another now."""
    changes = [master.change_of(event, _FIELDS, {"active": True}) for event in events]
    before = master.merge(connection, customer, changes)
    return {one for one, old in before.items() if "rep" in old}
