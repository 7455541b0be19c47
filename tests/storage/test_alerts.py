from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from shared.domain.alert import IllegalMove, alert_id
from shared.storage import alerts, transitions
from shared.storage.alert_rows import AlertRow, Content
from shared.storage.alerts import AlertMoved
from shared.storage.database import Database
from shared.storage.tables import customer

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)


def content(**changed: Any) -> Content:
    given: dict[str, Any] = {
        "rep": "ana",
        "severity": "warning",
        "score": 1.5,
        "rank": 2,
        "value_at_risk": 186_000_000,
        "currency": "EUR",
        "as_of": 20_514,
        "sentence": "Asked to cancel today.",
        "evidence": [{"kind": "cancellation", "stage": "requested", "day": "2026-03-02"}],
    }
    return Content(**{**given, **changed})


@pytest.fixture
def number(database: Database) -> int:
    with database.write() as connection:
        row = insert(customer).values(id="C/1").returning(customer.c.number)
        return int(connection.execute(row).scalar_one())


def opened(
    database: Database, number: int, name: str = "C/1", earlier: int = 0, **changed: Any
) -> AlertRow:
    with database.write() as connection:
        return alerts.open_alert(
            connection,
            number,
            name,
            content(**changed),
            earlier=earlier,
            evaluation=None,
            reason="cancellation",
            actor="detector",
            at=AT,
        )


def moved(database: Database, row: AlertRow, kind: str, **more: Any) -> AlertRow:
    given: dict[str, Any] = {"reason": "said", "actor": "ana", "at": AT, **more}
    with database.write() as connection:
        return alerts.add_transition(connection, row, kind, **given)


def test_an_opened_alert_is_read_back_as_it_was_told(database: Database, number: int) -> None:
    row = opened(database, number)
    assert row.id == alert_id("C/1", 1)
    with database.read() as connection:
        assert alerts.read_alert(connection, row.id) == row
        assert alerts.living_alert(connection, number) == row
        assert alerts.of_customer(connection, number) == [row]
        (told,) = transitions.transitions(connection, row.id)
    assert (told.kind, told.from_state, told.to_state, told.key) == ("opened", None, "open", "C/1")
    assert told.body["value_at_risk"] == {"amount": "18600.00", "currency": "EUR"}
    assert told.body["customer"] == "C/1"
    assert told.body["as_of"] == "2026-03-02"
    assert told.body["opened_at"] == "2026-03-02T06:00:00Z"
    assert told.body["evidence"] == list(row.evidence)


def test_a_transition_keeps_the_alert_as_it_was_then(database: Database, number: int) -> None:
    first = opened(database, number)
    second = moved(database, first, "updated", content=content(severity="urgent"), news="x")
    third = moved(database, second, "recovered", at=AT + timedelta(days=1))
    assert (third.state, third.last_number) == ("recovered", 3)
    assert third.updated_at == AT + timedelta(days=1)
    with database.read() as connection:
        told = transitions.transitions(connection, first.id)
        assert transitions.announced_reasons(connection, first.id) == {"cancellation", "said"}
        assert alerts.living_alert(connection, number) is None
    assert [one.body["severity"] for one in told] == ["warning", "urgent", "urgent"]
    assert [one.number for one in told] == [1, 2, 3]
    assert [one.body["from"] for one in told] == [None, "open", "open"]
    assert told[1].body["news"] == "x"


def test_of_two_who_read_the_same_alert_the_later_changes_nothing(
    database: Database, number: int
) -> None:
    row = opened(database, number)
    moved(database, row, "acknowledged")
    with pytest.raises(AlertMoved):
        moved(database, row, "dismissed")
    with pytest.raises(AlertMoved), database.write() as connection:
        alerts.refresh(connection, row, content(), AT)
    with database.read() as connection:
        assert len(transitions.transitions(connection, row.id)) == 2


def test_a_final_alert_cannot_be_moved(database: Database, number: int) -> None:
    lost = moved(database, opened(database, number), "lost")
    with pytest.raises(IllegalMove):
        moved(database, lost, "updated")


def test_times_do_not_run_back_within_an_alert(database: Database, number: int) -> None:
    row = moved(database, opened(database, number), "noted", at=AT - timedelta(hours=1))
    assert row.updated_at == AT


def test_one_living_alert_and_then_the_next_episode(database: Database, number: int) -> None:
    first = opened(database, number)
    with pytest.raises(IntegrityError):
        opened(database, number)
    moved(database, first, "withdrawn")
    with pytest.raises(IntegrityError):  # of whoever did not know of the first
        opened(database, number)
    second = opened(database, number, earlier=1)
    assert second.id == alert_id("C/1", 2)
    with database.read() as connection:
        assert alerts.living_alert(connection, number) == second


def test_a_refresh_tells_nobody(database: Database, number: int) -> None:
    row = opened(database, number)
    with database.write() as connection:
        alerts.refresh(connection, row, content(score=0.5), AT + timedelta(days=7))
    with database.read() as connection:
        read = alerts.read_alert(connection, row.id)
        assert len(transitions.transitions(connection, row.id)) == 1
    assert read is not None
    assert (read.score, read.last_number) == (0.5, 1)


def test_only_living_alerts_of_others_in_one_currency_are_compared(
    database: Database, number: int
) -> None:
    numbers = {}
    with database.write() as connection:
        for name in ("a", "b", "c", "d"):
            row = insert(customer).values(id=name).returning(customer.c.number)
            numbers[name] = connection.execute(row).scalar_one()
    opened(database, number, value_at_risk=500)
    opened(database, numbers["a"], "a", value_at_risk=900)
    opened(database, numbers["b"], "b", value_at_risk=100)
    opened(database, numbers["c"], "c", value_at_risk=10_000, currency="USD")
    moved(database, opened(database, numbers["d"], "d", value_at_risk=10_000), "lost")
    with database.read() as connection:
        assert alerts.more_at_risk(connection, "EUR", 500, number) == (1, 2)
        assert alerts.more_at_risk(connection, "CHF", 500, number) == (0, 0)


def test_unpublished_transitions_come_in_order_and_once(database: Database, number: int) -> None:
    first = opened(database, number)
    second = moved(database, first, "acknowledged")
    moved(database, second, "recovered")
    with database.write() as connection:
        rows = transitions.unpublished(connection, 2)
        assert [row.number for row in rows] == [1, 2]
        transitions.mark_published(connection, rows, AT)
    with database.read() as connection:
        assert [row.number for row in transitions.unpublished(connection, 2)] == [3]
        assert transitions.transitions(connection, first.id)[0].published_at == AT
