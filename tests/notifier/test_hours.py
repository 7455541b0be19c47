"""Working hours in the person's own zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.hours import Hours, read_week

MADRID = ZoneInfo("Europe/Madrid")
OFFICE = read_week({"mon-thu": "09:00-14:00, 16:00-18:00", "fri": "09:00-14:00"})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-03-02T10:00", "2026-03-02T10:00"),  # Monday, within
        ("2026-03-02T06:00", "2026-03-02T09:00"),
        ("2026-03-02T14:00", "2026-03-02T16:00"),  # the end is not included
        ("2026-03-02T18:00", "2026-03-03T09:00"),
        ("2026-03-06T14:00", "2026-03-09T09:00"),  # over the weekend
        ("2026-03-28T12:00", "2026-03-30T09:00"),  # over the change to summer time
    ],
)
def test_a_message_waits_for_the_next_working_moment(now: str, opens: str) -> None:
    assert Hours(OFFICE, MADRID).opens(at(now)) == at(opens)


def test_free_days_are_not_worked() -> None:
    easter = frozenset({date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 6)})
    assert Hours(OFFICE, MADRID, easter).opens(at("2026-04-01T20:00")) == at("2026-04-07T09:00")


def test_hours_are_the_persons_and_not_the_hosts() -> None:
    in_bogota = Hours(read_week({"mon-fri": "08:00-18:00"}), ZoneInfo("America/Bogota"))
    opens = in_bogota.opens(datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert opens == datetime(2026, 3, 2, 13, tzinfo=UTC)


def test_a_calendar_without_work_holds_nothing_back_for_ever() -> None:
    never = Hours(read_week({"mon": "09:00-10:00"}), MADRID, free=_every_monday())
    assert never.opens(at("2026-03-03T10:00")) == at("2026-03-03T10:00")


def _every_monday() -> frozenset[date]:
    return frozenset(date.fromordinal(date(2026, 3, 2).toordinal() + 7 * n) for n in range(20))


@given(st.integers(0, 10 * 365 * 24 * 60))
def test_what_opens_is_never_earlier_and_always_within_the_hours(minutes: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    opens = Hours(OFFICE, MADRID).opens(now)
    assert opens >= now
    assert Hours(OFFICE, MADRID).opens(opens) == opens


@pytest.mark.parametrize(
    "given",
    [
        None,
        {},
        {"someday": "09:00-10:00"},
        {"mon-xyz": "09:00-10:00"},
        {"mon": "9-10"},
        {"mon": "10:00-09:00"},
        {"mon": "09:00-24:30"},
        {"mon": 9},
    ],
)
def test_what_is_not_written_as_hours_is_said_without_repeating_it(given: object) -> None:
    with pytest.raises(ValueError, match=r"hours|day") as caught:
        read_week(given)
    assert "xyz" not in str(caught.value)


def test_a_range_may_go_over_sunday_and_a_day_to_its_end() -> None:
    week = read_week({"sat-mon": "20:00-24:00"})
    assert [bool(spans) for spans in week.spans] == [True, False, False, False, False, True, True]
    assert Hours(week, MADRID).opens(at("2026-03-01T23:59")) == at("2026-03-01T23:59")
