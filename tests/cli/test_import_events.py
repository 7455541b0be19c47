"""Importing events as JSON lines: whose they are, and options that would say nothing."""

import gzip
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

EVENT = {
    "id": "1", "type": "complaint", "subject": "ana", "time": "2026-01-05T10:00:00Z",
    "data": {"severity": "low"},
}  # fmt: skip
OWN = {**EVENT, "id": "2", "source": "crm"}


def written(tmp_path: Path, *events: object) -> str:
    file = tmp_path / "events.ndjson"
    file.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return str(file)


def sources(vigia: Command) -> set[str]:
    return {feed["source"] for feed in json.loads(vigia("status", "--json").out)["feeds"]}


def test_events_without_a_source_take_the_one_that_is_named(vigia: Command, tmp_path: Path) -> None:
    ran = vigia("import", written(tmp_path, EVENT, OWN), "--source", "crm")
    assert (ran.code, ran.out.split()[:2]) == (0, ["2", "complaints"])
    assert sources(vigia) == {"crm"}


def test_without_a_named_source_each_event_needs_and_keeps_its_own(
    vigia: Command, tmp_path: Path
) -> None:
    assert vigia("import", written(tmp_path, OWN, {**OWN, "source": "web"})).code == 0
    assert sources(vigia) == {"crm", "web"}
    ran = vigia("import", written(tmp_path, OWN, EVENT))
    assert (ran.code, "row 2: /source is required" in ran.err) == (1, True)


def test_an_event_of_another_source_than_the_named_one_is_refused(
    vigia: Command, tmp_path: Path
) -> None:
    file, rejects = written(tmp_path, EVENT, OWN), tmp_path / "rejects.ndjson"
    ran = vigia("import", file, "--source", "shop")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "row 2: /source is another than --source says; leave --source out" in ran.err
    assert "crm" not in ran.err
    assert vigia("import", file, "--source", "shop", "--skip-invalid", str(rejects)).code == 0
    assert json.loads(rejects.read_bytes()) == OWN
    assert sources(vigia) == {"shop"}


@pytest.mark.parametrize("option", ["--mapping", "--zone"])
def test_options_of_tables_are_refused(vigia: Command, tmp_path: Path, option: str) -> None:
    file = tmp_path / "events.ndjson.gz"
    file.write_bytes(gzip.compress(json.dumps(OWN).encode()))
    (tmp_path / "mapping.toml").write_text("source = 'shop'\n", encoding="utf-8")
    value = "Europe/Madrid" if option == "--zone" else str(tmp_path / "mapping.toml")
    ran = vigia("import", str(file), option, value)
    assert (ran.code, ran.err.count("\n"), ran.out) == (1, 1, "")
    assert f"{file} holds events as JSON" in ran.err
    assert f"leave {option} out" in ran.err
