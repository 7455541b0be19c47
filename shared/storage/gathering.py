"""Deliveries that wait for business time, alone or for a digest that tells them together.

A delivery that waits for a digest is `gathered` under the digest's key until the time comes, and
then under the name of the one digest that tells it: nobody joins a digest that is on its way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from shared.storage.deliveries import WAS_SENT, Sent
from shared.storage.tables import delivery

WAITS_FOR_DIGEST = "digest"  # the reason of deliveries that wait for one


@dataclass(frozen=True, slots=True)
class Member:
    """A delivery that a digest tells. `created_at` is real time."""

    id: int
    alert: str
    number: int
    audience: str
    message: dict[str, Any]
    created_at: datetime


def name_of(key: str, number: int) -> str:
    """The name of one digest."""
    return f"{key}/{number}"


def asleep(connection: Connection, now: datetime) -> bool:
    """Whether something slept until business time `now` or earlier."""
    statement = select(delivery.c.id).where(
        delivery.c.state == "pending", delivery.c.gathered.is_(None), delivery.c.wakes_at <= now
    )
    return connection.execute(statement.limit(1)).one_or_none() is not None


def wake(connection: Connection, now: datetime, real: datetime) -> int:
    """Make due at `real` time whatever slept until business time `now`; how many there were."""
    asleep = (delivery.c.state == "pending", delivery.c.gathered.is_(None))
    statement = update(delivery).where(*asleep, delivery.c.wakes_at <= now)
    return connection.execute(statement.values(wakes_at=None, next_at=real, woke_at=real)).rowcount


def keys_due(connection: Connection, now: datetime) -> list[str]:
    """The digests whose time has come by business time `now`."""
    statement = (
        select(delivery.c.gathered)
        .where(
            delivery.c.state == "pending",
            delivery.c.gathered.is_not(None),
            delivery.c.wakes_at <= now,
        )
        .distinct()
        .order_by(delivery.c.gathered)
    )
    return [str(key) for key in connection.scalars(statement)]


def free_number(connection: Connection, key: str, least: int) -> int:
    """A number of at least `least` that no digest of that key has had."""
    last = select(func.max(delivery.c.number)).where(delivery.c.alert == key)
    return max(least, (connection.scalar(last) or 0) + 1)


def bind(connection: Connection, key: str, name: str, now: datetime) -> int:
    """Give what waits under `key` until `now` to the digest `name`; how many there were.

    0: somebody else was first.
    """
    statement = update(delivery).where(
        delivery.c.state == "pending", delivery.c.gathered == key, delivery.c.wakes_at <= now
    )
    return connection.execute(statement.values(gathered=name, wakes_at=None)).rowcount


def members(connection: Connection, name: str) -> list[Member]:
    """What the digest `name` has to tell, in the order it was announced."""
    columns = [delivery.c[field] for field in Member.__dataclass_fields__]
    mine = (delivery.c.gathered == name, delivery.c.state == "pending")
    rows = connection.execute(select(*columns).where(*mine).order_by(delivery.c.id))
    return [Member(**row._mapping) for row in rows]


def newest_sent(connection: Connection, name: str, recipient: str) -> dict[str, int]:
    """The highest number that the recipient was sent about each alert that the digest `name` is to
    tell of; an alert of which nothing was sent is missing."""
    gathered = select(delivery.c.alert).where(delivery.c.gathered == name)
    statement = (
        select(delivery.c.alert, func.max(delivery.c.number))
        .where(delivery.c.alert.in_(gathered), delivery.c.recipient == recipient, WAS_SENT)
        .group_by(delivery.c.alert)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def told(connection: Connection, name: str, left_out: Mapping[int, str], sent: Sent) -> None:
    """The digest `name` was sent: so was what it told; what was `left_out` was over by then, for
    the reasons named there."""
    mine = update(delivery).where(delivery.c.gathered == name, delivery.c.state == "pending")
    for reason in sorted(set(left_out.values())):
        over = mine.where(delivery.c.id.in_([id for id, why in left_out.items() if why == reason]))
        connection.execute(over.values(state="suppressed", reason=reason, next_at=None))
    connection.execute(
        mine.values(
            state="sent",
            channel=sent.taken.channel,
            recipient=sent.recipient,
            person=sent.person,
            provider_id=sent.provider_id,
            sent_at=sent.at,
            reason=WAITS_FOR_DIGEST,
        )
    )


def end(connection: Connection, name: str, *, state: str, reason: str) -> None:
    """The digest `name` will not be sent; neither will what it was to tell."""
    mine = (delivery.c.gathered == name, delivery.c.state == "pending")
    connection.execute(update(delivery).where(*mine).values(state=state, reason=reason))
