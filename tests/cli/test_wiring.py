"""Which implementations the settings choose."""

from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from services.cli.demo import ALL_IN_THE_FOLDER
from services.cli.wiring import open_parts
from shared.eventlog.kafka import KafkaLog
from shared.eventlog.table import TableLog
from shared.ops.errors import ConfigurationError
from shared.ops.settings import load_settings
from shared.ops.wakeup import LocalWakeup
from shared.storage.notify import PostgresWakeup
from shared.storage.tables import company
from tests.cli.conftest import Command
from tests.postgres.server import Server

NOWHERE = "127.0.0.1:1"


def test_without_settings_everything_lies_in_one_file(tmp_path: Path) -> None:
    with open_parts(load_settings(data=tmp_path), create=True) as parts:
        assert isinstance(parts.log, TableLog)
        assert isinstance(parts.wakeup, LocalWakeup)
        assert (parts.poll_seconds, parts.prune is None) == (0, False)


def test_kafka_may_stand_beside_sqlite_and_need_not_answer_yet(tmp_path: Path) -> None:
    with open_parts(load_settings(data=tmp_path), create=True):
        pass
    with open_parts(load_settings(data=tmp_path, kafka_bootstrap=NOWHERE)) as parts:
        assert isinstance(parts.log, KafkaLog)
        assert parts.poll_seconds > 0
        assert parts.prune is None


def test_postgresql_rings_bells_and_needs_kafka(tmp_path: Path, postgres: Server) -> None:
    with postgres.fresh() as url:
        settings = load_settings(data=tmp_path, database_url=url, kafka_bootstrap=NOWHERE)
        with open_parts(settings) as parts:
            assert isinstance(parts.wakeup, PostgresWakeup)
        with (
            pytest.raises(ConfigurationError, match="VIGIA_KAFKA_BOOTSTRAP"),
            open_parts(load_settings(data=tmp_path, database_url=url)),
        ):
            pass


@pytest.mark.parametrize("command", ["status", "migrate", "up", "evaluate"])
def test_a_damaged_database_is_one_line(vigia: Command, tmp_path: Path, command: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "vigia.db").write_bytes(b"no database " * 1000)
    ran = vigia(command)
    assert (ran.code, ran.err.count("\n"), ran.out) == (1, 1, "")
    assert "file is not a database" in ran.err
    assert "restore a back-up" in ran.err


def test_a_database_that_refuses_what_we_write_is_no_broken_one(tmp_path: Path) -> None:
    with (
        pytest.raises(IntegrityError),
        open_parts(load_settings(data=tmp_path), create=True) as parts,
        parts.database.write() as connection,
    ):
        connection.execute(update(company).values(time_zone=None))


def test_who_kafka_is_told_we_are() -> None:
    assert load_settings().kafka_access == {"security_protocol": "PLAINTEXT"}
    given = {"kafka_security": "SASL_SSL", "kafka_user": "vigia", "kafka_password": "s3cret"}
    assert load_settings(None, kafka_ca_file="ca.pem", **given).kafka_access == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "vigia",
        "sasl_plain_password": "s3cret",
        "ssl_cafile": "ca.pem",
    }


def test_an_empty_ops_port_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_OPS_PORT", "")
    assert load_settings().ops_port is None


def test_a_demo_leaves_the_companys_own_system_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("VIGIA_KAFKA_BOOTSTRAP", NOWHERE)
    monkeypatch.setenv("VIGIA_SMTP_URL", "smtp://127.0.0.1:1")
    settings = load_settings(None, **ALL_IN_THE_FOLDER)
    assert settings.sqlalchemy_url.startswith("sqlite:")
    assert (settings.kafka_bootstrap, settings.smtp_url.get_secret_value()) == ("", "")
