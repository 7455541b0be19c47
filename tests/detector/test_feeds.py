"""Which feeds are complete, and what people are shown of them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from services.detector.feeds import (
    incomplete_feeds,
    incomplete_sources,
    list_feeds,
    note_silence,
    set_kind,
)
from shared.ops.clock import SimulatedClock
from shared.ops.errors import InputError
from shared.ops.settings import Settings
from shared.storage.database import Database
from shared.storage.tables import feed
from tests.detector.folding import NOW, Desk, event_of, purchase

GRACE = timedelta(hours=24)
UNTIL = datetime(2026, 3, 1, tzinfo=UTC)  # a Sunday, thirty hours ago


@pytest.fixture
def desk(database: Database, clock: SimulatedClock) -> Desk:
    """Feeds that are complete, late, silent, gone for long, and of complaints only."""
    desk = Desk(database, clock)
    desk.fold(
        purchase("1", source="complete", time="2026-03-02T05:00:00Z"),
        purchase("1", source="late", time="2026-03-01T20:00:00Z"),
        purchase("1", source="silent", time="2026-02-20T20:00:00Z"),
        purchase("1", source="gone", time="2025-01-01T00:00:00Z"),
        event_of("complaint", "1", {"severity": "low"}, source="calls"),
    )
    return desk


def test_only_feeds_of_purchases_are_waited_for(desk: Desk) -> None:
    with desk.database.read() as connection:
        assert incomplete_sources(connection, UNTIL, NOW, GRACE) == {"late", "silent"}
        assert incomplete_feeds(connection, UNTIL, NOW, Settings()) == {
            "late": "held_incomplete",
            "silent": "held_feed_silent",
        }


def test_its_own_word_completes_a_feed(desk: Desk) -> None:
    data = {"complete_until": "2026-03-01T00:00:00Z"}
    desk.fold(event_of("feed", "2", data, source="late", subject="late"))

    with desk.database.read() as connection:
        assert incomplete_sources(connection, UNTIL, NOW, GRACE) == {"silent"}


def test_a_backlog_proves_nothing_until_it_has_been_quiet(desk: Desk) -> None:
    desk.fold(purchase("2", source="complete", time="2026-02-10T05:00:00Z"))

    with desk.database.read() as connection:
        assert "complete" in incomplete_sources(connection, UNTIL, NOW, GRACE)
        assert "complete" not in incomplete_sources(connection, UNTIL, NOW + GRACE, GRACE)


@pytest.mark.parametrize("kind", ["retired", "batch"])
def test_a_feed_can_be_excused_until_it_speaks_again(desk: Desk, kind: str) -> None:
    with desk.database.write() as connection:
        set_kind(connection, "silent", kind)  # type: ignore[arg-type]
        assert incomplete_sources(connection, UNTIL, NOW, GRACE) == {"late"}

    desk.fold(purchase("2", source="silent", time="2026-02-21T00:00:00Z"))
    assert desk.feed("silent").kind == "live"


def test_what_is_older_than_its_end_does_not_bring_a_feed_back(desk: Desk) -> None:
    with desk.database.write() as connection:
        set_kind(connection, "silent", "retired")
    desk.fold(purchase("2", source="silent", time="2026-02-01T00:00:00Z"))

    assert desk.feed("silent").kind == "retired"


def test_an_unknown_feed_is_a_persons_mistake(desk: Desk) -> None:
    with pytest.raises(InputError, match="vigia feed list"), desk.database.write() as connection:
        set_kind(connection, "nobody", "retired")


def test_feeds_are_listed_with_their_health(desk: Desk) -> None:
    with desk.database.read() as connection:
        listed = list_feeds(connection, NOW, Settings())

    health = {one.feed.source: one.healthy for one in listed}
    assert health == {
        "calls": True,
        "complete": True,
        "gone": False,
        "late": True,
        "silent": False,
    }
    assert listed[1].to_dict() == {
        "source": "complete",
        "kind": "live",
        "last_event_at": "2026-03-02T05:00:00+00:00",
        "complete_until": None,
        "healthy": True,
    }


def test_each_silence_is_news_once(desk: Desk) -> None:
    def note() -> list[str]:
        with desk.database.write() as connection:
            fallen, _speaking = note_silence(connection, NOW, Settings())
            return [feed.source for feed in fallen]

    assert note() == ["gone", "silent"]
    assert note() == []
    desk.fold(purchase("2", source="silent"))
    assert note() == []
    with desk.database.read() as connection:
        unwell = set(connection.scalars(select(feed.c.source).where(~feed.c.healthy)))
    assert unwell == {"gone"}
