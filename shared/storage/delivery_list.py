"""Deliveries to be looked at: what was told to whom, what waits, what an operator tries again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from shared.storage.deliveries import UNFINISHED, WAS_SENT
from shared.storage.gathering import WAITS_FOR_DIGEST, name_of
from shared.storage.tables import delivery

AGAIN = ("dead", "suppressed", "pending")  # states that can be tried anew


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as it is stored, without its lease. `message` is the announced alert."""

    id: int
    alert: str
    number: int
    audience: str
    channel: str
    recipient: str | None
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime | None
    sent_at: datetime | None
    provider_id: str | None
    reason: str | None
    tried: Sequence[str]
    message: dict[str, Any]


_COLUMNS = [delivery.c[field.name] for field in fields(DeliveryRow)]


def listed(
    connection: Connection, *, state: str | None, alert: str | None, limit: int, before: int | None
) -> list[DeliveryRow]:
    """Deliveries, the newest first; `before`: only those with a smaller id."""
    wanted = select(*_COLUMNS).order_by(delivery.c.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(delivery.c.state == state)
    if alert is not None:
        wanted = wanted.where(delivery.c.alert == alert)
    if before is not None:
        wanted = wanted.where(delivery.c.id < before)
    return [DeliveryRow(*row) for row in connection.execute(wanted)]


def find(connection: Connection, number: int) -> DeliveryRow | None:
    row = connection.execute(select(*_COLUMNS).where(delivery.c.id == number)).one_or_none()
    return None if row is None else DeliveryRow(*row)


def numbers_of(connection: Connection, state: str) -> list[int]:
    """The ids of all deliveries in a state, the oldest first."""
    wanted = select(delivery.c.id).where(delivery.c.state == state).order_by(delivery.c.id)
    return list(connection.execute(wanted).scalars())


def try_again(connection: Connection, numbers: Collection[int], now: datetime) -> int:
    """Let deliveries that are not sent begin anew, by every way; how many there were.

    A digest takes along all that it was to tell, even where the operator was sent that instead.
    What was to be told in a digest and is named without it goes out by itself, at once; so does
    what waits for working hours.
    """
    names = ("id", "alert", "number", "gathered", "wakes_at", "message")
    columns = [delivery.c[name] for name in names]
    which = (delivery.c.id.in_(numbers), delivery.c.state.in_(AGAIN))
    rows = connection.execute(select(*columns).where(*which)).all()
    digests = {name_of(row.alert, row.number) for row in rows}
    anew: dict[str, Any] = {"state": "pending", "wakes_at": None, "attempts": 0, "tried": []}
    due = {**anew, "next_at": now, "reason": None, "gathered": None}
    for row in rows:
        if row.gathered not in digests:
            held = row.gathered is not None or row.wakes_at is not None
            told = {**row.message, "at_once": True} if held else row.message
            this = update(delivery).where(delivery.c.id == row.id, *which)
            connection.execute(this.values(**due, message=told))
    unsent = {"next_at": None, "sent_at": None, "provider_id": None, "reason": WAITS_FOR_DIGEST}
    members = update(delivery).where(delivery.c.gathered.in_(digests))
    connection.execute(members.values(**anew, **unsent))
    return len(rows)


_SHOWN = ("alert", "channel", "recipient", "provider_id", "state", "gathered")
_ABOUT = (
    select(*(delivery.c[name] for name in _SHOWN))
    .where(delivery.c.alert.in_(bindparam("alerts", expanding=True)))
    .order_by(delivery.c.number.desc(), delivery.c.id.desc())
)


def thread_starts(
    connection: Connection, alerts: Collection[str]
) -> dict[tuple[str, str, str], str | None]:
    """The provider's id of the first message that was sent about an alert, by the alert, the
    channel and the recipient.

    A digest is no such message: whatever answered it would mix the alerts that it tells of.
    """
    # The state is looked at here: SQLite would walk through all that was ever sent for it.
    found = connection.execute(_ABOUT, {"alerts": [*alerts]})
    rows = (row for row in found if row.state == "sent" and row.gathered is None)
    return {(row.alert, row.channel, row.recipient): row.provider_id for row in rows}


def was_sent(connection: Connection, alert: str, recipients: Collection[str]) -> bool:
    """Whether one of the recipients was ever sent something about `alert`."""
    statement = select(delivery.c.id).where(
        delivery.c.alert == alert,
        delivery.c.recipient.in_(recipients),
        WAS_SENT,
    )
    return connection.execute(statement.limit(1)).one_or_none() is not None


def count_about(connection: Connection, alert: str) -> int:
    """How many deliveries about `alert` there ever were."""
    statement = select(func.count()).select_from(delivery).where(delivery.c.alert == alert)
    return connection.execute(statement).scalar_one()


def waiting_since(connection: Connection) -> datetime | None:
    """When the oldest unfinished delivery was made."""
    oldest = (
        select(delivery.c.created_at)
        .where(delivery.c.state.in_(UNFINISHED))
        .order_by(delivery.c.created_at)
        .limit(1)
    )
    return connection.execute(oldest).scalar_one_or_none()


_SENT_SINCE = (
    select(delivery.c.person, func.count())
    .where(
        delivery.c.person.in_(bindparam("people", expanding=True)),
        delivery.c.sent_at >= bindparam("since"),
        delivery.c.gathered.is_(None),
    )
    .group_by(delivery.c.person)
)


def sent_since(connection: Connection, people: Collection[str], since: datetime) -> dict[str, int]:
    """How many messages each of these people was sent since then; a digest counts as one."""
    rows = connection.execute(_SENT_SINCE, {"people": [*people], "since": since})
    return {row[0]: row[1] for row in rows}


def late(connection: Connection, number: int, channel: str, before: datetime) -> int:
    """How many deliveries of the channel could have gone out `before`; 0 if `number` could not.

    What slept could go out since it woke.
    """
    is_late = func.coalesce(delivery.c.woke_at, delivery.c.created_at) <= before
    own = select(delivery.c.id).where(delivery.c.id == number, is_late)
    if connection.execute(own).one_or_none() is None:
        return 0
    statement = select(func.count()).where(
        delivery.c.channel == channel,
        delivery.c.state.in_(UNFINISHED),
        is_late,
        delivery.c.wakes_at.is_(None),
        delivery.c.gathered.is_(None),
    )
    return connection.execute(statement).scalar_one()


def passed_over(connection: Connection, alert: str, number: int, audience: str) -> bool:
    """Whether the audience was spared what came before `number` about `alert`, all of it."""
    earlier = select(delivery.c.state).where(
        delivery.c.alert == alert, delivery.c.audience == audience, delivery.c.number < number
    )
    states = set(connection.scalars(earlier))
    return states == {"suppressed"}
