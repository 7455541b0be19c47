"""When a feed can be trusted to have told everything up to a moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Kind = Literal["live", "batch", "retired"]

# A shop that closes on Friday evening speaks again on Monday morning.
QUIET = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Feed:
    """What one source has told.

    `last_event_at`: time of its newest event. `last_old_at`: business time at which it last told
    something that had happened more than a grace before. `complete_until`: what it said of
    itself. A batch feed was imported; a retired one tells no more.
    """

    source: str
    kind: Kind
    last_event_at: datetime | None = None
    last_old_at: datetime | None = None
    complete_until: datetime | None = None


def complete(feed: Feed, until: datetime, *, now: datetime, grace: timedelta) -> bool:
    """Whether everything of the feed from before `until` has come.

    Its own word counts. Without it, its events must have passed `until` by the grace, and no
    old event may have come for one grace: after a silence the newest events prove nothing,
    because older ones may still be on their way.
    """
    if feed.kind != "live":
        return True
    if feed.complete_until is not None and feed.complete_until >= until:
        return True
    if feed.last_event_at is None or feed.last_event_at <= until + grace:
        return False
    return feed.last_old_at is None or feed.last_old_at <= now - grace


def silent(feed: Feed, *, now: datetime, grace: timedelta) -> bool:
    """Whether a live feed has told nothing for longer than a closed weekend and the grace."""
    if feed.kind != "live":
        return False
    spoken = [at for at in (feed.last_event_at, feed.complete_until) if at is not None]
    return not spoken or max(spoken) < now - max(QUIET, grace)
