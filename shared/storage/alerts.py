"""Alerts and their transitions. A transition is a row, and that row is the outbox.

Nobody changes an alert's state but by adding a transition, which keeps what is announced: the
alert as it was then. Two writers of one alert: the later one is told so and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, insert, select, update

from shared.domain.alert import LIVING, alert_id, move
from shared.storage.alert_rows import COLUMNS, AlertRow, Content, announced, stored, values_of
from shared.storage.tables import alert, transition
from shared.storage.transitions import TransitionRow


class AlertMoved(Exception):
    """Somebody else changed the alert since it was read; read it again and decide anew."""


_ADD, _ANNOUNCE = insert(alert), insert(transition)
_ANNOUNCED = transition.columns.keys()
_OF_CUSTOMER = (
    select(*COLUMNS)
    .where(alert.c.customer == bindparam("number"))
    .order_by(alert.c.opened_at.desc(), alert.c.id)
)


def of_customer(connection: Connection, customer: int) -> list[AlertRow]:
    """Every alert of customer number `customer`, the newest first."""
    return [AlertRow(*row) for row in connection.execute(_OF_CUSTOMER, {"number": customer})]


def living_alert(connection: Connection, customer: int) -> AlertRow | None:
    """The one living alert of customer number `customer`, if there is one."""
    wanted = select(*COLUMNS).where(alert.c.customer == customer, alert.c.state.in_(LIVING))
    row = connection.execute(wanted).one_or_none()
    return None if row is None else AlertRow(*row)


def read_alert(connection: Connection, name: str) -> AlertRow | None:
    """The alert with the id `name`."""
    row = connection.execute(select(*COLUMNS).where(alert.c.id == name)).one_or_none()
    return None if row is None else AlertRow(*row)


def any_overslept(now: datetime) -> ColumnElement[bool]:
    """Whether there is a living alert that was put off until `now` or earlier."""
    return exists().where(*_overslept(now))


def overslept(connection: Connection, now: datetime, *, limit: int) -> list[AlertRow]:
    """Living alerts that were put off until `now` or earlier, the longest overdue first."""
    wanted = select(*COLUMNS).where(*_overslept(now)).order_by(alert.c.snoozed_until)
    return [AlertRow(*row) for row in connection.execute(wanted.limit(limit))]


def _overslept(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return alert.c.snoozed_until <= now, alert.c.state.in_(LIVING)


def more_at_risk(
    connection: Connection, currency: str, value: int, apart_from: int
) -> tuple[int, int]:
    """How many living alerts of other customers in `currency` have more at risk, and how many all.

    Amounts of different currencies are not compared.
    """
    more = func.count().filter(alert.c.value_at_risk > value)
    others = (alert.c.state.in_(LIVING), alert.c.currency == currency)
    counted = select(more, func.count()).where(*others, alert.c.customer != apart_from)
    larger, living = connection.execute(counted).one()
    return larger, living


def open_alert(
    connection: Connection,
    customer: int,
    customer_id: str,
    content: Content,
    *,
    earlier: int,
    evaluation: int | None,
    reason: str,
    actor: str,
    at: datetime,
) -> AlertRow:
    """Open the alert of a customer who had `earlier` ones.

    The caller holds the lock on the customer's row. Raises IntegrityError when another alert of
    the customer lives, or there are more than the earlier ones.
    """
    row = AlertRow(
        id=alert_id(customer_id, 1 + earlier),
        kind="customer",
        key=customer_id,
        customer=customer,
        state=move(None, "opened"),
        opened_at=at,
        updated_at=at,
        snoozed_until=None,
        last_number=1,
        evaluation=evaluation,
        **values_of(content),
    )
    return add(connection, row, reason=reason, actor=actor)


def add(connection: Connection, row: AlertRow, *, reason: str, actor: str) -> AlertRow:
    """Store the new alert `row`, and announce that it was opened."""
    connection.execute(_ADD, stored(row))
    _announce(connection, opening(row, reason=reason, actor=actor))
    return row


def add_transition(
    connection: Connection,
    row: AlertRow,
    kind: str,
    *,
    reason: str,
    actor: str,
    at: datetime,
    content: Content | None = None,
    **extra: Any,
) -> AlertRow:
    """Move the alert `row` by a transition of `kind`; `content` is what it says from now on.

    `extra` is announced beside the alert. Times never run backwards within an alert, so that
    sorting by time keeps the order of numbers. Raises IllegalMove, and AlertMoved when the row
    is no longer as it was read.
    """
    moved = replace(
        row,
        state=move(row.state, kind),
        updated_at=max(at, row.updated_at),
        last_number=row.last_number + 1,
        **({} if content is None else values_of(content)),
    )
    _store(connection, row, moved)
    _announce(connection, _told(moved, kind, row.state, reason=reason, actor=actor, extra=extra))
    return moved


def refresh(connection: Connection, row: AlertRow, content: Content, at: datetime) -> AlertRow:
    """Let the alert say `content` without telling anybody; raises AlertMoved as above."""
    fresh = replace(row, updated_at=max(at, row.updated_at), **values_of(content))
    _store(connection, row, fresh)
    return fresh


def _store(connection: Connection, before: AlertRow, after: AlertRow) -> None:
    read = (alert.c.last_number == before.last_number, alert.c.state == before.state)
    statement = update(alert).where(alert.c.id == before.id, *read).values(**stored(after))
    if connection.execute(statement).rowcount == 0:
        raise AlertMoved


def opening(row: AlertRow, *, reason: str, actor: str) -> TransitionRow:
    """The transition by which the new alert `row` was opened, as it is announced."""
    return _told(row, "opened", None, reason=reason, actor=actor, extra={})


def _told(
    row: AlertRow,
    kind: str,
    before: str | None,
    *,
    reason: str,
    actor: str,
    extra: Mapping[str, Any],
) -> TransitionRow:
    happened = {"from": before, "to": row.state, "reason": reason, "actor": actor}
    return TransitionRow(
        alert=row.id,
        number=row.last_number,
        kind=kind,
        from_state=before,
        to_state=row.state,
        reason=reason,
        actor=actor,
        at=row.updated_at,
        published_at=None,
        body={**announced(row), "number": row.last_number, **happened, **extra},
        key=row.key,
    )


def _announce(connection: Connection, told: TransitionRow) -> None:
    connection.execute(_ANNOUNCE, {name: getattr(told, name) for name in _ANNOUNCED})
