"""What the API reads: alerts with their transitions, customers with standing, alert and days."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, or_, select

from shared.storage.tables import (
    LIVING,
    alert,
    customer,
    customer_day,
    evaluation,
    standing,
    transition,
)

# The newest live evaluation that has judged everybody.
_NEWEST = (
    select(evaluation.c.id)
    .where(evaluation.c.live, evaluation.c.state != "running")
    .order_by(evaluation.c.as_of.desc(), evaluation.c.id.desc())
    .limit(1)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are wanted; None: any. `customer` is the customer's id."""

    state: str | None = None
    rep: str | None = None
    severity: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class AlertFound:
    """A row of alert and its transitions in order of their numbers."""

    row: RowMapping
    transitions: Sequence[RowMapping]


@dataclass(slots=True)
class CustomerFound:
    """A row of customer and what belongs to it.

    `standing` has the columns of standing, and `as_of` and `calibration` of its evaluation;
    `days` are rows (day, currency, orders, amount, refunds, refunded), money in ten-thousandths.
    """

    row: RowMapping
    standing: RowMapping | None = None
    alert: str | None = None
    days: list[RowMapping] = field(default_factory=list)


def alerts_page(
    connection: Connection,
    wanted: AlertFilter,
    *,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[AlertFound]:
    """Alerts, the latest opened first, behind the one opened at `after` = (instant, id)."""
    statement = select(alert).order_by(alert.c.opened_at.desc(), alert.c.id.desc()).limit(limit)
    for condition in _conditions(wanted):
        statement = statement.where(condition)
    if after is not None:
        opened_at, last = after
        older = alert.c.opened_at < opened_at
        same = and_(alert.c.opened_at == opened_at, alert.c.id < last)
        statement = statement.where(or_(older, same))
    return _alerts(connection, statement)


def one_alert(connection: Connection, alert_id: str) -> AlertFound | None:
    """The alert of that id, if there is one."""
    return next(iter(_alerts(connection, select(alert).where(alert.c.id == alert_id))), None)


def customers_page(
    connection: Connection, *, after: int, limit: int, since: int, verdict: str | None = None
) -> list[CustomerFound]:
    """Customers in the order in which they became known, behind number `after`, with their days
    from day `since` on; of one verdict in the newest evaluation, or of any.
    """
    statement = (
        select(customer).where(customer.c.number > after).order_by(customer.c.number).limit(limit)
    )
    if verdict is not None:
        judged = select(standing.c.customer).where(
            standing.c.evaluation == _NEWEST, standing.c.verdict == verdict
        )
        statement = statement.where(customer.c.number.in_(judged))
    return _customers(connection, statement, since)


def one_customer(connection: Connection, customer_id: str, *, since: int) -> CustomerFound | None:
    """The customer of that id, if there is one, with the days from day `since` on."""
    statement = select(customer).where(customer.c.id == customer_id)
    return next(iter(_customers(connection, statement, since)), None)


def _conditions(wanted: AlertFilter) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.state is not None:
        conditions.append(alert.c.state == wanted.state)
    if wanted.rep is not None:
        conditions.append(alert.c.rep == wanted.rep)
    if wanted.severity is not None:
        conditions.append(alert.c.severity == wanted.severity)
    if wanted.customer is not None:
        conditions.append(and_(alert.c.kind == "customer", alert.c.key == wanted.customer))
    return conditions


def _alerts(connection: Connection, statement: Select[Any]) -> list[AlertFound]:
    rows = connection.execute(statement).mappings().all()
    ids = [row["id"] for row in rows]
    transitions: dict[str, list[RowMapping]] = defaultdict(list)
    columns = ("alert", "number", "from_state", "to_state", "reason", "actor", "at")
    found = connection.execute(
        select(*(transition.c[name] for name in columns))
        .where(transition.c.alert.in_(ids))
        .order_by(transition.c.alert, transition.c.number)
    )
    for each in found.mappings():
        transitions[each["alert"]].append(each)
    return [AlertFound(row, transitions[row["id"]]) for row in rows]


def _customers(connection: Connection, statement: Select[Any], since: int) -> list[CustomerFound]:
    rows = connection.execute(statement).mappings().all()
    found = {row["number"]: CustomerFound(row) for row in rows}
    numbers = list(found)
    for each in _standings(connection, numbers):
        found[each["customer"]].standing = each
    living = select(alert.c.customer, alert.c.id).where(
        alert.c.customer.in_(numbers), alert.c.state.in_(LIVING)
    )
    for number, alert_id in connection.execute(living):
        found[number].alert = alert_id
    days = select(customer_day).where(
        customer_day.c.customer.in_(numbers), customer_day.c.day >= since
    )
    for each in connection.execute(days.order_by(customer_day.c.day)).mappings():
        found[each["customer"]].days.append(each)
    return list(found.values())


def _standings(connection: Connection, numbers: Sequence[int]) -> Sequence[RowMapping]:
    """The customers' standings of the newest evaluation."""
    statement = (
        select(standing, evaluation.c.as_of, evaluation.c.calibration)
        .join(evaluation, evaluation.c.id == standing.c.evaluation)
        .where(standing.c.evaluation == _NEWEST, standing.c.customer.in_(numbers))
    )
    return connection.execute(statement).mappings().all()
