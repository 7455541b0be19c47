"""Many whole numbers as one array, from either database."""

import pytest
from sqlalchemy import case, select
from sqlalchemy.exc import SQLAlchemyError

from shared.storage.database import Database
from shared.storage.integers import integers
from shared.storage.tables import customer, customer_day
from tests.postgres.kinds import every_database
from tests.storage.builders import put

pytestmark = every_database

DAYS = [(1, 20_000, 10**17, 0), (1, 20_001, 0, 1), (2, -3, 5, 0)]


@pytest.fixture
def traded(database: Database) -> Database:
    put(database, customer, *({"number": n, "id": f"c{n}", "field_times": {}} for n in (1, 2)))
    for number, day, amount, refunds in DAYS:
        row = {"customer": number, "day": day, "currency": "EUR", "orders": 1}
        put(database, customer_day, {**row, "amount": amount, "refunds": refunds, "refunded": 0})
    return database


def test_rows_of_whole_numbers(traded: Database) -> None:
    day = customer_day.c
    flag = case((day.refunds > 0, 1), else_=0) + case((day.currency != "EUR", 2), else_=0)
    with traded.read() as connection:
        found = integers(connection, select(day.customer, day.day, day.amount, flag))
        some = integers(connection, select(day.day).where(day.customer.between(2, 9)))
        none = integers(connection, select(day.customer, day.day).where(day.customer > 2))
    assert found.dtype == "int64"
    assert sorted(map(tuple, found.tolist())) == sorted(DAYS)
    assert some.tolist() == [[-3]]
    assert none.shape == (0, 2)


def test_nulls_are_no_numbers(traded: Database) -> None:
    empty = select(case((customer_day.c.day > 0, customer_day.c.day)))
    with traded.read() as connection, pytest.raises((ValueError, TypeError, SQLAlchemyError)):
        integers(connection, empty)
