"""Taking deliveries that are due: which, in which order, at which pace, under one lease each."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from shared.storage.channel_state import take_turn
from shared.storage.deliveries import UNFINISHED, NewDelivery, Taken, keeping, row_of
from shared.storage.lease import is_free, lease_end, taking
from shared.storage.tables import channel_pause, company, delivery, pace

LEASE_SECONDS = 120.0
Leasing = ReturningUpdate[Any]
_COLUMNS = [delivery.c[one.name] for one in fields(Taken)]


def take(
    connection: Connection,
    *,
    owner: str,
    channel: str,
    apart: timedelta,
    now: datetime,
    most: int = 1,
    left: bool = True,
) -> list[Taken]:
    """Lease up to `most` deliveries, abandoned ones before those that have been due longest.

    Without `left`, abandoned ones are not looked for. While the company pauses, none is taken.
    A message waits while an earlier one of the same alert and audience is unfinished: nobody
    hears that a customer is back before hearing that the customer left. It also waits for its
    turn: two of one pace are taken at least `apart`, and then one at a time. A lease whose holder
    is gone is taken over when its time is up.
    """
    while True:
        found = _first(connection, channel, now, 1 if apart else most, left=left)
        if not found or not apart or take_turn(connection, found[0].pace, now, apart):
            ids = [row.id for row in found]
            return _lease(connection, _LEASE, ids, owner) if ids else []


def take_these(
    connection: Connection,
    ids: Sequence[int],
    *,
    channels: Sequence[str],
    owner: str,
    now: datetime,
) -> list[Taken]:
    """Lease those of `ids` that `take` would take now for these channels, which need no turns.

    For whoever just made them, and need not look for them afterwards.
    """
    if not ids or not channels:
        return []
    return _lease(connection, _LEASE_DUE, ids, owner, channels=channels, now=now)


def keep_taken(
    connection: Connection, new: NewDelivery, *, owner: str, now: datetime
) -> Taken | None:
    """Store a delivery that is not there yet under a lease from the beginning; None if it is there.

    For whoever knows that `take` would take it now: nothing of its alert was told before, nobody
    pauses, and no pace is kept.
    """
    row = {**row_of(new, now), "state": "leased", "attempts": 1, "owner": owner, "attempt": 1}
    made = connection.execute(_keeping_taken(connection.dialect.name), row).scalar_one_or_none()
    if made is None:
        return None
    return Taken(
        made,
        new.alert,
        new.number,
        new.audience,
        new.channel,
        new.pace,
        tried=(),
        message=new.message,
        attempts=1,
        created_at=now,
        owner=owner,
        attempt=1,
    )


@cache
def _keeping_taken(dialect: str) -> ReturningInsert[int]:
    return keeping(dialect).values(until=lease_end(LEASE_SECONDS))


def ready_at(connection: Connection, channel: str, now: datetime) -> tuple[datetime | None, bool]:
    """When the next delivery of the channel can be taken, `now` if at once; None: none waits.

    Too early where it waits for an earlier message of its alert. And whether any channel is
    paused: whoever waits asks for both again and again.
    """
    left, soonest, paused = connection.execute(_READY, {"channel": channel}).one()
    return now if left else soonest, bool(paused)


def _first(
    connection: Connection, channel: str, now: datetime, most: int, *, left: bool
) -> list[Row[Any]]:
    """Ids and paces of those due longest; each of the states is a walk along the index, which
    both together would not be."""
    asked = {"channel": channel, "now": now}
    found: list[Row[Any]] = []
    for statement in (_ABANDONED, _DUE) if left else (_DUE,):
        if len(found) < most:
            found += connection.execute(statement, {**asked, "most": most - len(found)})
    return found


def _lease(
    connection: Connection, statement: Leasing, ids: Sequence[int], owner: str, **given: object
) -> list[Taken]:
    """Those of `ids` that were leased, in that order."""
    rows = connection.execute(statement, {"ids": ids, "of_owner": owner, **given})
    found = [Taken(**{**row, "tried": tuple(row["tried"])}) for row in rows.mappings()]
    return sorted(found, key=lambda taken: ids.index(taken.id))


def _statement(which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(delivery.c.id, delivery.c.pace)
        .where(which, delivery.c.channel == bindparam("channel"), *_may_go())
        .order_by(delivery.c.next_at, delivery.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=delivery)
    )


def _may_go() -> list[ColumnElement[bool]]:
    """What holds of a delivery that may be sent now, once it is due."""
    return [
        ~exists().where(company.c.paused_at.is_not(None)),
        ~_waits_for_earlier(),
        ~exists().where(pace.c.name == delivery.c.pace, pace.c.free_at > bindparam("now")),
    ]


def _leasing(*which: ColumnElement[bool]) -> Leasing:
    leased = taking(delivery, bindparam("of_owner"), LEASE_SECONDS)
    ids: BindParameter[int] = bindparam("ids", expanding=True)
    return (
        update(delivery)
        .where(delivery.c.id.in_(ids), *which)
        .values(state="leased", attempts=delivery.c.attempts + 1, **leased)
        .returning(*_COLUMNS)
    )


def _waits_for_earlier() -> ColumnElement[bool]:
    earlier = delivery.alias("earlier")
    return exists().where(
        earlier.c.alert == delivery.c.alert,
        earlier.c.audience == delivery.c.audience,
        earlier.c.number < delivery.c.number,
        earlier.c.state.in_(UNFINISHED),
        earlier.c.wakes_at.is_(None),  # urgent news does not wait for a digest
        earlier.c.gathered.is_(None),
    )


def _ready() -> Select[Any]:
    """Whether a lease of the channel was left, when the soonest that waits may go, and whether
    any channel is paused."""
    own = delivery.c.channel == bindparam("channel")
    free_at = func.coalesce(pace.c.free_at, delivery.c.next_at)
    later = case((free_at > delivery.c.next_at, free_at), else_=delivery.c.next_at)
    source = delivery.outerjoin(pace, pace.c.name == delivery.c.pace)
    soonest = select(func.min(later)).select_from(source).where(own, delivery.c.state == "pending")
    left = exists().where(own, delivery.c.state == "leased", is_free(delivery))
    return select(left, soonest.scalar_subquery(), exists(select(channel_pause)))


# Made once: putting them together costs more than running them.
_READY = _ready()
_IS_DUE = and_(delivery.c.state == "pending", delivery.c.next_at <= bindparam("now"))
_ABANDONED = _statement(and_(delivery.c.state == "leased", is_free(delivery)))
_DUE = _statement(_IS_DUE)
_LEASE = _leasing()
_OF_CHANNELS = delivery.c.channel.in_(bindparam("channels", expanding=True))
_LEASE_DUE = _leasing(_IS_DUE, _OF_CHANNELS, *_may_go())
