"""The quarantine's retry when some of it is no better than before."""

import json
from typing import Any

import pytest

from services.cli.system import catch_up
from services.cli.wiring import open_parts
from shared.contract.topics import alerts_topic, events_topic
from shared.eventlog.consumer import BRAKE_RECORDS
from shared.eventlog.port import NewRecord
from shared.ops.settings import load_settings
from shared.storage import quarantine
from shared.storage.positions import StoredPositions
from shared.storage.quarantine import Rejected
from tests.cli.conftest import Command
from tests.cli.test_again import SOON, listed
from tests.contract.test_alert_event import AT

FREE = {**SOON, "time": "2026-03-01T10:00:00Z", "data": {"amount": "0", "currency": "EUR"}}


def as_bytes(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


def keep(vigia: Command, *rejected: Rejected) -> None:
    """Put into the quarantine what was refused."""
    vigia("migrate")
    with open_parts(load_settings()) as parts:
        parts.database.run(lambda connection: quarantine.keep(connection, rejected, AT))


def in_the_log() -> int:
    """How many records the events' topic holds."""
    with open_parts(load_settings()) as parts:
        return sum(parts.log.ends(events_topic()).values())


def test_a_flood_that_is_no_better_stays_and_stops_nobody(vigia: Command) -> None:
    flood = [
        Rejected("invalid", "", as_bytes({**FREE, "id": str(n)})) for n in range(BRAKE_RECORDS)
    ]
    keep(vigia, *flood)
    ran = vigia("quarantine", "retry", "--all")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "sent again: 0\n", 1)
    assert f"{BRAKE_RECORDS} still cannot be read and stay, the first is 1: /data/amount" in ran.err
    assert in_the_log() == 0
    with open_parts(load_settings()) as parts:
        good = NewRecord("ana", as_bytes({**SOON, "time": "2026-03-01T10:00:00Z"}))
        parts.log.append(events_topic(), [good], timeout=4)
        catch_up(parts, lambda _done: None)
    status = json.loads(vigia("status", "--json").out)
    assert (status["quarantine"], status["settled"]) == (BRAKE_RECORDS, True)
    assert "last event 2026-03-01 10:00" in vigia("feed", "list").out


def test_what_can_be_read_is_sent_whatever_stays(
    vigia: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(
        vigia,
        Rejected("invalid", "", as_bytes(FREE), customer="ana"),
        Rejected("future", "", as_bytes(SOON), customer="ana"),
        Rejected("invalid", "", b"{}", b"C-1", topic=alerts_topic(), partition=0, offset=1),
    )
    ran = vigia("quarantine", "retry", "--all")
    assert (ran.code, ran.out) == (1, "sent again: 0\n")
    assert ran.err.startswith("vigia: 3 still")
    monkeypatch.setenv("VIGIA_NOW", "2026-03-10T06:00:00Z")
    ran = vigia("quarantine", "retry", "--all")
    assert (ran.code, ran.out) == (1, "sent again: 1\n")
    assert ran.err.startswith("vigia: 2 still")
    assert [row["id"] for row in listed(vigia)] == [1, 3]
    assert in_the_log() == 1
    assert vigia("quarantine", "retry", "3").code == 1
    assert vigia("quarantine", "drop", "1", "3").out == "dropped: 2\n"


def test_a_record_that_never_had_a_key_gets_its_customers(vigia: Command) -> None:
    subject = "Café\u00a0Sol"  # no name that the door notes beside what it keeps
    event = {**SOON, "subject": subject, "time": "2026-03-01T10:00:00Z"}
    keep(vigia, Rejected("invalid", "", as_bytes(event)))
    assert vigia("quarantine", "retry", "--all").code == 0
    with open_parts(load_settings()) as parts:
        positions = StoredPositions(parts.database, "")
        reader = parts.log.reader(events_topic(), "passing:test", positions)
        (batch,) = reader.poll(max_records=10, timeout=0)
    assert [record.key for record in batch.records] == [subject.encode()]
