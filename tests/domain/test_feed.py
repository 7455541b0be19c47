"""When a feed has told everything up to a moment."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.domain.feed import Feed, complete, days_a_week, silent, spoken_days
from shared.domain.week import Calendar

UNTIL = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
GRACE = 24 * HOUR
NOW = UNTIL + 30 * HOUR
CALENDAR = Calendar(ZoneInfo("UTC"))
MONDAY = CALENDAR.day_of(UNTIL)  # a Monday


def is_complete(now: datetime = NOW, **told: Any) -> bool:
    return complete(Feed("till", **{"kind": "live", **told}), UNTIL, now=now, grace=GRACE)


def test_its_own_word_counts() -> None:
    assert is_complete(complete_until=UNTIL)
    assert is_complete(complete_until=UNTIL, last_old_at=NOW)
    assert not is_complete(complete_until=UNTIL - HOUR, last_event_at=UNTIL + HOUR)


def test_its_events_must_have_passed_by_the_grace() -> None:
    assert is_complete(last_event_at=UNTIL + GRACE + HOUR)
    assert not is_complete(last_event_at=UNTIL + GRACE)
    assert not is_complete()


def test_old_events_put_it_off_for_one_grace() -> None:
    passed = UNTIL + GRACE + HOUR
    assert not is_complete(last_event_at=passed, last_old_at=NOW - GRACE + HOUR)
    assert is_complete(last_event_at=passed, last_old_at=NOW - GRACE)


@pytest.mark.parametrize("kind", ["batch", "retired"])
def test_imports_and_retired_feeds_owe_nothing(kind: Any) -> None:
    feed = Feed("till", kind, last_event_at=UNTIL - 1000 * GRACE)
    assert complete(feed, UNTIL, now=NOW, grace=GRACE)
    assert not silent(feed, now=NOW, grace=GRACE, calendar=CALENDAR)


def test_a_weekend_is_no_silence() -> None:
    def is_silent(hours: int, grace: timedelta = GRACE, **told: Any) -> bool:
        feed = Feed("till", "live", last_event_at=NOW - hours * HOUR, **told)
        return silent(feed, now=NOW, grace=grace, calendar=CALENDAR)

    assert not is_silent(72)
    assert is_silent(73)
    assert not is_silent(73, grace=96 * HOUR)
    assert not is_silent(500, complete_until=NOW - HOUR)
    assert silent(Feed("till", "live"), now=NOW, grace=GRACE, calendar=CALENDAR)


def speaker(*weekdays: int, weeks: int = 8) -> Feed:
    """A feed that spoke on these weekdays (0 is Monday) of the weeks before MONDAY."""
    days = [MONDAY - 7 * week + day for week in range(1, weeks + 1) for day in weekdays]
    spoken, until = spoken_days(days)
    last = CALENDAR.starts_at(until, 18)
    return Feed("till", "live", last_event_at=last, spoken=spoken, spoken_until=until)


def falls_silent(feed: Feed, **more: Any) -> int:
    """The first morning, in days from MONDAY, on which a feed that tells no more is silent."""
    return next(
        day
        for day in range(60)
        if silent(
            feed,
            now=CALENDAR.starts_at(MONDAY + day, 8),
            grace=GRACE,
            calendar=CALENDAR,
            **more,
        )
    )


def test_a_silence_is_measured_by_the_days_on_which_a_feed_speaks() -> None:
    assert falls_silent(speaker(0, 1, 2, 3, 4)) == 3  # Monday and Tuesday are over by the grace
    assert falls_silent(speaker(0, 1, 2, 3, 4, 5, 6)) == 3
    assert falls_silent(speaker(4)) == 13  # the second Friday
    assert falls_silent(speaker(1, 4)) == 6
    assert days_a_week(speaker(1, 4)) == pytest.approx(2, abs=0.3)


def test_public_holidays_are_not_waited_through() -> None:
    feed = speaker(0, 1, 2, 3, 4)
    assert falls_silent(feed, holidays={MONDAY, MONDAY + 1}) == 5


def test_a_young_feed_has_no_rhythm_yet() -> None:
    feed = speaker(4, weeks=3)  # last on the Friday before
    assert days_a_week(feed) is None
    assert falls_silent(feed) == 1  # three days have passed


def test_irregular_feeds_are_given_longer() -> None:
    days = [MONDAY - back for back in (2, 9, 13, 20, 26, 33, 41, 48, 55)]
    spoken, until = spoken_days(days)
    last = CALENDAR.starts_at(until, 18)
    feed = Feed("till", "live", last_event_at=last, spoken=spoken, spoken_until=until)
    assert 14 < falls_silent(feed) < 40
