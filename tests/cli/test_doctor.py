"""The doctor: a line each, and exit code 1 when something is wrong."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.cli import doctor
from services.cli.wiring import make_topics
from shared.ops.settings import load_settings
from tests.cli.conftest import Command
from tests.notifier.mail_server import MailServer

if TYPE_CHECKING:
    from tests.kafka.broker import Broker


def wrong(vigia: Command) -> dict[str, list[str]]:
    ran = vigia("doctor", "--json")
    found = {row["check"]: row["wrong"] for row in json.loads(ran.out)}
    assert ran.code == (1 if any(found.values()) else 0)
    return {name: lines for name, lines in found.items() if lines}


def test_a_healthy_system(vigia: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    vigia("migrate")
    monkeypatch.setenv("VIGIA_OPERATOR_EMAIL", "it@company.example")
    with MailServer() as server:
        monkeypatch.setenv("VIGIA_SMTP_URL", f"smtp://{server.address}")
        ran = vigia("doctor")
        assert (server.connections, server.mails) == (1, [])
    assert (ran.code, ran.out.count(" ok\n")) == (0, 6)


def test_before_the_first_migration_it_says_what_to_run(vigia: Command, tmp_path: Path) -> None:
    found = wrong(vigia)
    assert found.keys() == {"database", "tables"}
    assert all("vigia migrate" in line for lines in found.values() for line in lines)
    assert not (tmp_path / "data").exists()


def test_a_database_that_does_not_answer_and_no_log(
    vigia: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_DATABASE_URL", "postgresql://nobody:geheim@127.0.0.1:1/none")
    found = wrong(vigia)
    assert {"database", "tables", "log", "clocks", "channels"} == found.keys()
    assert "see whether it runs" in found["database"][0]
    assert "geheim" not in str(found)


def test_a_damaged_database(vigia: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "vigia.db").write_bytes(b"no database " * 1000)
    found = wrong(vigia)
    assert {"database", "tables", "log", "clocks", "channels"} == found.keys()
    assert all("restore a back-up" in line for lines in found.values() for line in lines)


def test_a_mail_server_that_does_not_answer(
    vigia: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    vigia("migrate")
    monkeypatch.setenv("VIGIA_SMTP_URL", "smtp://rosa:geheim@127.0.0.1:1")
    found = wrong(vigia)
    assert found.keys() == {"mail"}
    assert "no answer from the mail server" in found["mail"][0]
    assert "VIGIA_OPERATOR_EMAIL" in found["mail"][1]
    assert "geheim" not in str(found)


def test_channels_that_cannot_send(vigia: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    vigia("rep", "add", "--channel", "slack-bot:C0123456789", "rosa")
    found = wrong(vigia)
    assert found == {"channels": ["slack-bot: VIGIA_SLACK_BOT_TOKEN is not set"]}
    monkeypatch.setenv("VIGIA_SECRET_KEY", "another one than that of the folder")
    assert "cannot be read with this secret key" in wrong(vigia)["channels"][0]
    monkeypatch.setenv("VIGIA_OPERATOR_CHANNEL", "pigeon:s3cret")
    monkeypatch.delenv("VIGIA_SECRET_KEY")
    (line,) = wrong(vigia)["channels"]
    assert line.startswith("VIGIA_OPERATOR_CHANNEL: no channel understands")
    assert "s3cret" not in line


def test_the_operator_s_channel_is_looked_at_too(
    vigia: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    vigia("migrate")
    monkeypatch.setenv("VIGIA_OPERATOR_CHANNEL", "slack-bot:C0123456789")
    assert wrong(vigia) == {"channels": ["slack-bot: VIGIA_SLACK_BOT_TOKEN is not set"]}


def test_another_zone_and_clocks_apart(vigia: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    vigia("migrate")
    monkeypatch.setenv("VIGIA_TIME_ZONE", "Europe/Madrid")
    monkeypatch.setattr(doctor, "CLOCKS_APART_SECONDS", -1.0)
    found = wrong(vigia)
    assert found.keys() == {"tables", "clocks"}
    assert "VIGIA_TIME_ZONE" in found["tables"][0]


def test_topics_that_are_missing_or_differ(
    vigia: Command, monkeypatch: pytest.MonkeyPatch, kafka_broker: "Broker", tmp_path: Path
) -> None:
    vigia("migrate")
    monkeypatch.setenv("VIGIA_KAFKA_BOOTSTRAP", kafka_broker.bootstrap)
    monkeypatch.setenv("VIGIA_KAFKA_PREFIX", f"doctor{tmp_path.stat().st_ino}")
    monkeypatch.setenv("VIGIA_KAFKA_PARTITIONS", "2")
    assert [line.split(";")[1] for line in wrong(vigia)["log"]] == [" run `vigia migrate`"] * 2
    make_topics(load_settings())
    assert wrong(vigia) == {}
    monkeypatch.setenv("VIGIA_KAFKA_PARTITIONS", "3")
    monkeypatch.setenv("VIGIA_KAFKA_REPLICATION", "2")
    monkeypatch.setenv("VIGIA_KAFKA_RETENTION_DAYS", "7")
    lines = wrong(vigia)["log"][:3]
    assert ["partitions" in lines[0], "copies" in lines[1], "retention.ms" in lines[2]] == [
        True
    ] * 3
