"""The reporting views: read only, with names and columns that others build on.

Amounts are NUMERIC(19,4) on PostgreSQL and decimal text with four decimals on SQLite; days are
dates, on SQLite as ISO text. A changed view needs a revision in migrations/versions, if an empty
one: `migrate` creates the views anew only when a revision is due.
"""

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Numeric,
    Select,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.ddl import CreateView, DropView
from sqlalchemy.sql.expression import FunctionElement, SelectBase

from shared.storage.tables import (
    alert,
    company,
    customer,
    customer_day,
    delivery,
    evaluation,
    event,
    feed,
    position,
    quarantine,
    standing,
    transition,
)


def create(connection: Connection) -> None:
    """Create every view."""
    for name, selected in VIEWS.items():
        connection.execute(CreateView(selected, name))


def drop(connection: Connection) -> None:
    """Drop every view that there is."""
    for name, selected in VIEWS.items():
        connection.execute(DropView(CreateView(selected, name).table, if_exists=True))


class calendar_date(FunctionElement[Any]):  # noqa: N801 - reads as the SQL function it stands for
    """The date of a day number."""

    type = Date()
    inherit_cache = True


class amount(FunctionElement[Any]):  # noqa: N801
    """The decimal amount of a number of ten-thousandths."""

    type = Numeric(19, 4)
    inherit_cache = True


@compiles(calendar_date, "sqlite")
def _sqlite_date(element: calendar_date, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date(({compiler.process(element.clauses, **kw)}) * 86400, 'unixepoch')"


@compiles(calendar_date, "postgresql")
def _postgresql_date(element: calendar_date, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(DATE '1970-01-01' + CAST({compiler.process(element.clauses, **kw)} AS INTEGER))"


@compiles(amount, "sqlite")
def _sqlite_amount(element: amount, compiler: SQLCompiler, **kw: Any) -> str:
    units = compiler.process(element.clauses, **kw)
    sign = f"CASE WHEN {units} < 0 THEN '-' ELSE '' END"
    digits = f"printf('%d.%04d', abs({units}) / 10000, abs({units}) % 10000)"
    return f"CASE WHEN {units} IS NOT NULL THEN {sign} || {digits} END"


@compiles(amount, "postgresql")
def _postgresql_amount(element: amount, compiler: SQLCompiler, **kw: Any) -> str:
    units = compiler.process(element.clauses, **kw)
    return f"CAST(CAST({units} AS NUMERIC) / 10000 AS NUMERIC(19, 4))"


def _day(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    return calendar_date(column).label(name)


def _amount(column: Column[Any]) -> ColumnElement[Any]:
    return amount(column).label(column.name)


_customer = customer.c.id.label("customer")


def _events() -> SelectBase:
    known = select(
        event.c.source,
        event.c.id,
        event.c.revision,
        event.c.type,
        _customer,
        _day(event.c.day, "day"),
        event.c.state,
    ).select_from(event.outerjoin(customer, customer.c.number == event.c.customer))
    q = quarantine.c
    conflicts = select(
        q.source,
        q.event_id,
        q.revision,
        q.type,
        q.customer,
        _day(q.day, "day"),
        literal_column("'conflict'"),
    ).where(q.reason == "conflict")
    return union_all(known, conflicts)


def _customer_days() -> Select[Any]:
    d = customer_day.c
    return select(
        _customer,
        _day(d.day, "day"),
        d.currency,
        d.orders,
        _amount(d.amount),
        d.refunds,
        _amount(d.refunded),
    ).select_from(customer_day.join(customer, customer.c.number == d.customer))


def _customer_weeks() -> Select[Any]:
    d = customer_day.c
    # 1970-01-01 was a Thursday, weekday 3.
    week = d.day - (d.day + 3 - company.c.first_weekday) % 7
    source = customer_day.join(customer, customer.c.number == d.customer)
    return (
        select(
            _customer,
            _day(week, "week"),
            d.currency,
            func.sum(d.orders).label("orders"),
            amount(func.sum(d.amount)).label("amount"),
            func.sum(d.refunds).label("refunds"),
            amount(func.sum(d.refunded)).label("refunded"),
        )
        .select_from(source.join(company, company.c.number == 1))
        .group_by(customer.c.id, week, d.currency)
    )


def _evaluations() -> Select[Any]:
    e = evaluation.c
    return select(
        e.id, _day(e.as_of, "as_of"), e.live, e.started_at, e.finished_at, e.judged, e.opened
    )


def _standings() -> Select[Any]:
    """Live evaluations only, and only once everybody's standing is there."""
    s = standing.c
    source = standing.join(evaluation, evaluation.c.id == s.evaluation)
    return (
        select(
            _customer,
            _day(evaluation.c.as_of, "as_of"),
            s.verdict,
            s.score,
            _amount(s.weekly_usual),
            _amount(s.weekly_now),
            _amount(s.value_at_risk),
            s.currency,
            s.rank,
        )
        .select_from(source.join(customer, customer.c.number == s.customer))
        .where(evaluation.c.live, evaluation.c.state != "running")
    )


def _below_budget() -> Select[Any]:
    """Who was above the floor and left out, because the rep had enough to do that week."""
    s = standing.c
    source = standing.join(evaluation, evaluation.c.id == s.evaluation)
    return (
        select(
            _day(evaluation.c.as_of, "as_of"),
            s.rep,
            s.rank,
            _customer,
            s.score,
            _amount(s.weekly_usual),
            _amount(s.value_at_risk),
            s.currency,
        )
        .select_from(source.join(customer, customer.c.number == s.customer))
        .where(evaluation.c.live, evaluation.c.state != "running", s.verdict == "below_budget")
    )


def _alerts() -> Select[Any]:
    a = alert.c
    return select(
        a.id,
        a.kind,
        _customer,
        a.rep,
        a.state,
        a.severity,
        a.score,
        _amount(a.value_at_risk),
        a.currency,
        a.opened_at,
        a.updated_at,
        a.sentence,
    ).select_from(alert.outerjoin(customer, customer.c.number == a.customer))


def _transitions() -> Select[Any]:
    t = transition.c
    return select(
        t.alert, t.number, t.from_state, t.to_state, t.reason, t.actor, t.at, t.published_at
    )


def _deliveries() -> Select[Any]:
    d = delivery.c
    return select(
        d.id,
        d.alert,
        d.number,
        d.channel,
        d.recipient,
        d.state,
        d.attempts,
        d.next_at,
        d.sent_at,
        d.provider_id,
        d.reason,
    )


def _feeds() -> Select[Any]:
    f = feed.c
    healthy = or_(f.kind.in_(("batch", "retired")), f.healthy)  # these are never silent
    return select(f.source, f.kind, f.last_event_at, f.complete_until, healthy.label("healthy"))


def _positions() -> Select[Any]:
    return select(position.c.topic, position.c.partition, position.c.next_offset)


def _quarantined() -> Select[Any]:
    q = quarantine.c
    shown = select(q.id, q.topic, q.partition, q.offset, q.source, q.event_id, q.reason, q.at)
    return shown.where(q.reason != "dropped")


VIEWS: dict[str, SelectBase] = {
    "report_event": _events(),
    "report_customer_day": _customer_days(),
    "report_customer_week": _customer_weeks(),
    "report_evaluation": _evaluations(),
    "report_standing": _standings(),
    "report_below_budget": _below_budget(),
    "report_alert": _alerts(),
    "report_transition": _transitions(),
    "report_delivery": _deliveries(),
    "report_feed": _feeds(),
    "report_position": _positions(),
    "report_quarantine": _quarantined(),
}
