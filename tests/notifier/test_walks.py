"""Whoever asks about one alert does not walk through all that was ever sent."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, event

from shared.storage import delivery_list, gathering, unanswered
from shared.storage.database import Database


@pytest.mark.parametrize(
    "ask",
    [
        unanswered.read,
        partial(delivery_list.was_sent, alert="a_1", recipients=["ana@company.example"]),
        partial(gathering.newest_sent, name="digest:r1/1", recipient="ana@company.example"),
        partial(delivery_list.passed_over, alert="a_1", number=2, audience="rep"),
        partial(delivery_list.thread_starts, alerts=["a_1"]),
    ],
)
def test_deliveries_are_found_by_their_alert(
    sqlite_database: Database, ask: Callable[[Connection], object]
) -> None:
    asked: list[tuple[str, Any]] = []

    def note(*told: Any) -> None:
        asked.append((told[2], told[3]))

    with sqlite_database.read() as connection:
        event.listen(connection, "before_cursor_execute", note)
        ask(connection)
        event.remove(connection, "before_cursor_execute", note)
        plans = [
            str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
            for statement, parameters in asked
        ]
    assert any("sqlite_autoindex_delivery_1 (alert=?" in plan for plan in plans)
    assert not any("ix_delivery_state" in plan for plan in plans)
