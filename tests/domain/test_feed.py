"""When a feed has told everything up to a moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.feed import Feed, complete, silent

UNTIL = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
GRACE = 24 * HOUR
NOW = UNTIL + 30 * HOUR


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
    assert not silent(feed, now=NOW, grace=GRACE)


def test_a_weekend_is_no_silence() -> None:
    def is_silent(hours: int, grace: timedelta = GRACE, **told: Any) -> bool:
        feed = Feed("till", "live", last_event_at=NOW - hours * HOUR, **told)
        return silent(feed, now=NOW, grace=grace)

    assert not is_silent(72)
    assert is_silent(73)
    assert not is_silent(73, grace=96 * HOUR)
    assert not is_silent(500, complete_until=NOW - HOUR)
    assert silent(Feed("till", "live"), now=NOW, grace=GRACE)
