"""Deliveries: one message about one transition to one audience, and its fate.

A row is pending, leased, sent, dead or suppressed. Its channel and whose pace it keeps are only
likely until it is sent. `next_at`, `created_at` and `sent_at` are real time; the lease runs by
the database's clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    case,
    exists,
    func,
    select,
    update,
)

from shared.storage.channel_state import take_turn
from shared.storage.lease import is_free, is_held, taking
from shared.storage.tables import delivery, pace
from shared.storage.upsert import insert

UNFINISHED = ("pending", "leased")
LEASE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """What is to be told to whom; with `suppressed`, why it never will be.

    `channel` and `pace` are those it will likely be sent by.
    """

    alert: str
    number: int
    audience: str  # rep, previous_rep, operator, manager:ID
    channel: str
    message: dict[str, Any]
    suppressed: str | None = None
    pace: str = "email"


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery under lease. `attempts` counts this one too; `attempt` is the lease's.

    `tried` are recipients that refused it, or were unreachable for long.
    """

    id: int
    alert: str
    number: int
    audience: str
    channel: str
    pace: str
    tried: tuple[str, ...]
    message: dict[str, Any]
    attempts: int
    created_at: datetime
    owner: str
    attempt: int


def keep(connection: Connection, new: Sequence[NewDelivery], at: datetime) -> int:
    """Store deliveries that are not there yet, due at once; how many were new."""
    rows: list[dict[str, Any]] = [
        {
            "alert": one.alert,
            "number": one.number,
            "audience": one.audience,
            "channel": one.channel,
            "pace": one.pace,
            "tried": [],
            "message": one.message,
            "state": "suppressed" if one.suppressed else "pending",
            "reason": one.suppressed,
            "created_at": at,
            "next_at": None if one.suppressed else at,
        }
        for one in new
    ]
    unique = ["alert", "number", "audience"]
    statement = insert(connection, delivery).on_conflict_do_nothing(index_elements=unique)
    made = statement.returning(delivery.c.id)  # the row count of an INSERT is not told everywhere
    return sum(len(connection.execute(made.values(row)).all()) for row in rows)


def take(
    connection: Connection, *, owner: str, channel: str, apart: timedelta, now: datetime
) -> Taken | None:
    """Lease an abandoned delivery, else the one that has been due longest; None if there is none.

    A message waits while an earlier one of the same alert and audience is unfinished: nobody
    hears that a customer is back before hearing that the customer left. It also waits for its
    turn: two of one pace are taken at least `apart`. A lease whose holder is gone is taken over
    when its time is up.
    """
    abandoned = and_(delivery.c.state == "leased", is_free(delivery))
    due = and_(delivery.c.state == "pending", delivery.c.next_at <= now)
    while True:
        found = _first(connection, abandoned, channel, now) or _first(connection, due, channel, now)
        if found is None:
            return None
        if not apart or take_turn(connection, found["pace"], now, apart):
            return _lease(connection, found, owner)


def _lease(connection: Connection, found: RowMapping, owner: str) -> Taken:
    attempts = int(found["attempts"]) + 1
    connection.execute(
        update(delivery)
        .where(delivery.c.id == found["id"])
        .values(state="leased", attempts=attempts, **taking(delivery, owner, LEASE_SECONDS))
    )
    return Taken(
        id=found["id"],
        alert=found["alert"],
        number=found["number"],
        audience=found["audience"],
        channel=found["channel"],
        pace=found["pace"],
        tried=tuple(found["tried"]),
        message=found["message"],
        attempts=attempts,
        created_at=found["created_at"],
        owner=owner,
        attempt=int(found["attempt"]) + 1,
    )


def ready_at(connection: Connection, channel: str, now: datetime) -> datetime | None:
    """When the next delivery of the channel can be taken, `now` if at once; None: none waits.

    Too early where it waits for an earlier message of its alert.
    """
    own = delivery.c.channel == channel
    free_at = func.coalesce(pace.c.free_at, delivery.c.next_at)
    later = case((free_at > delivery.c.next_at, free_at), else_=delivery.c.next_at)
    source = delivery.outerjoin(pace, pace.c.name == delivery.c.pace)
    soonest = select(func.min(later)).select_from(source).where(own, delivery.c.state == "pending")
    left = select(delivery.c.id).where(own, delivery.c.state == "leased", is_free(delivery))
    if connection.execute(left.limit(1)).one_or_none() is not None:
        return now
    return connection.execute(soonest).scalar_one_or_none()


def sent(
    connection: Connection,
    taken: Taken,
    *,
    recipient: str,
    person: str,
    provider_id: str,
    at: datetime,
) -> bool:
    """Record the provider's yes; False when the lease was lost meanwhile."""
    values = {
        "recipient": recipient,
        "person": person,
        "provider_id": provider_id,
        "sent_at": at,
        "reason": None,
    }
    return _finish(connection, taken, state="sent", next_at=None, **values)


def retry(
    connection: Connection, taken: Taken, *, next_at: datetime, reason: str, recipient: str
) -> bool:
    """Try again at `next_at`; False when the lease was lost meanwhile."""
    values = {"next_at": next_at, "reason": reason, "recipient": recipient}
    return _finish(connection, taken, state="pending", **values)


def hold(connection: Connection, taken: Taken, *, until: datetime, reason: str) -> bool:
    """Wait without having tried; False when the lease was lost meanwhile."""
    attempts = taken.attempts - 1
    values = {"next_at": until, "reason": reason, "attempts": attempts}
    return _finish(connection, taken, state="pending", **values)


def move(connection: Connection, taken: Taken, *, channel: str, pace: str) -> bool:
    """Leave it, untried, to another channel or pace; False when the lease was lost meanwhile."""
    values = {"channel": channel, "pace": pace, "attempts": taken.attempts - 1}
    return _finish(connection, taken, state="pending", **values)


def sleep(
    connection: Connection,
    taken: Taken,
    *,
    until: datetime,
    reason: str,
    gathered: str | None = None,
) -> bool:
    """Wait for `until` in business time, for a digest where one is named; False as above."""
    values = {"next_at": None, "wakes_at": until, "gathered": gathered, "reason": reason}
    return _finish(connection, taken, state="pending", attempts=taken.attempts - 1, **values)


def turn_away(
    connection: Connection, taken: Taken, *, recipient: str, now: datetime, reason: str
) -> bool:
    """Go on at once with whoever comes after `recipient`, all attempts anew; False as above."""
    values = {"next_at": now, "reason": reason, "recipient": recipient, "attempts": 0}
    tried = [*taken.tried, recipient]
    return _finish(connection, taken, state="pending", tried=tried, **values)


def dead(connection: Connection, taken: Taken, *, reason: str, recipient: str | None) -> bool:
    """Give up; False when the lease was lost meanwhile."""
    values = {"next_at": None, "reason": reason, "recipient": recipient}
    return _finish(connection, taken, state="dead", **values)


def suppressed(connection: Connection, taken: Taken, *, reason: str) -> bool:
    """Decide not to send; False when the lease was lost meanwhile."""
    values = {"next_at": None, "reason": reason, "attempts": taken.attempts - 1}
    return _finish(connection, taken, state="suppressed", **values)


def _first(
    connection: Connection, which: ColumnElement[bool], channel: str, now: datetime
) -> RowMapping | None:
    """The one due longest; each of the states is a walk along the index, which both together
    would not be."""
    own = delivery.c.channel == channel
    query = (
        select(delivery)
        .where(which, own, ~_waits_for_earlier(), ~_waits_for_turn(now))
        .order_by(delivery.c.next_at, delivery.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=delivery)
    )
    return connection.execute(query).mappings().one_or_none()


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


def _waits_for_turn(now: datetime) -> ColumnElement[bool]:
    return exists().where(pace.c.name == delivery.c.pace, pace.c.free_at > now)


def _finish(connection: Connection, taken: Taken, **values: Any) -> bool:
    statement = (
        update(delivery)
        .where(delivery.c.id == taken.id, is_held(delivery, taken.owner, taken.attempt))
        .values(owner=None, until=0, **values)
    )
    return connection.execute(statement).rowcount == 1
