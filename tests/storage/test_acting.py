"""Acts of people on stored alerts: once, announced, and never on what has ended."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.domain.action import Action
from shared.storage import alerts, transitions
from shared.storage.acting import Acted, AlertEnded, act
from shared.storage.alert_rows import AlertRow
from shared.storage.database import Database
from shared.storage.transitions import TransitionRow
from tests.postgres.kinds import every_database
from tests.storage.test_alerts import AT, moved, number, opened

__all__ = ["number"]
pytestmark = every_database
NOTE = Action("note", note="Prefers mornings")


def acted(database: Database, row: AlertRow, action: Action, **more: Any) -> Acted:
    given: dict[str, Any] = {"actor": "rep:ana", "at": AT, **more}
    return database.run(lambda connection: act(connection, row.id, action, **given))


def history(database: Database, row: AlertRow) -> list[TransitionRow]:
    with database.read() as connection:
        return transitions.transitions(connection, row.id)


def test_an_act_is_a_transition_that_waits_to_be_announced(database: Database, number: int) -> None:
    row = opened(database, number)
    done = acted(database, row, Action("call", note=" Comes back on Monday\n"))
    assert done.new
    assert done.alert.state == "working"
    last = history(database, row)[-1]
    assert (last.kind, last.reason, last.actor) == ("working", "called", "rep:ana")
    assert last.published_at is None
    assert last.body["note"] == "Comes back on Monday"
    assert (last.body["act"], last.body["from"], last.body["to"]) == ("call", "open", "working")


def test_putting_off_says_until_when(database: Database, number: int) -> None:
    row = opened(database, number)
    until = datetime(2026, 3, 9, 6, tzinfo=UTC)
    action = Action("snooze", "holiday", until=date(2026, 3, 9))
    done = acted(database, row, action, until=until)
    assert (done.alert.state, done.alert.snoozed_until) == ("acknowledged", until)
    with database.read() as connection:
        assert alerts.read_alert(connection, row.id) == done.alert
    body = history(database, row)[-1].body
    assert (body["snoozed_until"], body["until"]) == ("2026-03-09T06:00:00Z", "2026-03-09")


@pytest.mark.parametrize(
    "action",
    [
        Action("acknowledge"),
        Action("call", note="Comes back"),
        Action("dismiss", "known", note="Builds until May"),
        Action("lose", "price"),
        NOTE,
    ],
)
def test_acting_twice_changes_nothing(database: Database, number: int, action: Action) -> None:
    row = opened(database, number)
    assert acted(database, row, action, seen=1).new
    again = acted(database, row, action, seen=1)
    assert not again.new
    assert again.alert.last_number == 2
    assert len(history(database, row)) == 2


def test_what_is_said_again_later_is_said_anew(database: Database, number: int) -> None:
    row = opened(database, number)
    acted(database, row, NOTE, seen=1)
    assert acted(database, row, NOTE, seen=2).new
    assert acted(database, row, NOTE, seen=1, actor="manager:eva").new
    assert len(history(database, row)) == 4


def test_an_act_on_what_has_ended_changes_nothing_and_says_so(
    database: Database, number: int
) -> None:
    row = moved(database, opened(database, number), "recovered")
    with pytest.raises(AlertEnded) as ended:
        acted(database, row, Action("acknowledge"))
    assert ended.value.alert == row
    assert len(history(database, row)) == 2


def test_an_act_on_what_the_detector_just_changed_counts(database: Database, number: int) -> None:
    row = opened(database, number)
    moved(database, row, "updated", reason="complaint", actor="detector")
    done = acted(database, row, Action("acknowledge"), seen=1)
    assert (done.new, done.alert.last_number) == (True, 3)


def test_times_never_run_backwards(database: Database, number: int) -> None:
    row = opened(database, number)
    done = acted(database, row, NOTE, at=AT - timedelta(hours=1))
    assert done.alert.updated_at == AT


def test_two_taps_at_once_are_one(database: Database, number: int) -> None:
    row = opened(database, number)
    ready = threading.Barrier(6)
    found: list[bool] = []

    def tap() -> None:
        ready.wait()
        found.append(acted(database, row, Action("dismiss", "wrong"), seen=1).new)

    threads = [threading.Thread(target=tap) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * 5 + [True]
    assert len(history(database, row)) == 2
