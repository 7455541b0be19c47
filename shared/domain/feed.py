"""When a feed can be trusted to have told everything up to a moment."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.week import DAYS, Calendar

Kind = Literal["live", "batch", "retired"]

# A shop that closes on Friday evening speaks again on Monday morning.
QUIET = timedelta(days=3)
RHYTHM_DAYS = 8 * DAYS  # so far back a feed's days are kept
RHYTHM_NEEDS = 4 * DAYS  # so many of them show a rhythm
RARE = 0.01  # a silence that one in a hundred such stretches would hold


@dataclass(frozen=True, slots=True)
class Feed:
    """What one source has told.

    `last_event_at`: time of its newest event. `last_old_at`: business time at which it last told
    something that had happened more than a grace before. `complete_until`: what it said of
    itself. A batch feed was imported; a retired one tells no more. `spoken`: a bit for each of
    the 56 days up to day `spoken_until`, the lowest for that day: whether facts of it have come.
    """

    source: str
    kind: Kind
    last_event_at: datetime | None = None
    last_old_at: datetime | None = None
    complete_until: datetime | None = None
    spoken: int | None = None
    spoken_until: int | None = None


def spoken_days(days: Collection[int]) -> tuple[int, int]:
    """At least one day as `spoken` and `spoken_until`."""
    until = max(days)
    return sum(1 << until - day for day in set(days) if until - day < RHYTHM_DAYS), until


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


def silent(
    feed: Feed,
    *,
    now: datetime,
    grace: timedelta,
    calendar: Calendar,
    holidays: Collection[int] = (),
) -> bool:
    """Whether a live feed has told nothing for longer than it ever pauses.

    Its own weekdays of the last eight weeks say what a pause is: a silence is too long when one
    in a hundred stretches of so many days would hold no word of it. Days count once they are
    over by the grace; on `holidays` (day numbers) nobody expects anything. Before four weeks are
    known, three days or the grace must have passed.
    """
    if feed.kind != "live":
        return False
    spoken = last_word(feed)
    if spoken is None:
        return True
    if spoken >= now - grace:
        return False
    chances = _chances(feed)
    if chances is None:
        return spoken < now - max(QUIET, grace)
    begun = calendar.day_of(spoken) + 1
    days = range(begun, calendar.day_of(now - grace))
    return _nothing(chances, (day for day in days if day not in holidays)) < RARE


def last_word(feed: Feed) -> datetime | None:
    """When a feed last told anything, or said that it had told everything."""
    spoken = [at for at in (feed.last_event_at, feed.complete_until) if at is not None]
    return max(spoken, default=None)


def days_a_week(feed: Feed) -> float | None:
    """On how many days of a week the feed usually speaks; None while nobody can know."""
    chances = _chances(feed)
    return None if chances is None else sum(chances)


def _chances(feed: Feed) -> list[float] | None:
    """How likely the feed speaks on a day, by its number modulo 7; None before four weeks."""
    if not feed.spoken or feed.spoken_until is None:
        return None
    known = feed.spoken.bit_length()
    if known < RHYTHM_NEEDS:
        return None
    seen, heard = [0.0] * DAYS, [0.0] * DAYS
    for back in range(known):
        weekday = (feed.spoken_until - back) % DAYS
        seen[weekday] += 1
        heard[weekday] += feed.spoken >> back & 1
    return [(spoke + 0.5) / (days + 1) for spoke, days in zip(heard, seen, strict=True)]


def _nothing(chances: list[float], days: Iterable[int]) -> float:
    """The chance of no word on any of the days."""
    chance = 1.0
    for day in days:
        chance *= 1.0 - chances[day % DAYS]
    return chance
