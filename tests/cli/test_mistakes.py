"""What a person may get wrong ends in one line, and nothing has happened."""

import json
import os
from pathlib import Path

import pytest

from services.cli.folder import hold_folder
from tests.cli.conftest import Command
from tests.cli.test_commands import imported


@pytest.mark.parametrize(
    "words", [("evaluate", "--as-of"), ("status", "--nonsense"), ("nothing",), ("key", "create")]
)
def test_a_wrong_call_ends_with_2(vigia: Command, words: tuple[str, ...]) -> None:
    assert vigia(*words).code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("quarantine", "show", "NUMBER"), ("quarantine", "list", "--after", "NUMBER"),
        ("quarantine", "retry", "NUMBER"), ("quarantine", "drop", "NUMBER"),
        ("deliveries", "show", "NUMBER"), ("deliveries", "list", "--before", "NUMBER"),
        ("deliveries", "retry", "NUMBER"), ("replay", "--from", "NUMBER"),
    ],
)  # fmt: skip
def test_the_largest_number_that_a_database_holds(vigia: Command, words: tuple[str, ...]) -> None:
    vigia("migrate")
    for number, codes in ((2**63 - 1, (0, 1)), (2**63, (2,))):
        ran = vigia(*(word.replace("NUMBER", str(number)) for word in words))
        assert ran.code in codes
        assert "Traceback" not in ran.err


def test_a_key_needs_a_scope_that_exists(vigia: Command) -> None:
    ran = vigia("key", "create", "--scope", "everything")
    assert ran.code == 1
    assert "--scope" in ran.err


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("tomorrow", "not a date"),
        ("2026-03-09", "is not over"),
        ("9999-12-31", "is not over"),
        ("0001-01-01", "before 2000"),
        ("1999-12-31", "before 2000"),
    ],
)
def test_a_date_that_cannot_be_judged(vigia: Command, tmp_path: Path, day: str, told: str) -> None:
    imported(vigia, tmp_path)
    ran = vigia("evaluate", "--as-of", day)
    assert ran.code == 1
    assert told in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("words", [("why",), ("route",), ("feed", "retire"), ("rep", "deactivate")])
def test_a_name_from_a_terminal_of_another_encoding(vigia: Command, words: tuple[str, ...]) -> None:
    vigia("migrate")
    ran = vigia(*words, os.fsdecode("Peña".encode("latin-1")))
    assert (ran.code, ran.err.count("\n"), ran.out) == (1, 1, "")
    assert "not text in UTF-8" in ran.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VIGIA_TIME_ZONE", "Mars/Olympus"),
        ("VIGIA_PORT", "many"),
        ("VIGIA_CURRENCY", "XYZ"),
        ("VIGIA_CURRENCY", "eur"),
        ("VIGIA_CURRENCY_RATES", '{"USD": "-1"}'),
        ("VIGIA_CURRENCY_RATES", '{"USDT": "1"}'),
        ("VIGIA_NOW", "yesterday"),
        ("VIGIA_SLACK_API_URL", "http://[::1/x"),
        ("VIGIA_SLACK_API_URL", "http://host:port"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(
    vigia: Command, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = vigia("settings")
    assert ran.code == 1
    assert name in ran.err
    assert value not in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"), [("VIGIA_TIME_ZONE", "Europe/Madrid"), ("VIGIA_FIRST_WEEKDAY", "sunday")]
)
def test_days_of_another_calendar_than_the_stored_one_are_refused(
    vigia: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    imported(vigia, tmp_path)
    monkeypatch.setenv(name, value)
    for words in (("migrate",), ("evaluate",), ("status",), ("rep", "list"), ("pause",)):
        ran = vigia(*words)
        assert (ran.code, ran.err.count("\n"), ran.out) == (1, 1, "")
        assert f"set {name}" in ran.err or f"and {name}" in ran.err
        assert "rebuild --zone" in ran.err
    monkeypatch.delenv(name)
    assert json.loads(vigia("status", "--json").out)["paused_at"] is None


def test_a_folder_in_use_is_said(vigia: Command, tmp_path: Path) -> None:
    with hold_folder(tmp_path / "data"):
        ran = vigia("up", "--port", "0")
    assert ran.code == 1
    assert "another vigia works in" in ran.err


def test_a_folder_that_cannot_be_made(vigia: Command, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    ran = vigia("up", "--port", "0", "--data", str(tmp_path / "taken"))
    assert ran.code == 1
    assert ran.err.count("\n") == 1
