"""Instants and money come back exactly as they were stored."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from shared.domain.money import from_units, to_units
from shared.storage.database import Database
from shared.storage.tables import company, customer, customer_day
from tests.storage.builders import put

MADRID = ZoneInfo("Europe/Madrid")
ZONES = st.sampled_from([UTC, MADRID, timezone(timedelta(hours=-9, minutes=-30))])
one_database = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def kept(database: Database, at: datetime) -> datetime:
    with database.write() as connection:
        connection.execute(company.update().values(created_at=at))
        found: datetime = connection.execute(select(company.c.created_at)).scalar_one()
    return found


@one_database
@given(at=st.datetimes(datetime(1900, 1, 1), datetime(9998, 1, 1), timezones=ZONES))  # noqa: DTZ001
def test_an_instant_comes_back(database: Database, at: datetime) -> None:
    found = kept(database, at)
    assert found == at.astimezone(UTC)
    assert found.utcoffset() == timedelta(0)


def test_both_hours_of_a_repeated_night_are_apart(database: Database) -> None:
    night = datetime(2025, 10, 26, 2, 30, tzinfo=MADRID)
    assert kept(database, night.replace(fold=1)) - kept(database, night) == timedelta(hours=1)


def test_an_instant_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"):
        kept(database, datetime(2026, 1, 1))  # noqa: DTZ001


def test_instants_sort_as_time_does(database: Database) -> None:
    times = [
        datetime(2026, 1, 1, 0, 30, tzinfo=MADRID),  # the 31st in UTC
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC),
    ]
    query = select(company.c.created_at > times[0], company.c.created_at < times[3])
    for at in times[1:3]:
        kept(database, at)
        with database.read() as connection:
            assert connection.execute(query).one() == (True, True)


@one_database
@given(
    amounts=st.lists(
        st.decimals(Decimal("-999999999999.9999"), Decimal("999999999999.9999"), places=4),
        min_size=1,
        max_size=20,
    )
)
def test_money_is_exact_and_so_is_its_sum(database: Database, amounts: list[Decimal]) -> None:
    rows = [
        {"customer": 1, "day": n, "currency": "EUR", "amount": to_units(amount)}
        for n, amount in enumerate(amounts)
    ]
    with database.write() as connection:
        connection.execute(customer_day.delete())
        connection.execute(customer.delete())
        connection.execute(customer.insert().values(number=1, id="c"))
        connection.execute(customer_day.insert(), rows)
        query = select(customer_day.c.amount).order_by(customer_day.c.day)
        assert [from_units(n) for n in connection.execute(query).scalars()] == amounts
        total = connection.execute(select(func.sum(customer_day.c.amount))).scalar_one()
    assert from_units(int(total)) == sum(amounts)


def test_documents_come_back(database: Database) -> None:
    document = {"ñ": [1, None, {"deep": "é\u2028"}], "empty": {}}
    put(database, customer, {"id": "c", "field_times": document})
    with database.read() as connection:
        assert connection.execute(select(customer.c.field_times)).scalar_one() == document
