"""Digests come at the person's time of the week; reminders grow rare and end."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.pacing import digest_at, reminder_at
from services.notifier.timing import next_quarter
from shared.ops.settings_messages import WeeklyMoment, read_moment

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")
MINUTES = st.integers(0, 10 * 365 * 24 * 60)


def monday(after: datetime) -> datetime:
    return digest_at(after, weekday=0, clock=time(7, 30), zone=MADRID)


def test_the_evaluation_of_monday_morning_is_told_the_same_morning() -> None:
    evaluated = datetime(2026, 3, 2, 6, tzinfo=MADRID)
    assert monday(evaluated) == datetime(2026, 3, 2, 7, 30, tzinfo=MADRID)
    assert monday(monday(evaluated)) == datetime(2026, 3, 9, 7, 30, tzinfo=MADRID)


@given(MINUTES)
def test_a_digest_lies_ahead_within_a_week_at_its_time(minutes: int) -> None:
    after = BEGIN + timedelta(minutes=minutes)
    found = monday(after)
    local = found.astimezone(MADRID)
    assert timedelta(0) < found - after <= timedelta(days=7, hours=1)  # an hour for DST
    assert (local.weekday(), local.time()) == (0, time(7, 30))


def test_reminders_come_after_three_days_a_week_more_and_two_weeks_more() -> None:
    opened = datetime(2026, 3, 2, 6, tzinfo=UTC)
    waits = [reminder_at(opened, number) for number in (0, 1, 2, 3, 4)]
    assert waits == [None, *(opened + timedelta(days=d) for d in (3, 10, 24)), None]


@given(MINUTES)
def test_a_storm_is_told_at_the_next_quarter(minutes: int) -> None:
    now = BEGIN + timedelta(minutes=minutes)
    assert timedelta(0) < next_quarter(now) - now <= timedelta(minutes=15)
    assert next_quarter(now).minute % 15 == 0


def test_a_moment_of_the_week_is_read() -> None:
    assert read_moment("Monday 07:30") == WeeklyMoment(0, time(7, 30))


@pytest.mark.parametrize("text", ["monday", "07:30", "someday 07:30", "monday 24:00", "monday 7"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as monday 07:30"):
        read_moment(text)
