"""What people answered is counted as they meant it."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.storage import alerts
from shared.storage.alert_rows import Content
from shared.storage.answers import Answers, answers, summed
from shared.storage.database import Database
from shared.storage.tables import customer
from tests.postgres.kinds import every_database

pytestmark = every_database

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)
MOVES = {
    "wrong": [("dismissed", "wrong")],
    "holiday": [("noted", "note"), ("dismissed", "holiday")],  # the last word counts
    "known": [("dismissed", "known")],
    "called": [("working", "called")],
    "lost": [("lost", "price")],
    "seen": [("acknowledged", "seen")],
    "back": [("recovered", "score")],
    "none": [],
}


def open_one(database: Database, name: str, rule: str, rep: str, at: datetime) -> None:
    with database.write() as connection:
        made = connection.execute(customer.insert().values(id=name, rep=rep, field_times={}))
        number = made.inserted_primary_key[0] if made.inserted_primary_key else 0
        content = Content(rep, "warning", 1.0, 1, 1, "EUR", 0, "said", [])
        row = alerts.open_alert(
            connection, number, name, content,
            earlier=0, evaluation=None, reason=rule, actor="detector", at=at,
        )  # fmt: skip
        for kind, reason in MOVES[name.split("-", maxsplit=1)[0]]:
            row = alerts.add_transition(
                connection, row, kind, reason=reason, actor="rep:ana", at=at
            )


def test_answers_by_rule_and_rep(database: Database) -> None:
    for name in MOVES:
        open_one(database, f"{name}-1", "score", "ana", AT)
    open_one(database, "wrong-2", "complaint", "ben", AT)
    open_one(database, "called-2", "score", "ben", AT)
    open_one(database, "wrong-3", "score", "ben", AT - timedelta(weeks=9))
    with database.read() as connection:
        rows = answers(connection, AT - timedelta(weeks=8))
    assert rows == [
        Answers("complaint", "ben", right=0, wrong=1, unanswered=0),
        Answers("score", "ana", right=3, wrong=2, unanswered=3),
        Answers("score", "ben", right=1, wrong=0, unanswered=0),
    ]
    by_rule = summed(rows, "rule")["score"]
    assert (by_rule.right, by_rule.wrong, by_rule.unanswered) == (4, 2, 3)
    assert by_rule.precision == pytest.approx(2 / 3)
    assert summed(rows, "rep")["ben"].precision == 0.5


def test_nobody_answered_is_no_precision(database: Database) -> None:
    open_one(database, "none-1", "score", "ana", AT)
    with database.read() as connection:
        (row,) = answers(connection, AT)
    assert row.precision is None
