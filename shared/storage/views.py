"""The reporting views: read only, with names and columns that others build on.

Amounts are NUMERIC(19,4) on PostgreSQL and decimal text with four decimals on SQLite; days are
dates, on SQLite as ISO text. A changed view needs a revision in migrations/versions, if an empty
one: `migrate` creates the views anew only when a revision is due.
"""

from collections.abc import Callable

from sqlalchemy import Connection, text

_LIVE_AND_KNOWN = "evaluation.live AND evaluation.state <> 'running'"


class _SQLite:
    """How SQLite says what the views need."""

    @staticmethod
    def day(number: str) -> str:
        return f"date(({number}) * 86400, 'unixepoch')"

    @staticmethod
    def money(units: str) -> str:
        digits = f"printf('%d.%04d', abs({units}) / 10000, abs({units}) % 10000)"
        sign = f"CASE WHEN {units} < 0 THEN '-' ELSE '' END"
        return f"CASE WHEN {units} IS NOT NULL THEN {sign} || {digits} END"


class _PostgreSQL:
    """How PostgreSQL says it."""

    @staticmethod
    def day(number: str) -> str:
        return f"DATE '1970-01-01' + CAST({number} AS INTEGER)"

    @staticmethod
    def money(units: str) -> str:
        return f"CAST(CAST({units} AS NUMERIC) / 10000 AS NUMERIC(19, 4))"


Words = type[_SQLite] | type[_PostgreSQL]


def create(connection: Connection) -> None:
    """Create every view."""
    words = _PostgreSQL if connection.dialect.name == "postgresql" else _SQLite
    for name, select in VIEWS.items():
        connection.execute(text(f"CREATE VIEW {name} AS {select(words)}"))


def drop(connection: Connection) -> None:
    """Drop every view that there is."""
    for name in VIEWS:
        connection.execute(text(f"DROP VIEW IF EXISTS {name}"))


def _event(words: Words) -> str:
    return f"""
        SELECT event.source, event.id, event.revision, event.type, customer.id AS customer,
            {words.day("event.day")} AS day, event.state
        FROM event LEFT JOIN customer ON customer.number = event.customer
        UNION ALL
        SELECT source, event_id, revision, type, customer, {words.day("day")}, 'conflict'
        FROM quarantine WHERE reason = 'conflict'
    """


def _customer_day(words: Words) -> str:
    return f"""
        SELECT customer.id AS customer, {words.day("d.day")} AS day, d.currency, d.orders,
            {words.money("d.amount")} AS amount, d.refunds,
            {words.money("d.refunded")} AS refunded
        FROM customer_day AS d JOIN customer ON customer.number = d.customer
    """


def _customer_week(words: Words) -> str:
    # 1970-01-01 was a Thursday, weekday 3.
    week = "d.day - (d.day + 3 - company.first_weekday) % 7"
    return f"""
        SELECT customer.id AS customer, {words.day(week)} AS week, d.currency,
            SUM(d.orders) AS orders, {words.money("SUM(d.amount)")} AS amount,
            SUM(d.refunds) AS refunds, {words.money("SUM(d.refunded)")} AS refunded
        FROM customer_day AS d JOIN customer ON customer.number = d.customer CROSS JOIN company
        GROUP BY customer.id, {week}, d.currency
    """


def _evaluation(words: Words) -> str:
    return f"""
        SELECT id, {words.day("as_of")} AS as_of, live, started_at, finished_at, judged, opened
        FROM evaluation
    """


def _standing(words: Words) -> str:
    return f"""
        SELECT customer.id AS customer, {words.day("evaluation.as_of")} AS as_of, s.verdict,
            s.score, {words.money("s.weekly_usual")} AS weekly_usual,
            {words.money("s.weekly_now")} AS weekly_now,
            {words.money("s.value_at_risk")} AS value_at_risk, s.currency, s.rank
        FROM standing AS s
        JOIN evaluation ON evaluation.id = s.evaluation
        JOIN customer ON customer.number = s.customer
        WHERE {_LIVE_AND_KNOWN}
    """


def _alert(words: Words) -> str:
    return f"""
        SELECT alert.id, alert.kind, customer.id AS customer, alert.rep, alert.state,
            alert.severity, alert.score, {words.money("alert.value_at_risk")} AS value_at_risk,
            alert.currency, alert.opened_at, alert.updated_at, alert.sentence
        FROM alert LEFT JOIN customer ON customer.number = alert.customer
    """


def _transition(_: Words) -> str:
    return """
        SELECT alert, number, from_state, to_state, reason, actor, at, published_at
        FROM transition
    """


def _delivery(_: Words) -> str:
    return """
        SELECT id, alert, number, channel, recipient, state, attempts, next_at, sent_at,
            provider_id, reason
        FROM delivery
    """


def _feed(_: Words) -> str:
    return """
        SELECT source, kind, last_event_at, complete_until,
            (kind IN ('batch', 'retired') OR healthy) AS healthy
        FROM feed
    """


def _position(_: Words) -> str:
    return "SELECT topic, partition, next_offset FROM position"


def _quarantine(_: Words) -> str:
    return """
        SELECT id, topic, partition, "offset", source, event_id, reason, at FROM quarantine
    """


VIEWS: dict[str, Callable[[Words], str]] = {
    "report_event": _event,
    "report_customer_day": _customer_day,
    "report_customer_week": _customer_week,
    "report_evaluation": _evaluation,
    "report_standing": _standing,
    "report_alert": _alert,
    "report_transition": _transition,
    "report_delivery": _delivery,
    "report_feed": _feed,
    "report_position": _position,
    "report_quarantine": _quarantine,
}
