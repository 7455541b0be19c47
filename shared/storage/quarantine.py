"""What could not be taken, kept with its bytes, its place and the reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, update

from shared.storage.headers import Headers, pack_headers, unpack_headers
from shared.storage.tables import quarantine
from shared.storage.upsert import insert

Reason = Literal["invalid", "conflict", "future"]
# Of a record of the log that was dropped its place stays, so that reading it again does not
# bring it back, and nobody misses it in the ledger.
DROPPED = "dropped"
_KEPT = quarantine.c.reason != DROPPED


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something to keep. Topic, partition and offset are None when it was refused at the door,
    partition and offset also when its topic was replaced; what could be read of the event is
    named as far as it goes. `detail` holds no input."""

    reason: Reason
    detail: str
    value: bytes
    key: bytes | None = None
    headers: Headers = ()
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    source: str | None = None
    event_id: str | None = None
    revision: int | None = None
    type: str | None = None
    customer: str | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept rejection, its number in the quarantine and when it came there."""

    id: int
    at: datetime
    what: Rejected


_NAMES = [name for name in Rejected.__dataclass_fields__ if name != "headers"]


def keep(connection: Connection, rejected: Sequence[Rejected], at: datetime) -> None:
    """Keep what was rejected at business time `at`; a record of the log only once."""
    if not rejected:
        return
    rows = [
        {name: getattr(one, name) for name in _NAMES}
        | {"headers": pack_headers(one.headers), "at": at}
        for one in rejected
    ]
    connection.execute(insert(connection, quarantine).on_conflict_do_nothing(), rows)


def holds(connection: Connection, topic: str, partition: int, offset: int) -> bool:
    """Whether the record at that place of the log is or was kept."""
    place = (
        quarantine.c.topic == topic,
        quarantine.c.partition == partition,
        quarantine.c.offset == offset,
    )
    return bool(connection.scalar(select(exists().where(*place))))


def count(connection: Connection) -> int:
    """How many rejections are kept."""
    return connection.scalar(select(func.count()).select_from(quarantine).where(_KEPT)) or 0


def listed(connection: Connection, *, limit: int, after: int = 0) -> list[Kept]:
    """At most `limit` rejections with a number above `after`, oldest first."""
    return _kept(connection, quarantine.c.id > after, limit)


def find(connection: Connection, number: int) -> Kept | None:
    """The rejection of that number."""
    found = _kept(connection, quarantine.c.id == number, 1)
    return found[0] if found else None


def newest_number(connection: Connection) -> int:
    """The largest number among what is kept, 0 when there is nothing."""
    return connection.scalar(select(func.max(quarantine.c.id))) or 0


def drop(connection: Connection, numbers: Collection[int]) -> int:
    """Forget what the rejections of those numbers say; how many there were."""
    chosen = (_KEPT, quarantine.c.id.in_(numbers))
    without_place = delete(quarantine).where(*chosen, quarantine.c.offset.is_(None))
    nothing = dict.fromkeys(("key", "source", "event_id", "revision", "type", "customer", "day"))
    empty = {"value": b"", "headers": pack_headers(()), "detail": "", "reason": DROPPED}
    emptied = update(quarantine).where(*chosen).values(nothing | empty)
    return connection.execute(without_place).rowcount + connection.execute(emptied).rowcount


def forget_places(connection: Connection, topic: str, partitions: Collection[int]) -> None:
    """Keep what was rejected there without its place: other records will lie at it."""
    there = (quarantine.c.topic == topic, quarantine.c.partition.in_(partitions))
    connection.execute(delete(quarantine).where(*there, quarantine.c.reason == DROPPED))
    connection.execute(update(quarantine).where(*there).values(partition=None, offset=None))


def _kept(connection: Connection, which: ColumnElement[bool], limit: int) -> list[Kept]:
    query = select(quarantine).where(_KEPT, which).order_by(quarantine.c.id).limit(limit)
    return [
        Kept(
            row.id,
            row.at,
            Rejected(
                **{name: getattr(row, name) for name in _NAMES},
                headers=unpack_headers(row.headers),
            ),
        )
        for row in connection.execute(query)
    ]
