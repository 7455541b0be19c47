"""What people do about alerts, stored as transitions like any other."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from shared.domain.action import Action, transition_of
from shared.domain.alert import FINAL
from shared.storage import alerts
from shared.storage.alert_rows import AlertRow
from shared.storage.tables import alert, transition


@dataclass(frozen=True, slots=True)
class Acted:
    """The alert afterwards. `new`: the act changed it; else it was done before."""

    alert: AlertRow
    new: bool


class AlertEnded(Exception):
    """The alert had ended before; nobody acts on it any more. `alert` says how."""

    def __init__(self, row: AlertRow) -> None:
        super().__init__()
        self.alert = row


def act(
    connection: Connection,
    name: str,
    action: Action,
    *,
    actor: str,
    at: datetime,
    until: datetime | None = None,
    seen: int = 0,
) -> Acted:
    """Let `actor` do `action` to the alert `name`, which exists.

    `until`: when a snoozed alert comes back. `seen` is the newest transition that the actor knew
    of: the same act by the same actor after it is this one, sent twice, and changes nothing.
    Raises AlertEnded.
    """
    # Whoever else acts, or judges, waits for us here or finds the alert moved.
    connection.execute(select(alert.c.id).where(alert.c.id == name).with_for_update())
    row = alerts.read_alert(connection, name)
    assert row is not None
    extra = _extra(action)
    if _done(connection, row, actor, action.said, extra, seen):
        return Acted(row, new=False)
    if row.state in FINAL:
        raise AlertEnded(row)
    kind = transition_of(row.state, action)
    if kind is None:
        return Acted(row, new=False)
    before = replace(row, snoozed_until=until) if kind == "snoozed" else row
    moved = alerts.add_transition(
        connection, before, kind, reason=action.said, actor=actor, at=at, **extra
    )
    return Acted(moved, new=True)


def _extra(action: Action) -> dict[str, Any]:
    """What is announced beside the alert."""
    told: dict[str, Any] = {"act": action.name}
    if action.note.strip():
        told["note"] = action.note.strip()
    if action.until is not None:
        told["until"] = action.until.isoformat()
    return told


def _done(
    connection: Connection,
    row: AlertRow,
    actor: str,
    reason: str,
    extra: dict[str, Any],
    seen: int,
) -> bool:
    """Whether the actor did exactly this since."""
    since = select(transition.c.body).where(
        transition.c.alert == row.id,
        transition.c.number > seen,
        transition.c.actor == actor,
        transition.c.reason == reason,
    )
    keys = ("act", "note", "until")
    return any(
        {key: body[key] for key in keys if key in body} == extra
        for body in connection.scalars(since)
    )
