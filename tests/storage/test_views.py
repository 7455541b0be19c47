"""The reporting views: the exact columns others build on, and what stands in them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from shared.domain.week import day_number
from shared.storage.database import Database
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
from shared.storage.tables.types import instant_text
from tests.storage.builders import put

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)
TEXT = "2026-03-02T06:00:00.000000Z"
COLUMNS = {
    "report_event": "source id revision type customer day state",
    "report_customer_day": "customer day currency orders amount refunds refunded",
    "report_customer_week": "customer week currency orders amount refunds refunded",
    "report_evaluation": "id as_of live started_at finished_at judged opened",
    "report_standing": "customer as_of verdict score weekly_usual weekly_now value_at_risk"
    " currency rank",
    "report_below_budget": "as_of rep rank customer score weekly_usual value_at_risk currency",
    "report_alert": "id kind customer rep state severity score value_at_risk currency opened_at"
    " updated_at sentence",
    "report_transition": "alert number from_state to_state reason actor at published_at",
    "report_delivery": "id alert number channel recipient state attempts next_at sent_at"
    " provider_id reason",
    "report_feed": "source kind last_event_at complete_until healthy",
    "report_position": "topic partition next_offset",
    "report_quarantine": "id topic partition offset source event_id reason at",
}


def plain(value: Any) -> Any:
    """A value as SQLite shows it, whichever database it came from."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return instant_text(value.astimezone(UTC))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def report(database: Database, view: str) -> list[tuple[Any, ...]]:
    with database.read() as connection:
        rows = connection.execute(text(f"SELECT * FROM {view}")).all()
    return sorted((tuple(plain(value) for value in row) for row in rows), key=str)


@pytest.fixture
def known(database: Database) -> Database:
    put(database, customer, {"number": 1, "id": "ana"}, {"number": 2, "id": "bo"})
    return database


@pytest.mark.parametrize("view", COLUMNS)
def test_columns_and_their_order(database: Database, view: str) -> None:
    with database.read() as connection:
        assert list(connection.execute(text(f"SELECT * FROM {view}")).keys()) == COLUMNS[
            view
        ].split(" ")


def test_events_and_conflicts(known: Database) -> None:
    fact = {"source": "till", "revision": 0, "at": AT, "digest": b"", "body": b""}
    day = day_number(date(2026, 3, 2))
    sold = {"type": "purchase", "customer": 1, "day": day}
    put(
        known,
        event,
        {**fact, **sold, "id": "1", "state": "replaced"},
        {**fact, **sold, "id": "1", "state": "counted", "revision": 1},
        {**fact, "id": "2", "type": "feed", "customer": None, "day": day, "state": "counted"},
    )
    bad = {"source": "till", "revision": 1, "type": "purchase", "customer": "ana", "day": day}
    kept = {"detail": "", "value": b"", "headers": b"", "at": AT}
    put(
        known,
        quarantine,
        {**bad, **kept, "event_id": "1", "reason": "conflict"},
        {**bad, **kept, "event_id": "3", "reason": "invalid"},
    )
    assert report(known, "report_event") == [
        ("till", "1", 0, "purchase", "ana", "2026-03-02", "replaced"),
        ("till", "1", 1, "purchase", "ana", "2026-03-02", "conflict"),
        ("till", "1", 1, "purchase", "ana", "2026-03-02", "counted"),
        ("till", "2", 0, "feed", None, "2026-03-02", "counted"),
    ]
    assert report(known, "report_quarantine") == [
        (1, None, None, None, "till", "1", "conflict", TEXT),
        (2, None, None, None, "till", "3", "invalid", TEXT),
    ]


def days(database: Database) -> None:
    def row(number: int, day: date, currency: str, *counts: int) -> dict[str, Any]:
        names = ("orders", "amount", "refunds", "refunded")
        key = {"customer": number, "day": day_number(day), "currency": currency}
        return {**key, **dict(zip(names, counts, strict=True))}

    put(
        database,
        customer_day,
        row(1, date(2026, 3, 1), "EUR", 1, 4_200_000, 0, 0),  # a Sunday
        row(1, date(2026, 3, 2), "EUR", 2, 1, 1, 12_345),
        row(1, date(2026, 3, 8), "EUR", 1, 9_999_999_999_999_999, 0, 0),
        row(1, date(2026, 3, 8), "USD", 1, 10_000, 0, 0),
        row(2, date(2000, 1, 1), "EUR", 1, 5_000, 0, 0),
    )


def test_customer_days(known: Database) -> None:
    days(known)
    assert report(known, "report_customer_day") == [
        ("ana", "2026-03-01", "EUR", 1, "420.0000", 0, "0.0000"),
        ("ana", "2026-03-02", "EUR", 2, "0.0001", 1, "1.2345"),
        ("ana", "2026-03-08", "EUR", 1, "999999999999.9999", 0, "0.0000"),
        ("ana", "2026-03-08", "USD", 1, "1.0000", 0, "0.0000"),
        ("bo", "2000-01-01", "EUR", 1, "0.5000", 0, "0.0000"),
    ]


def test_customer_weeks_from_monday(known: Database) -> None:
    days(known)
    assert report(known, "report_customer_week") == [
        ("ana", "2026-02-23", "EUR", 1, "420.0000", 0, "0.0000"),
        ("ana", "2026-03-02", "EUR", 3, "1000000000000.0000", 1, "1.2345"),
        ("ana", "2026-03-02", "USD", 1, "1.0000", 0, "0.0000"),
        ("bo", "1999-12-27", "EUR", 1, "0.5000", 0, "0.0000"),
    ]


@pytest.mark.parametrize(
    ("first_weekday", "weeks"),
    [
        (6, {"2026-03-01", "2026-03-08"}),  # from Sunday
        (5, {"2026-02-28", "2026-03-07"}),
        (1, {"2026-02-24", "2026-03-03"}),
    ],
)
def test_customer_weeks_from_another_day(
    known: Database, first_weekday: int, weeks: set[str]
) -> None:
    days(known)
    with known.write() as connection:
        connection.execute(company.update().values(first_weekday=first_weekday))
    assert {row[1] for row in report(known, "report_customer_week") if row[0] == "ana"} == weeks


def judged(database: Database) -> None:
    monday = day_number(date(2026, 3, 2))
    about = {"as_of": monday, "started_at": AT}
    done = {"state": "done"}
    put(
        database,
        evaluation,
        {
            **about,
            "id": 1,
            "live": True,
            "state": "done",
            "judged": 2,
            "opened": 1,
            "finished_at": AT,
        },
        {**about, **done, "id": 2, "live": False, "judged": 2},
        {**about, "id": 3, "live": True, "state": "running", "as_of": monday + 7},
        {**about, "id": 4, "live": True, "state": "judging", "as_of": monday + 14},
    )
    put(
        database,
        standing,
        {
            "evaluation": 1,
            "customer": 1,
            "verdict": "alert",
            "score": 4.5,
            "weekly_usual": 4_200_000,
            "weekly_now": -5_000,
            "value_at_risk": 186_000_000,
            "currency": "EUR",
            "rank": 1,
        },
    )
    some = [{"evaluation": n, "customer": 2, "verdict": "too_little_history"} for n in (1, 2, 3, 4)]
    put(database, standing, *some)


def test_evaluations(known: Database) -> None:
    judged(known)
    assert report(known, "report_evaluation") == [
        (1, "2026-03-02", 1, TEXT, TEXT, 2, 1),
        (2, "2026-03-02", 0, TEXT, None, 2, 0),
        (3, "2026-03-09", 1, TEXT, None, 0, 0),
        (4, "2026-03-16", 1, TEXT, None, 0, 0),
    ]


def test_standings_are_those_of_live_evaluations_with_everybody_in_them(known: Database) -> None:
    judged(known)
    nothing = (None,) * 6
    assert report(known, "report_standing") == [
        ("ana", "2026-03-02", "alert", 4.5, "420.0000", "-0.5000", "18600.0000", "EUR", 1),
        ("bo", "2026-03-02", "too_little_history", *nothing),
        ("bo", "2026-03-16", "too_little_history", *nothing),
    ]


def test_alerts_and_what_follows_from_them(known: Database) -> None:
    about = {"as_of": day_number(date(2026, 3, 2)), "opened_at": AT, "updated_at": AT}
    told = {"sentence": "Buys less.", "evidence": [], "last_number": 1, "severity": "urgent"}
    put(
        known,
        alert,
        {
            **about,
            **told,
            "id": "a_1",
            "kind": "customer",
            "key": "ana",
            "customer": 1,
            "rep": "eva",
            "state": "open",
            "score": 4.5,
            "value_at_risk": 186_000_000,
            "currency": "EUR",
        },
        {**about, **told, "id": "a_2", "kind": "feed", "key": "feed:till", "state": "open"},
    )
    put(
        known,
        transition,
        {
            "alert": "a_1",
            "number": 1,
            "kind": "opened",
            "to_state": "open",
            "reason": "score",
            "actor": "detector",
            "at": AT,
            "body": {},
        },
    )
    message = {"alert": "a_1", "number": 1, "audience": "rep", "channel": "email", "message": {}}
    message |= {"pace": "email", "tried": []}
    put(known, delivery, {**message, "id": 7, "state": "pending", "created_at": AT, "next_at": AT})
    shown = (TEXT, TEXT, "Buys less.")
    assert report(known, "report_alert") == [
        ("a_1", "customer", "ana", "eva", "open", "urgent", 4.5, "18600.0000", "EUR", *shown),
        ("a_2", "feed", None, None, "open", "urgent", None, None, None, *shown),
    ]
    assert report(known, "report_transition") == [
        ("a_1", 1, None, "open", "score", "detector", TEXT, None)
    ]
    assert report(known, "report_delivery") == [
        (7, "a_1", 1, "email", None, "pending", 0, TEXT, None, None, None)
    ]


def test_feeds_and_positions(known: Database) -> None:
    put(
        known,
        feed,
        {"source": "a", "kind": "live", "last_event_at": AT, "healthy": True},
        {"source": "b", "kind": "live", "last_event_at": AT, "healthy": False},
        {"source": "c", "kind": "batch", "complete_until": AT, "healthy": False},
        {"source": "d", "kind": "retired", "healthy": False},
    )
    assert report(known, "report_feed") == [
        ("a", "live", TEXT, None, 1),
        ("b", "live", TEXT, None, 0),
        ("c", "batch", None, TEXT, 1),
        ("d", "retired", None, None, 1),
    ]
    put(
        known,
        position,
        {"group": "g", "topic": "t", "partition": 0, "next_offset": 9, "topic_id": "x"},
    )
    assert report(known, "report_position") == [("t", 0, 9)]
