"""`vigia deliveries`: what became of each message, and trying again."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.storage import deliveries, taking
from shared.storage.database import Database
from shared.storage.deliveries import NewDelivery, Sent
from tests.cli.conftest import Command
from tests.notifier.working import new

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.fixture
def three(vigia: Command, tmp_path: Path) -> Database:
    """1 is dead, 2 is sent, 3 was suppressed."""
    vigia("migrate")
    database = Database(f"sqlite:///{tmp_path / 'data' / 'vigia.db'}")
    two = new(2)
    stale = NewDelivery("a_old", 1, "rep", "email", new().message, suppressed="stale")
    with database.write() as connection:
        deliveries.keep(connection, [new(1), two, stale], AT)
        how: Any = {"owner": "x", "channel": "email", "apart": timedelta(0), "now": AT}
        (first,) = taking.take(connection, **how)
        deliveries.turn_away(connection, first, recipient="slack:1", now=AT, reason="refused")
        (first,) = taking.take(connection, **how)
        deliveries.dead(connection, first, reason="554 spam", recipient="ana@x.example")
        (second,) = taking.take(connection, **how)
        deliveries.sent(connection, [Sent(second, "b@x.example", "ana", "<2>", AT)])
    return database


def test_they_are_listed_newest_first_and_filtered(vigia: Command, three: Database) -> None:
    lines = vigia("deliveries", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["3", "2", "1"]
    assert lines[2].startswith("1  dead  a_mfrggzdfmztwq2lkobqx/1 opened to rep by email")
    assert lines[2].endswith("(554 spam)")
    assert vigia("deliveries", "list", "--state", "sent").out.count("\n") == 1
    assert vigia("deliveries", "list", "--alert", "a_old").out.startswith("3  suppressed")
    assert vigia("deliveries", "list", "--before", "2").out.startswith("1  dead")
    assert vigia("deliveries", "list", "--state", "leased").out == "there are none\n"
    ran = vigia("deliveries", "list", "--state", "gone")
    assert (ran.code, ran.err.count("\n")) == (1, 1)


def test_one_is_shown_with_what_it_tells(vigia: Command, three: Database) -> None:
    shown = json.loads(vigia("deliveries", "show", "1", "--json").out)
    assert (shown["state"], shown["reason"], shown["tried"]) == ("dead", "554 spam", ["slack:1"])
    assert shown["message"]["data"]["customer"] == "C-1029"
    assert "554 spam" in vigia("deliveries", "show", "1").out
    ran = vigia("deliveries", "show", "9")
    assert (ran.code, ran.err.count("\n")) == (1, 1)


def test_the_dead_are_tried_again_by_every_way(vigia: Command, three: Database) -> None:
    assert vigia("deliveries", "retry", "--all-dead").out == "tried again: 1\n"
    shown = json.loads(vigia("deliveries", "show", "1", "--json").out)
    assert (shown["state"], shown["attempts"], shown["tried"]) == ("pending", 0, [])
    assert vigia("deliveries", "retry", "3").out == "tried again: 1\n"


def test_what_was_sent_is_not_sent_again(vigia: Command, three: Database) -> None:
    for words in (("2",), ("1", "2"), ("9",), (), ("1", "--all-dead")):
        ran = vigia("deliveries", "retry", *words)
        assert (ran.code, ran.err.count("\n")) == (1, 1), words
    states = [one["state"] for one in json.loads(vigia("deliveries", "list", "--json").out)]
    assert states == ["suppressed", "sent", "dead"]
