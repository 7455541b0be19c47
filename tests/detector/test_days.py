"""The short way to a business day agrees with the calendar, whatever the zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.detector.days import Days
from shared.domain.week import Calendar

ZONES = [
    "UTC",
    "Europe/Madrid",
    "Asia/Kathmandu",
    "America/St_Johns",  # changed its clocks at one minute past midnight
    "America/Santiago",  # changes them at midnight
    "Pacific/Kiritimati",
    "Pacific/Apia",  # left out a whole day
    "Australia/Lord_Howe",
    "America/Los_Angeles",
]


@pytest.mark.parametrize("zone", ZONES)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
def test_any_instant(zone: str, moment: datetime) -> None:
    calendar = Calendar(ZoneInfo(zone))
    instant = moment.replace(tzinfo=UTC)
    text = instant.isoformat().replace("+00:00", "Z")

    assert Days(calendar).of(text) == calendar.day_of(instant)


@pytest.mark.parametrize("zone", ZONES)
def test_every_quarter_of_an_hour_of_some_years(zone: str) -> None:
    calendar = Calendar(ZoneInfo(zone))
    days = Days(calendar)
    for year in (2010, 2011):
        begin = datetime(year, 1, 1, 0, 1, tzinfo=UTC)
        for step in range(0, 365 * 96, 3):
            instant = begin + timedelta(minutes=15 * step)
            assert days.of(f"{instant:%Y-%m-%dT%H:%M:%S}Z") == calendar.day_of(instant)


def test_what_is_no_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        Days(Calendar(ZoneInfo("UTC"))).of("yesterday at noon")
