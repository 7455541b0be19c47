"""`vigia rep away | back`, and `vigia route`: who would hear, and why."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.storage import alerts
from shared.storage.alert_rows import Content
from shared.storage.database import Database
from shared.storage.tables import customer
from tests.cli.conftest import Command

RULES = """
[[routing]]
value_at_least = 50000
to = "manager"
when = "instant"
any_hour = true
"""


@pytest.fixture
def alert(vigia: Command, tmp_path: Path) -> str:
    """The id of an alert about a customer of Ana's, whose manager is Marta."""
    vigia("rep", "add", "--name", "Marta", "--email", "marta@company.example", "marta")
    mail = ("--email", "ana@company.example", "--manager", "marta")
    assert vigia("rep", "add", "--name", "Ana", *mail, "ana").code == 0
    database = Database(f"sqlite:///{tmp_path / 'data' / 'vigia.db'}")
    with database.write() as connection:
        row = {"id": "C-1", "name": "Bar", "rep": "ana", "field_times": {}}
        made = connection.execute(customer.insert().values(row)).inserted_primary_key
        content = Content("ana", "warning", 1.7, 1, 600_000_000, "EUR", 0, "said", [])
        opened = alerts.open_alert(
            connection, made[0] if made else 0, "C-1", content,
            earlier=0, evaluation=None, reason="score", actor="detector",
            at=datetime(2026, 3, 2, 6, tzinfo=UTC),
        )  # fmt: skip
    database.close()
    return opened.id


def test_a_route_is_explained(vigia: Command, alert: str) -> None:
    told = vigia("route", alert)
    assert told.code == 0
    assert "no rule fits" in told.out
    assert "ana (rep)" in told.out
    assert "email: ana@company.example" in told.out
    assert "in a digest, 2026-03-02 07:30 UTC" in told.out


def test_rules_of_the_settings_file_decide(vigia: Command, alert: str, tmp_path: Path) -> None:
    file = tmp_path / "vigia.toml"
    file.write_text(RULES, encoding="utf-8")
    found = json.loads(vigia("--config", str(file), "route", alert, "--json").out)
    assert (found["rule"], found["person"], found["when"]) == (1, "marta", "at once")


def test_rules_that_cannot_be_used_are_one_line_at_the_start(
    vigia: Command, alert: str, tmp_path: Path
) -> None:
    file = tmp_path / "vigia.toml"
    file.write_text('[[routing]]\nchannels = ["pigeon"]\n', encoding="utf-8")
    ran = vigia("--config", str(file), "route", alert)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "rule 1 of VIGIA_ROUTING names a channel that there is not" in ran.err
    file.write_text('[[routing]]\nseverty = ["urgent"]\n', encoding="utf-8")
    ran = vigia("--config", str(file), "route", alert)
    assert (ran.code, ran.err.count("\n")) == (1, 1)


def test_who_is_away_is_listed_and_somebody_else_hears(vigia: Command, alert: str) -> None:
    days = ("--from", "2026-03-01", "--until", "2026-03-20")
    assert vigia("rep", "away", *days, "ana").code == 0
    assert "marta (manager)" in vigia("route", alert).out
    assert "away from 2026-03-01 to 2026-03-20" in vigia("rep", "list").out
    assert vigia("rep", "back", "ana").code == 0
    assert "ana (rep)" in vigia("route", alert).out
    assert "not away" in vigia("rep", "back", "ana").err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--from", "2026-03-02", "--until", "2026-03-01", "ana"), "ends before it begins"),
        (
            ("--from", "2026-03-01", "--until", "2026-03-02", "--substitute", "x", "ana"),
            "no rep of that id",
        ),
        (
            ("--from", "2026-03-01", "--until", "2026-03-02", "--substitute", "ana", "ana"),
            "own substitute",
        ),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused(
    vigia: Command, alert: str, words: tuple[str, ...], says: str
) -> None:
    ran = vigia("rep", "away", *words)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert says in ran.err


def test_an_unknown_alert_is_one_line(vigia: Command, alert: str) -> None:
    ran = vigia("route", "a_nobody")
    assert ran.code == 1
    assert "there is no alert of that id" in ran.err
