"""A digest comes on a day on which its reader works, at the company's hour."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.hours import WEEKDAYS, Hours, Week, read_week
from services.notifier.metrics import NotifierMetrics
from services.notifier.timing import Recipient, next_digest
from shared.ops.settings import Settings
from shared.ops.settings_messages import read_moment
from shared.storage import reps
from shared.storage.database import Database
from shared.storage.reps import Rep
from tests.notifier.weekly import Desk, open_one
from tests.notifier.working import Clock, Recorder

MADRID = ZoneInfo("Europe/Madrid")
MONDAY = read_moment("monday 07:30")
OFFICE = {"mon-fri": "09:00-18:00"}
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def digest_of(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics, **changes: Any
) -> list[datetime]:
    """When Ana is sent a digest about an alert of now, looking at each full hour of four days."""
    changes = {"digest_at": "monday 07:30", "working_hours": OFFICE, **changes}
    own = changes.pop("own", None)
    desk = Desk(company, settings.model_copy(update=changes), clock, metrics, Recorder())
    if own is not None:
        with company.write() as connection:
            reps.add(connection, Rep("r1", working_hours=own), clock.now())
    open_one(desk)
    desk.work()
    found = []
    for _ in range(4 * 24):
        desk.move_to(clock.now() + timedelta(hours=1))
        found += [clock.now().astimezone(MADRID) for _ in desk.work()]
    return found


def on(day: int, hour: int = 8) -> list[datetime]:
    return [datetime(2011, 12, day, hour, tzinfo=MADRID)]


Given = tuple[Database, Settings, Clock, NotifierMetrics]


@pytest.fixture
def given_company(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> Given:
    clock.move_to(datetime(2011, 12, 9, 7, tzinfo=UTC))  # a Friday
    return company, settings, clock, metrics


def test_a_rep_who_begins_on_tuesday_gets_it_on_tuesday(given_company: Given) -> None:
    """At the company's hour, though that is before the rep begins."""
    assert digest_of(*given_company, own={"tue-fri": "10:00-18:00"}) == on(13)


def test_who_works_on_monday_gets_it_on_monday(given_company: Given) -> None:
    assert digest_of(*given_company) == on(12)


def test_a_public_holiday_moves_it(given_company: Given) -> None:
    company, settings, clock, metrics = given_company
    clock.move_to(datetime(2011, 12, 24, 7, tzinfo=UTC))  # Monday 26th is one in Catalonia
    given: Any = {"country": "ES", "subdivision": "CT"}
    assert digest_of(company, settings, clock, metrics, **given) == on(27)


def test_a_day_that_is_free_for_all_is_the_companys_will(given_company: Given) -> None:
    assert digest_of(*given_company, digest_at="sunday 18:00") == on(11, hour=18)


def test_news_of_a_free_monday_is_in_the_digest_of_tuesday(given_company: Given) -> None:
    company, settings, clock, metrics = given_company
    clock.move_to(datetime(2011, 12, 12, 9, tzinfo=UTC))
    assert digest_of(company, settings, clock, metrics, own={"tue-fri": "10:00-18:00"}) == on(13)


@given(
    st.integers(0, 10 * 365 * 24 * 60),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    st.sets(st.integers(0, 30), max_size=5),
)
def test_a_digest_lies_ahead_on_a_working_day_with_none_left_out(
    minutes: int, weekdays: set[str], free: set[int]
) -> None:
    now = BEGIN + timedelta(minutes=minutes)
    today = now.astimezone(MADRID).date()
    week: Week = read_week(dict.fromkeys(weekdays, "09:00-18:00"))
    hours = Hours(week, MADRID, frozenset(today + timedelta(days=ahead) for ahead in free))
    to = Recipient("r1", MADRID, hours, MONDAY, digest_days=hours)
    found = next_digest(to, MONDAY, now)
    assert found > now
    assert hours.next_day(found.date()) == found.date()
    assert found.time() == MONDAY[1]
    plain = next_digest(Recipient("r1", MADRID, None, MONDAY), MONDAY, now)
    between = (plain.date() + timedelta(days=ahead) for ahead in range((found - plain).days))
    assert all(hours.next_day(day) != day for day in between)
