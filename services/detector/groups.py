"""Customers who share a group, and the losses among them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import ColumnElement, Connection, Select, func, select

from shared.domain.evidence import LONGEST_DAYS, Item
from shared.domain.group import (
    MOST_MEMBERS,
    REGULAR_DAYS,
    REGULAR_WEEKS,
    SILENT_DAYS,
    Member,
    group_loss,
)
from shared.domain.week import DAYS, Calendar
from shared.storage.tables import BESIDE_TRADE, alert, customer, customer_day, event

_Row = tuple[str, int, int | None]  # group, customer number, day of the last purchase

_group = customer.c.group


def load_group_loss(
    connection: Connection,
    until_day: int,
    calendar: Calendar,
    customers: Sequence[int] | None = None,
    *,
    live: bool,
) -> dict[int, Item]:
    """The item «lost members of the group» as of the day before `until_day`, by customer number.

    A `live` view counts whoever has an alert that ended as lost, too: the events alone do not
    know what a person said. Purchases are gross here. `customers` limits whom to read.
    """
    if customers is not None and not _in_groups(connection, customers):
        return {}
    rows = _members(connection, until_day, customers)
    if not rows:
        return {}
    among = None if customers is None else [number for _, number, _ in rows]
    left = _confirmed(connection, until_day, among)
    if live:
        left |= _ended_as_lost(connection, calendar.starts_at(until_day - LONGEST_DAYS), calendar)
    found: dict[int, Item] = {}
    for name, group in groupby(rows, key=itemgetter(0)):
        members = list(group)
        if any(number in left or _silent(last, until_day) for _, number, last in members):
            each = [_member(connection, row, left, until_day) for row in members]
            found |= group_loss(name, each, until_day - 1)
    return found if customers is None else {n: found[n] for n in customers if n in found}


def others_of_group(connection: Connection, number: int) -> list[int]:
    """The other customers of the customer's group, if it is small enough to be one account."""
    found = select(customer.c.number).where(_group.in_(_named([number])))
    return list(connection.scalars(found.where(customer.c.number != number)))


def _named(customers: Sequence[int] | None) -> Select[tuple[str]]:
    """The names of groups of at least two; all, or those of some customers."""
    found = select(_group).where(_group.is_not(None))
    if customers is not None:
        own = select(_group).where(customer.c.number.in_(customers), _group.is_not(None))
        found = found.where(_group.in_(own))
    return found.group_by(_group).having(func.count().between(2, MOST_MEMBERS))


def _in_groups(connection: Connection, customers: Sequence[int]) -> bool:
    """Whether any of them has a group: most of those who are judged one by one have none."""
    grouped = (customer.c.number.in_(customers), _group.is_not(None))
    return connection.scalar(select(customer.c.number).where(*grouped).limit(1)) is not None


def _members(connection: Connection, until_day: int, customers: Sequence[int] | None) -> list[_Row]:
    """Whoever shares a group with somebody, group by group."""
    last = (
        select(customer_day.c.day)
        .where(*_bought(customer.c.number), customer_day.c.day < until_day)
        .order_by(customer_day.c.day.desc())
        .limit(1)
    )
    found = select(_group, customer.c.number, last.scalar_subquery())
    rows = connection.execute(
        found.where(_group.in_(_named(customers))).order_by(_group, customer.c.number)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _bought(number: ColumnElement[int] | int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return customer_day.c.customer == number, customer_day.c.orders > 0


def _silent(last: int | None, until_day: int) -> bool:
    return last is not None and until_day - 1 - last >= SILENT_DAYS


def _member(connection: Connection, row: _Row, left: Mapping[int, int], until_day: int) -> Member:
    _, number, last = row
    regular = False
    if last is not None and _silent(last, until_day):
        recent = customer_day.c.day.between(last - REGULAR_WEEKS * DAYS + 1, last)
        days = select(func.count(customer_day.c.day.distinct())).where(*_bought(number), recent)
        regular = connection.execute(days).scalar_one() >= REGULAR_DAYS
    return Member(number, last, regular, left.get(number))


def _confirmed(
    connection: Connection, until_day: int, among: Sequence[int] | None
) -> dict[int, int]:
    """By customer number the day on which a cancellation that stands was confirmed."""
    found = select(event.c.customer, event.c.day, event.c.body).where(
        event.c.type == "cancellation",
        event.c.state == "counted",
        BESIDE_TRADE if among is None else event.c.customer.in_(among),
        event.c.day < until_day,
        event.c.day >= until_day - 1 - LONGEST_DAYS,
    )
    stages: dict[int, tuple[str, int]] = {}
    for number, day, body in connection.execute(
        found.order_by(event.c.at, event.c.source, event.c.id)
    ):
        stages[number] = (json.loads(body)["data"]["stage"], day)
    return {number: day for number, (stage, day) in stages.items() if stage == "confirmed"}


def _ended_as_lost(connection: Connection, since: datetime, calendar: Calendar) -> dict[int, int]:
    """By customer number the day on which the newest alert ended as lost."""
    found = select(alert.c.customer, alert.c.updated_at).where(
        alert.c.state == "lost", alert.c.customer.is_not(None), alert.c.updated_at >= since
    )
    rows = connection.execute(found.order_by(alert.c.updated_at))
    return {number: calendar.day_of(at) for number, at in rows}
