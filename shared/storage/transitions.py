"""Transitions of alerts as they were announced, and which of them the log already holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from shared.storage.tables import alert, transition


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """One transition; `body` is what is announced, under the key `key`."""

    alert: str
    number: int
    kind: str
    from_state: str | None
    to_state: str
    reason: str
    actor: str
    at: datetime
    published_at: datetime | None
    body: Mapping[str, Any]
    key: str


_COLUMNS = [
    alert.c.key if field.name == "key" else transition.c[field.name]
    for field in fields(TransitionRow)
]
_UNPUBLISHED = (
    select(*_COLUMNS)
    .join(alert)
    .where(transition.c.published_at.is_(None))
    .order_by(transition.c.at, transition.c.alert, transition.c.number)
    .limit(bindparam("limit"))
)
_PUBLISH = (
    update(transition)
    .where(transition.c.alert == bindparam("of"), transition.c.number == bindparam("which"))
    .values(published_at=bindparam("told_at"))
)


def transitions(connection: Connection, name: str) -> list[TransitionRow]:
    """What happened to an alert, in order."""
    wanted = select(*_COLUMNS).join(alert).where(transition.c.alert == name)
    rows = connection.execute(wanted.order_by(transition.c.number))
    return [TransitionRow(*row) for row in rows]


def unpublished(connection: Connection, limit: int) -> list[TransitionRow]:
    """The oldest transitions that nobody has been told, in order of number for each alert."""
    return [TransitionRow(*row) for row in connection.execute(_UNPUBLISHED, {"limit": limit})]


def mark_published(connection: Connection, rows: Sequence[TransitionRow], at: datetime) -> None:
    """Record that the log holds these transitions."""
    if rows:
        these = [{"of": row.alert, "which": row.number, "told_at": at} for row in rows]
        connection.execute(_PUBLISH, these)


def announced_reasons(connection: Connection, name: str) -> set[str]:
    """Why the alert's transitions so far were made."""
    wanted = select(transition.c.reason).where(transition.c.alert == name)
    return set(connection.execute(wanted).scalars())
