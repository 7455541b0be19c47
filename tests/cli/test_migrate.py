"""`vigia migrate --dry-run`: what would be done, and nothing is."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.cli.conftest import Command, Ran

if TYPE_CHECKING:
    from tests.kafka.broker import Broker


def dry(vigia: Command) -> list[str]:
    ran: Ran = vigia("migrate", "--dry-run")
    assert (ran.code, ran.err) == (0, "")
    return ran.out.splitlines()


def test_the_tables(vigia: Command, tmp_path: Path) -> None:
    file = tmp_path / "data" / "vigia.db"
    assert dry(vigia) == [f"would create {file}"]
    assert not file.parent.exists()
    file.parent.mkdir()
    file.touch()
    assert dry(vigia) == ["would update the schema"]
    vigia("migrate")
    assert dry(vigia) == ["nothing to do"]


def test_the_topics(
    vigia: Command, monkeypatch: pytest.MonkeyPatch, kafka_broker: "Broker", tmp_path: Path
) -> None:
    prefix = f"dry{uuid4().hex[:8]}"
    monkeypatch.setenv("VIGIA_KAFKA_BOOTSTRAP", kafka_broker.bootstrap)
    monkeypatch.setenv("VIGIA_KAFKA_PREFIX", prefix)
    monkeypatch.setenv("VIGIA_KAFKA_PARTITIONS", "2")
    missing = [f"would create {prefix}.{name} with 2 partitions" for name in ("events", "alerts")]
    assert dry(vigia) == [f"would create {tmp_path / 'data' / 'vigia.db'}", *missing]
    assert dry(vigia)[1:] == missing  # the first changed nothing
    vigia("migrate")
    assert dry(vigia) == ["nothing to do"]
    monkeypatch.setenv("VIGIA_KAFKA_PARTITIONS", "3")
    monkeypatch.setenv("VIGIA_KAFKA_RETENTION_DAYS", "1")
    planned = dry(vigia)
    assert planned == [
        line
        for name in (f"{prefix}.events", f"{prefix}.alerts")
        for line in (
            f"would grow {name} from 2 to 3 partitions",
            f"would set retention.ms of {name} to 86400000",
        )
    ]
    assert vigia("migrate").out.count(" partitions\n") == 2
    assert dry(vigia) == ["nothing to do"]


def test_a_kafka_that_does_not_answer(vigia: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    ran = vigia("migrate", "--dry-run")
    assert ran.code == 1
    assert ran.err.splitlines()[-1].startswith("vigia: Kafka at 127.0.0.1:1 does not answer")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("VIGIA_DATABASE_URL", "postgresql://u:geheim@127.0.0.1:1/x", "see whether it runs"),
        ("VIGIA_TIME_ZONE", "Europe/Madrid", "rebuild --zone"),
    ],
)
def test_what_would_fail_fails(
    vigia: Command, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    vigia("migrate")
    monkeypatch.setenv(name, value)
    ran = vigia("migrate", "--dry-run")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert told in ran.err
    assert "geheim" not in ran.err
