"""What became of a team's alerts within some time, for its manager."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, case, func, select

from shared.storage.tables import LIVING, alert, rep, transition


@dataclass(frozen=True, slots=True)
class Week:
    """Alerts of a team by what happened to them; money in ten-thousandths, by currency.

    `living` and `unanswered` count each rep's alerts at the end of the time.
    """

    happened: Mapping[str, int]  # kinds of transitions -> alerts
    recovered: Mapping[str, int]
    lost: Mapping[str, int]
    at_risk: Mapping[str, int]
    living: Mapping[str, int]
    unanswered: Mapping[str, int]

    @property
    def empty(self) -> bool:
        return not (self.happened or self.living)


def managers(connection: Connection) -> dict[str, list[str]]:
    """The active reps who answer to each manager, by the manager's id."""
    statement = select(rep.c.id, rep.c.manager).where(rep.c.active, rep.c.manager.is_not(None))
    found: dict[str, list[str]] = {}
    for one, manager in connection.execute(statement.order_by(rep.c.id)):
        found.setdefault(manager, []).append(one)
    return found


def week(connection: Connection, team: Collection[str], since: datetime, until: datetime) -> Week:
    """What became of the alerts about customers of `team` in business time `since`..`until`."""
    mine = (alert.c.kind == "customer", alert.c.rep.in_(team))
    within = (transition.c.at >= since, transition.c.at < until)
    alerts = func.count(transition.c.alert.distinct())
    happened = (
        select(transition.c.kind, alerts)
        .join(alert, alert.c.id == transition.c.alert)
        .where(*mine, *within)
        .group_by(transition.c.kind)
    )
    counts = {str(kind): int(number) for kind, number in connection.execute(happened)}
    ended = {
        kind: _money(connection, *mine, alert.c.state == kind, alert.c.updated_at >= since)
        for kind in ("recovered", "lost")
    }
    living = (*mine, alert.c.state.in_(LIVING))
    return Week(
        happened=counts,
        recovered=ended["recovered"],
        lost=ended["lost"],
        at_risk=_money(connection, *living),
        living=_by_rep(connection, *living),
        unanswered=_by_rep(connection, *mine, alert.c.state == "open"),
    )


def unanswered(
    connection: Connection, team: Collection[str], rates: Mapping[str, Decimal], limit: int
) -> list[str]:
    """The ids of the team's alerts that nobody reacted to, the most money first.

    `rates`: what one unit of a currency counts for; 1 where none is given.
    """
    scale = case(
        {name: float(rate) for name, rate in rates.items()}, value=alert.c.currency, else_=1.0
    )
    statement = (
        select(alert.c.id)
        .where(
            alert.c.kind == "customer",
            alert.c.rep.in_(team),
            alert.c.state == "open",
            alert.c.snoozed_until.is_(None),
        )
        .order_by((alert.c.value_at_risk * scale).desc().nulls_last(), alert.c.id)
    )
    return list(connection.scalars(statement.limit(limit)))


def _money(connection: Connection, *which: ColumnElement[bool]) -> dict[str, int]:
    known = (alert.c.value_at_risk.is_not(None), alert.c.currency.is_not(None))
    statement = (
        select(alert.c.currency, func.sum(alert.c.value_at_risk))
        .where(*which, *known)
        .group_by(alert.c.currency)
    )
    return {str(name): int(units) for name, units in connection.execute(statement)}


def _by_rep(connection: Connection, *which: ColumnElement[bool]) -> dict[str, int]:
    statement = (
        select(alert.c.rep, func.count()).where(*which).group_by(alert.c.rep).order_by(alert.c.rep)
    )
    return {str(one): int(number) for one, number in connection.execute(statement)}
