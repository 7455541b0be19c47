"""Zone and first weekday are stored once, and every day lies where they say."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete

from shared.domain.week import Calendar
from shared.ops.errors import ConfigurationError
from shared.storage.company import keep_company, load_calendar
from shared.storage.database import Database
from shared.storage.schema import migrate
from shared.storage.tables import company
from tests.conftest import START


def forget(database: Database) -> None:
    with database.write() as connection:
        connection.execute(delete(company))


def test_the_calendar_is_the_stored_one(database: Database) -> None:
    forget(database)
    with database.write() as connection:
        keep_company(connection, zone="Europe/Madrid", first_weekday=6, at=START)
    assert load_calendar(database) == Calendar(ZoneInfo("Europe/Madrid"), 6)


@pytest.mark.parametrize(("zone", "weekday"), [("Europe/Madrid", 0), ("UTC", 6)])
def test_another_zone_or_weekday_is_refused(database: Database, zone: str, weekday: int) -> None:
    with pytest.raises(ConfigurationError, match="vigia rebuild --zone"):
        migrate(database, zone=zone, first_weekday=weekday, at=START)
    assert load_calendar(database) == Calendar(ZoneInfo("UTC"), 0)


def test_the_same_again_changes_nothing(database: Database) -> None:
    migrate(database, zone="UTC", first_weekday=0, at=START + timedelta(days=1))
    with database.read() as connection:
        assert connection.execute(company.select()).one().created_at == START


def test_without_a_company_there_is_no_calendar(database: Database) -> None:
    forget(database)
    with pytest.raises(ConfigurationError, match="vigia migrate"):
        load_calendar(database)


@pytest.mark.parametrize("zone", ["Europe/Madrid", "America/St_Johns", "Pacific/Apia", "UTC"])
def test_every_instant_lies_in_one_day_and_days_follow_each_other(zone: str) -> None:
    """Hour by hour through two changes of summer time, and Samoa's skipped day."""
    calendar = Calendar(ZoneInfo(zone), 0)
    at = datetime(2011, 3, 1, tzinfo=UTC)
    days = [calendar.day_of(at + timedelta(hours=n)) for n in range(24 * 320)]
    assert days == sorted(days)
    for day in set(days[24:-24]):
        assert calendar.week_of(day) <= day < calendar.week_of(day) + 7
        start = calendar.starts_at(day)
        assert calendar.day_of(start) == day
        assert calendar.day_of(start - timedelta(seconds=1)) < day
