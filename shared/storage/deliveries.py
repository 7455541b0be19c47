"""Deliveries: one message about one transition to one audience, and its fate.

A row is pending, leased, sent, dead or suppressed. Its channel and whose pace it keeps are only
likely until it is sent. `next_at`, `created_at` and `sent_at` are real time; the lease runs by
the database's clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, func, select, update
from sqlalchemy.sql.dml import ReturningInsert

from shared.storage.lease import is_held
from shared.storage.tables import delivery
from shared.storage.upsert import insert_of

UNFINISHED = ("pending", "leased")
_SENT = ("state", "next_at", "recipient", "person", "provider_id", "sent_at", "reason")


# For who asks about one alert: not by the index of states, along which SQLite would walk through
# all that was ever sent.
WAS_SENT = func.coalesce(delivery.c.state, "") == "sent"


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


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took a delivery, at real time `at`, and calls it `provider_id`."""

    taken: Taken
    recipient: str
    person: str
    provider_id: str
    at: datetime


def keep(connection: Connection, new: Sequence[NewDelivery], at: datetime) -> list[int]:
    """Store deliveries that are not there yet, due at once; the ids of those that were new."""
    statement = keeping(connection.dialect.name)
    rows = [row_of(one, at) for one in new]
    return [id for row in rows for id in connection.execute(statement, row).scalars()]


def row_of(new: NewDelivery, at: datetime) -> dict[str, Any]:
    """Its columns, due from `at` on."""
    return {
        "alert": new.alert,
        "number": new.number,
        "audience": new.audience,
        "channel": new.channel,
        "pace": new.pace,
        "tried": [],
        "message": new.message,
        "state": "suppressed" if new.suppressed else "pending",
        "reason": new.suppressed,
        "created_at": at,
        "next_at": None if new.suppressed else at,
    }


@cache
def keeping(dialect: str) -> ReturningInsert[int]:
    """The statement that stores such a row, if it is not there yet, and tells its id then."""
    unique = ["alert", "number", "audience"]
    statement = insert_of(dialect, delivery).on_conflict_do_nothing(index_elements=unique)
    return statement.returning(delivery.c.id)  # the row count of an INSERT is not told everywhere


def sent(connection: Connection, group: Sequence[Sent]) -> set[int]:
    """Record the provider's yeses at once; the ids of those whose lease was not lost meanwhile.

    The database tells how many it marked together; only when some are missing is it asked which.
    """
    attempts = {one.taken.id: one.taken.attempt for one in group}
    values = [
        {
            "state": "sent",
            "next_at": None,
            "recipient": one.recipient,
            "person": one.person,
            "provider_id": one.provider_id,
            "sent_at": one.at,
            "reason": None,
            **_lease(one.taken),
        }
        for one in group
    ]
    if connection.execute(_finishing(_SENT), values).rowcount == len(group):
        return set(attempts)
    marked = select(delivery.c.id, delivery.c.attempt).where(
        delivery.c.id.in_(attempts), delivery.c.state == "sent"
    )
    return {id for id, attempt in connection.execute(marked) if attempt == attempts[id]}


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


def put_back(connection: Connection, taken: Taken) -> bool:
    """Let it be taken anew at once, untried; False when the lease was lost meanwhile."""
    return _finish(connection, taken, state="pending", attempts=taken.attempts - 1)


def _finish(connection: Connection, taken: Taken, **values: Any) -> bool:
    done = connection.execute(_finishing(tuple(values)), {**values, **_lease(taken)})
    return done.rowcount == 1


def _lease(taken: Taken) -> dict[str, Any]:
    """What every mark names."""
    return {"of_id": taken.id, "of_owner": taken.owner, "of_attempt": taken.attempt}


@lru_cache
def _finishing(names: tuple[str, ...]) -> Update:
    """The statement that sets these columns and ends the lease; one for every outcome."""
    held = is_held(delivery, bindparam("of_owner"), bindparam("of_attempt"))
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return (
        update(delivery)
        .where(delivery.c.id == bindparam("of_id"), held)
        .values(owner=None, until=0, **values)
    )
