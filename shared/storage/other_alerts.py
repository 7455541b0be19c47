"""Alerts about something else than one customer: a feed, or what many customers share."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, select

from shared.domain.alert import LIVING, alert_id, move
from shared.storage.alert_rows import COLUMNS, AlertRow, Content, values_of
from shared.storage.alerts import add
from shared.storage.tables import alert


def open_other(
    connection: Connection,
    kind: Literal["feed", "portfolio"],
    key: str,
    content: Content,
    *,
    reason: str,
    actor: str,
    at: datetime,
) -> AlertRow:
    """Open the next alert about a feed or the portfolio; `key` as the log knows it.

    Raises IntegrityError when another alert of that key lives.
    """
    earlier = select(func.count()).where(alert.c.key == key, alert.c.kind == kind)
    about = f"{kind}\0{key}"  # no customer's id holds a NUL, and one may well equal a key
    row = AlertRow(
        id=alert_id(about, 1 + connection.execute(earlier).scalar_one()),
        kind=kind,
        key=key,
        customer=None,
        state=move(None, "opened"),
        opened_at=at,
        updated_at=at,
        snoozed_until=None,
        last_number=1,
        evaluation=None,
        **values_of(content),
    )
    return add(connection, row, reason=reason, actor=actor)


def living_others(
    connection: Connection, kind: Literal["feed", "portfolio"]
) -> dict[str, AlertRow]:
    """The living alerts about feeds or about the portfolio, by key."""
    wanted = select(*COLUMNS).where(
        alert.c.customer.is_(None), alert.c.state.in_(LIVING), alert.c.kind == kind
    )
    rows = (AlertRow(*row) for row in connection.execute(wanted.order_by(alert.c.key)))
    return {row.key: row for row in rows}


def newest_ended(connection: Connection, kind: Literal["feed", "portfolio"]) -> dict[str, AlertRow]:
    """The newest alert about each feed or each cause in the portfolio that ended, by key."""
    wanted = select(*COLUMNS).where(
        alert.c.customer.is_(None), alert.c.state.not_in(LIVING), alert.c.kind == kind
    )
    rows = (AlertRow(*row) for row in connection.execute(wanted.order_by(alert.c.opened_at)))
    return {row.key: row for row in rows}
