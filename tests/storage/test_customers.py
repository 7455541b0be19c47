"""Master data, merged so that the order of events does not matter."""

import random
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from shared.contract.event import CustomerMaster
from shared.contract.reading import read_event
from shared.storage import master
from shared.storage.customers import apply_customer_master
from shared.storage.database import Database
from shared.storage.master import Change
from shared.storage.tables import customer
from tests.conftest import START
from tests.storage.builders import put


@pytest.fixture
def company(database: Database) -> Database:
    put(database, customer, {"id": "maria", "name": "M.", "field_times": {}}, {"id": "eva"})
    return database


def change(time: str, source: str = "crm", event: str = "1", **fields: Any) -> Change:
    return Change("maria", (time, source, event), fields)


def merged(database: Database, *changes: Change) -> dict[str, dict[str, Any]]:
    return database.run(lambda connection: master.merge(connection, customer, changes))


def maria(database: Database) -> Any:
    with database.read() as connection:
        return connection.execute(select(customer).where(customer.c.id == "maria")).one()


def test_what_changed_is_told_with_its_old_value(company: Database) -> None:
    assert merged(company, change("2026-01-02", name="Maria", rep="ana")) == {
        "maria": {"name": "M.", "rep": None}
    }
    assert merged(company, change("2026-01-03", rep="ana")) == {"maria": {}}
    assert merged(company, change("2026-01-01", rep="eva")) == {}


def test_the_newest_wins_field_by_field_in_any_order(company: Database) -> None:
    changes = [
        change("2026-01-01", phone="1", rep="ana"),
        change("2026-01-03", rep=None),
        change("2026-01-02", rep="eva", segment="a"),
        change("2026-01-02", "crm2", segment="b"),
        change("2026-01-02", "crm", "2", segment="c"),
    ]
    orders = list(permutations(changes))
    for order in random.Random(1).sample(orders, 12):
        with company.write() as connection:
            connection.execute(customer.update().values(field_times={}, rep="x", segment="x"))
        for one in order:
            merged(company, one)

        row = maria(company)
        assert (row.phone, row.rep, row.segment) == ("1", None, "b")
        assert row.field_times["segment"] == ["2026-01-02", "crm2", "1"]


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_blank_text_clears_a_field_as_null_does(company: Database, nothing: str | None) -> None:
    """Else everybody whom a system sends without a group would be one household."""
    named = ("name", "segment", "region", "group", "phone")
    for minute, value in enumerate(["G-8", nothing]):
        told = {
            "id": str(minute),
            "source": "crm",
            "type": "customer",
            "subject": "maria",
            "time": f"2026-01-02T10:0{minute}:00Z",
            "data": dict.fromkeys(named, value),
        }
        event = read_event(told, now=START)
        assert isinstance(event, CustomerMaster)
        with company.write() as connection:
            apply_customer_master(connection, [event])
    row = maria(company)._mapping
    assert {name: row[name] for name in named} == dict.fromkeys(named)
    assert row["field_times"]["group"][2] == "1"


def test_nobody_else_is_touched(company: Database) -> None:
    merged(company, change("2026-01-02", phone="1"))

    with company.read() as connection:
        eva = connection.execute(select(customer).where(customer.c.id == "eva")).one()
    assert (eva.phone, eva.field_times) == (None, {})
