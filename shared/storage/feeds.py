"""Feeds: what each source has told, as watermarks that only rise."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Insert,
    and_,
    case,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from shared.domain.feed import RHYTHM_DAYS, Feed, Kind
from shared.storage.tables import feed
from shared.storage.upsert import insert_of


@dataclass(frozen=True, slots=True)
class Heard:
    """What a fold heard of one source. `kind`: batch if all of it was imported, else live.

    `last_event_at`: time of its newest fact. `last_old_at`: when it told something that had
    happened more than a grace before. `complete_until`: what it said of itself. `spoken`: the
    days of its facts, as in Feed.
    """

    source: str
    kind: Kind
    last_event_at: datetime | None = None
    last_old_at: datetime | None = None
    complete_until: datetime | None = None
    spoken: int | None = None
    spoken_until: int | None = None


_WATERMARKS = ("last_event_at", "last_old_at", "complete_until")
_COLUMNS = ("source", "kind", *_WATERMARKS, "spoken", "spoken_until")
_RHYTHM = literal(2**RHYTHM_DAYS - 1, BigInteger())


def hear(connection: Connection, heard: Iterable[Heard]) -> None:
    """Raise the watermarks of every source in `heard`.

    Something live makes an imported feed live, and a retired one if it is newer than all that
    was known of it.
    """
    rows = sorted((asdict(one) for one in heard), key=lambda row: row["source"])
    if not rows:
        return
    connection.execute(_hearing(connection.dialect.name), rows)


@cache
def _hearing(dialect: str) -> Insert:
    statement = insert_of(dialect, feed)
    new = statement.excluded
    back = and_(feed.c.kind == "retired", new.last_event_at > feed.c.last_event_at)
    revived = and_(new.kind == "live", or_(feed.c.kind == "batch", back))
    return statement.on_conflict_do_update(
        index_elements=[feed.c.source],
        set_={
            "kind": case((revived, "live"), else_=feed.c.kind),
            **{name: _later(feed.c[name], new[name]) for name in _WATERMARKS},
            "spoken": _spoken(new),
            "spoken_until": _later(feed.c.spoken_until, new.spoken_until),
        },
    )


def _spoken(new: ReadOnlyColumnCollection[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """The days of both, counted back from the later one; what lies too far back is forgotten."""
    ahead = new.spoken_until - feed.c.spoken_until
    return case(
        (new.spoken.is_(None), feed.c.spoken),
        (or_(feed.c.spoken.is_(None), ahead >= RHYTHM_DAYS), new.spoken),
        (ahead <= -RHYTHM_DAYS, feed.c.spoken),
        (ahead >= 0, _moved(feed.c.spoken, ahead).bitwise_or(new.spoken)),
        else_=_moved(new.spoken, -ahead).bitwise_or(feed.c.spoken),
    )


def _moved(days: ColumnElement[Any], by: ColumnElement[int]) -> ColumnElement[Any]:
    return days.bitwise_lshift(by).bitwise_and(_RHYTHM)


def _later(old: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((or_(old.is_(None), new > old), new), else_=old)


def every(connection: Connection) -> list[Feed]:
    """All feeds, by source."""
    rows = connection.execute(select(*(feed.c[name] for name in _COLUMNS)).order_by(feed.c.source))
    return [Feed(*row) for row in rows]


def set_kind(connection: Connection, source: str, kind: Kind) -> bool:
    """Call a feed live, batch or retired; False when there is no such feed."""
    this = update(feed).where(feed.c.source == source)
    return connection.execute(this.values(kind=kind)).rowcount > 0


def set_silent(connection: Connection, sources: Sequence[str]) -> list[str]:
    """Store that `sources` are silent and all others are not; those that were not before."""
    before = select(feed.c.source).where(~feed.c.healthy)
    known = set(connection.scalars(before))
    for healthy, changed in ((False, set(sources) - known), (True, known - set(sources))):
        if changed:
            these = feed.c.source.in_(sorted(changed))
            connection.execute(update(feed).where(these).values(healthy=healthy))
    return sorted(set(sources) - known)
