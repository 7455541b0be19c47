"""Which feeds are complete, which are silent, and what people call them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, select

from shared.domain.feed import Feed, Kind, complete, silent
from shared.domain.verdict import Verdict
from shared.domain.week import Calendar
from shared.ops.errors import InputError
from shared.ops.settings import Settings
from shared.storage import feeds
from shared.storage.tables import event

# A feed that sold nothing for so long has no part in anybody's present weeks.
FORGOTTEN = timedelta(weeks=26)


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed and whether it speaks as it should."""

    feed: Feed
    healthy: bool

    def to_dict(self) -> dict[str, Any]:
        """As `vigia status --json` shows it."""
        last, told = self.feed.last_event_at, self.feed.complete_until
        return {
            "source": self.feed.source,
            "kind": self.feed.kind,
            "last_event_at": None if last is None else last.isoformat(),
            "complete_until": None if told is None else told.isoformat(),
            "healthy": self.healthy,
        }


def list_feeds(connection: Connection, now: datetime, settings: Settings) -> list[FeedState]:
    """All feeds, by source."""
    return [FeedState(feed, not is_silent(feed, now, settings)) for feed in feeds.every(connection)]


def is_silent(feed: Feed, now: datetime, settings: Settings) -> bool:
    """Whether the feed has told nothing for longer than it ever pauses."""
    calendar = Calendar(settings.zone, settings.first_weekday_number)
    return silent(feed, now=now, grace=settings.feed_grace, calendar=calendar)


def incomplete_sources(
    connection: Connection, until: datetime, now: datetime, grace: timedelta
) -> set[str]:
    """The sources of purchases whose events from before `until` have not all come."""
    return {feed.source for feed in _incomplete(connection, until, now, grace)}


def incomplete_feeds(
    connection: Connection, until: datetime, now: datetime, settings: Settings
) -> dict[str, Verdict]:
    """Those sources, each with the verdict it leads to for customers who buy there."""
    return {
        feed.source: "held_feed_silent" if is_silent(feed, now, settings) else "held_incomplete"
        for feed in _incomplete(connection, until, now, settings.feed_grace)
    }


def note_silence(
    connection: Connection, now: datetime, settings: Settings
) -> tuple[Sequence[Feed], Sequence[Feed]]:
    """Store which feeds are silent now; those that were not before, and all that are not."""
    known = {feed.source: feed for feed in feeds.every(connection)}
    silence = {source: is_silent(feed, now, settings) for source, feed in known.items()}
    fresh = feeds.set_silent(connection, [source for source, true in silence.items() if true])
    speaking = [feed for source, feed in known.items() if not silence[source]]
    return [known[source] for source in fresh], speaking


def set_kind(connection: Connection, source: str, kind: Kind) -> None:
    """Retire a feed, or call it an import. Raises InputError when there is no such feed."""
    if not feeds.set_kind(connection, source, kind):
        raise InputError("there is no feed of that name; see `vigia feed list`")


def _incomplete(
    connection: Connection, until: datetime, now: datetime, grace: timedelta
) -> list[Feed]:
    return [
        feed
        for feed in feeds.every(connection)
        if not complete(feed, until, now=now, grace=grace)
        and feed.last_event_at is not None
        and feed.last_event_at > until - FORGOTTEN
        and _sells(connection, feed.source)
    ]


def _sells(connection: Connection, source: str) -> bool:
    """A call centre's silence holds nobody: only purchases are missed."""
    sold = exists().where(event.c.source == source, event.c.type == "purchase")
    return bool(connection.scalar(select(sold)))
