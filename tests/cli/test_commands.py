"""What the commands answer."""

import json
from datetime import date
from pathlib import Path

import pytest

from services.cli.wiring import open_parts
from shared.domain.week import day_number
from shared.ops.settings import load_settings
from shared.storage import evaluations
from tests.cli.conftest import Command

SALES = "id,time,customer,amount\n1,2026-02-20T10:00:00Z,ana,3.50\n2,2026-02-21T10:00:00Z,ben,9\n"


def imported(vigia: Command, tmp_path: Path, text: str = SALES) -> None:
    file = tmp_path / "sales.csv"
    file.write_text(text, encoding="utf-8")
    assert vigia("import", str(file), "--source", "shop").code == 0


@pytest.mark.parametrize(
    "words",
    [("status",), ("evaluate",), ("verify",), ("why", "ana"), ("feed", "list"), ("rep", "list")],
)
def test_without_data_a_command_says_how_to_begin(vigia: Command, words: tuple[str, ...]) -> None:
    ran = vigia(*words)
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "run `vigia up` or `vigia import` first" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("--help",), ("up", "--help"), ("demo", "--help"), ("import", "--help"),
        ("simulate", "--help"), ("key", "create", "--help"), ("quarantine", "show", "--help"),
        ("ingest", "--help"), ("detector", "--help"), ("notifier", "--help"), ("doctor", "--help"),
        ("replay", "--help"), ("pause", "--help"), ("resume", "--help"), ("rebuild", "--help"),
        ("backtest", "--help"),
    ],
)  # fmt: skip
def test_every_command_explains_itself(vigia: Command, words: tuple[str, ...]) -> None:
    ran = vigia(*words)
    assert ran.code == 0
    assert "Usage" in ran.out


def test_a_key_is_the_last_word_and_is_shown_once(vigia: Command) -> None:
    secret = vigia("key", "create", "--scope", "ingest", "--source", "shop").out.split()[-1]
    assert secret.startswith("vigia_")
    listed = vigia("key", "list")
    assert secret not in listed.out
    (row,) = json.loads(vigia("key", "list", "--json").out)
    assert (row["scopes"], row["source"]) == (["ingest"], "shop")
    assert vigia("key", "revoke", row["id"]).code == 0
    again = vigia("key", "revoke", row["id"])
    assert (again.code, again.err.count("\n")) == (1, 1)


def test_reps_are_added_changed_and_deactivated(vigia: Command) -> None:
    added = vigia("rep", "add", "--name", "Rosa", "--email", "rosa@company.example", "rosa")
    assert added.out == "added\n"
    assert vigia("rep", "add", "--locale", "es", "rosa").out == "changed\n"
    assert vigia("rep", "deactivate", "rosa").code == 0
    (rosa,) = json.loads(vigia("rep", "list", "--json").out)
    assert (rosa["name"], rosa["locale"], rosa["active"]) == ("Rosa", "es", False)
    assert vigia("rep", "add", "--email", "not an address", "tom").code == 1
    assert vigia("rep", "deactivate", "nobody").code == 1


def test_a_rep_may_have_an_own_budget(vigia: Command) -> None:
    assert vigia("rep", "add", "--budget", "2", "rosa").out == "added\n"
    assert "2 alerts a week" in vigia("rep", "list").out
    assert vigia("rep", "add", "--name", "Rosa", "rosa").code == 0
    assert json.loads(vigia("rep", "list", "--json").out)[0]["budget"] == 2
    for wrong in ("-1", "many", "1001"):
        refused = vigia("rep", "add", "--budget", wrong, "rosa")
        assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert vigia("rep", "add", "--budget", "company", "rosa").code == 0
    assert json.loads(vigia("rep", "list", "--json").out)[0]["budget"] is None


def test_channels_of_a_rep_are_kept_in_order_and_replaced(vigia: Command) -> None:
    def channels() -> list[str]:
        (rosa,) = json.loads(vigia("rep", "list", "--json").out)
        return [one["recipient"] for one in rosa["channels"]]

    two = ("--channel", "mailto:b@x.example", "--channel", "mailto:a@x.example")
    assert vigia("rep", "add", *two, "rosa").out == "added\n"
    assert channels() == ["b@x.example", "a@x.example"]
    assert "    b@x.example\n" in vigia("rep", "list").out
    refused = vigia("rep", "add", "--channel", "pigeon:s3cret", "rosa")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "s3cret" not in refused.err
    assert vigia("rep", "add", "--name", "Rosa", "rosa").code == 0
    assert channels() == ["b@x.example", "a@x.example"]
    assert vigia("rep", "add", "--channel", "", "rosa").code == 0
    assert channels() == []


def test_an_evaluation_that_is_not_finished_is_waited_for(vigia: Command, tmp_path: Path) -> None:
    imported(vigia, tmp_path)
    as_of = day_number(date(2026, 2, 23))
    for state, settled in [("running", False), ("judging", False), ("done", True)]:
        with open_parts(load_settings()) as parts, parts.database.write() as connection:
            row = evaluations.live_of(connection, as_of) or evaluations.begin(
                connection, as_of=as_of, live=True, at=parts.clock.now(), progress={}
            )
            evaluations.change(connection, row.id, state=state)
        assert json.loads(vigia("status", "--json").out)["settled"] is settled
        unfinished = "" if settled else f", which is {state}"
        assert f"judged as of    2026-02-23{unfinished}\n" in vigia("status").out


def test_an_import_is_seen_in_status_feeds_and_views(vigia: Command, tmp_path: Path) -> None:
    imported(vigia, tmp_path)
    status = json.loads(vigia("status", "--json").out)
    assert status["settled"] is True
    assert status["lag"] == {"vigia.events": {"0": 0}, "vigia.alerts": {"0": 0}}
    (feed,) = status["feeds"]
    assert (feed["source"], feed["kind"], feed["healthy"]) == ("shop", "batch", True)
    assert "shop  batch" in vigia("feed", "list").out
    assert vigia("feed", "retire", "shop").code == 0
    assert json.loads(vigia("feed", "list", "--json").out)[0]["kind"] == "retired"
    assert vigia("feed", "retire", "nothing").code == 1
    assert "nothing waits" in vigia("status").out


def test_an_evaluation_reports_and_is_not_done_twice(vigia: Command, tmp_path: Path) -> None:
    imported(vigia, tmp_path)
    first = json.loads(vigia("evaluate", "--json").out)
    assert (first["as_of"], first["live"], first["state"]) == ("2026-03-02", True, "done")
    assert first["week_to"] == "2026-03-01"
    assert json.loads(vigia("evaluate", "--json").out)["id"] == first["id"]
    older = json.loads(vigia("evaluate", "--as-of", "2026-02-25", "--json").out)
    assert (older["as_of"], older["live"], older["would_open"]) == ("2026-02-23", False, [])
    assert "dry" in vigia("evaluate", "--as-of", "2026-02-23").out


def test_why_and_explain_name_what_is_missing(vigia: Command, tmp_path: Path) -> None:
    imported(vigia, tmp_path)
    vigia("evaluate")
    assert "too_little_history" in vigia("why", "ana").out
    assert json.loads(vigia("why", "ana", "--json").out)["standing"]["score"] is None
    assert vigia("why", "nobody").code == 1
    assert vigia("explain", "a_nothing").code == 1


def test_verify_finds_what_was_tampered_with_and_mends_it(vigia: Command, tmp_path: Path) -> None:
    import sqlite3

    imported(vigia, tmp_path)
    assert vigia("verify").out == "no difference\n"
    with sqlite3.connect(tmp_path / "data" / "vigia.db") as connection:
        connection.execute("UPDATE customer_day SET amount = amount + 1")
    found = vigia("verify", "--json")
    assert found.code == 1
    assert len(json.loads(found.out)) == 2
    assert vigia("verify", "--repair").code == 0
    assert vigia("verify").code == 0


def test_the_quarantine_shows_a_conflict_with_its_bytes(vigia: Command, tmp_path: Path) -> None:
    imported(vigia, tmp_path)
    imported(vigia, tmp_path, SALES.replace("3.50", "4.50"))
    (row,) = json.loads(vigia("quarantine", "list", "--json").out)
    assert (row["reason"], row["event_id"]) == ("conflict", "1")
    shown = json.loads(vigia("quarantine", "show", str(row["id"]), "--json").out)
    assert json.loads(shown["value"])["data"]["amount"] == "4.5"
    assert vigia("quarantine", "show", "999").code == 1


def test_a_pause_is_seen_in_status_and_ends(vigia: Command, tmp_path: Path) -> None:
    imported(vigia, tmp_path)
    assert json.loads(vigia("status", "--json").out)["paused_at"] is None
    assert "from now on" in vigia("pause").out
    began = json.loads(vigia("status", "--json").out)["paused_at"]
    assert vigia("pause").out.startswith("nothing is sent since")
    assert json.loads(vigia("status", "--json").out)["paused_at"] == began
    assert "sending paused" in vigia("status").out
    assert vigia("resume").code == 0
    assert json.loads(vigia("status", "--json").out)["paused_at"] is None


def test_settings_are_shown_with_their_secrets_hidden(
    vigia: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_SMTP_URL", "smtp://rosa:geheim@mail.example:25")
    ran = vigia("settings")
    assert "geheim" not in ran.out
    rows = {row["name"]: row["value"] for row in json.loads(vigia("settings", "--json").out)}
    assert rows["VIGIA_SMTP_URL"] == "(set)"
    assert rows["VIGIA_TIME_ZONE"] == "UTC"


def test_settings_come_from_a_file_and_from_secret_files(
    vigia: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vigia.toml").write_text('time_zone = "Europe/Madrid"\n', encoding="utf-8")
    (tmp_path / "secret").write_text("smtp://mail.example\n", encoding="utf-8")
    monkeypatch.setenv("VIGIA_SMTP_URL_FILE", str(tmp_path / "secret"))
    shown = json.loads(vigia("--config", "vigia.toml", "settings", "--json").out)
    rows = {row["name"]: row["value"] for row in shown}
    assert (rows["VIGIA_TIME_ZONE"], rows["VIGIA_SMTP_URL"]) == ("Europe/Madrid", "(set)")


def test_simulated_trade_can_be_imported(vigia: Command, tmp_path: Path) -> None:
    out = tmp_path / "trade.ndjson"
    assert vigia("simulate", "--customers", "5", "--weeks", "6", "--out", str(out)).code == 0
    assert vigia("import", str(out)).code == 0
    assert vigia("verify").code == 0
    first = vigia("simulate", "--customers", "5", "--weeks", "6").out
    assert first == out.read_text(encoding="utf-8")


def test_a_demo_folder_holds_nothing_else(vigia: Command, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    ran = vigia("demo", "--data", str(tmp_path / "mine"))
    assert ran.code == 1
    assert (tmp_path / "mine" / "letter.txt").exists()
