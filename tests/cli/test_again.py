"""Reading again: replay, and the quarantine's retry and drop."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.cli.folder import hold_folder
from services.cli.status import lag_of
from services.cli.system import catch_up, detector, make_notifier
from services.cli.wiring import Parts, open_parts
from shared.contract.alert_event import alert_event, write_alert_event
from shared.contract.topics import DETECTOR_GROUP, NOTIFIER_GROUP, alerts_topic, events_topic
from shared.eventlog.port import NewRecord
from shared.ops.settings import load_settings
from shared.ops.stop import Stop
from shared.storage import delivery_list, quarantine
from shared.storage.positions import StoredPositions
from shared.storage.tables import customer_day, event, log_record, log_topic, metadata
from tests.acceptance.running import wait_for
from tests.cli.conftest import Command
from tests.cli.test_commands import SALES, imported
from tests.contract.test_alert_event import AT, data

SOON = {
    "specversion": "1.0", "id": "1", "source": "till", "type": "purchase", "subject": "ana",
    "time": "2026-03-09T10:00:00Z", "data": {"amount": "3.5", "currency": "EUR"},
}  # fmt: skip


def contents(tmp_path: Path, *left_out: str) -> dict[str, list[Any]]:
    """Every row of every table, but for those of the tables left out."""
    with open_parts(load_settings(data=tmp_path / "data")) as parts, parts.database.read() as read:
        return {
            table.name: sorted(map(repr, read.execute(select(table))))
            for table in metadata.sorted_tables
            if table.name not in left_out
        }


def next_offset(tmp_path: Path) -> int:
    with open_parts(load_settings(data=tmp_path / "data")) as parts:
        stored = StoredPositions(parts.database, DETECTOR_GROUP).read(events_topic())
    return stored[0].next_offset


def taken_in(parts: Parts) -> None:
    """Let the notifier take in what the alerts' topic holds."""
    stop = Stop()
    notifier = make_notifier(parts)
    intake = notifier.workers(stop)[0]
    intake.start()
    try:
        wait_for(lambda: not any(lag_of(parts, alerts_topic(), NOTIFIER_GROUP).values()))
    finally:
        stop.request()
        assert intake.join(5)
        notifier.close()


def listed(vigia: Command) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(vigia("quarantine", "list", "--json").out)
    return rows


@pytest.mark.parametrize("words", [(), ("--from", "0"), ("--from", "1"), ("--from", "99")])
def test_a_replay_changes_nothing(vigia: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    imported(vigia, tmp_path)
    imported(vigia, tmp_path, SALES.replace("3.50", "4.50"))  # a conflict
    vigia("evaluate")
    before = contents(tmp_path, "lease")
    ran = vigia("replay", *words)
    assert ran.code == 0
    assert contents(tmp_path, "lease") == before
    assert f"again: {0 if '99' in words else 1}\n" in ran.out


def test_a_replay_brings_back_what_an_older_database_lacks(vigia: Command, tmp_path: Path) -> None:
    imported(vigia, tmp_path)
    before = contents(tmp_path, "lease", "event", "customer")
    with open_parts(load_settings(data=tmp_path / "data")) as parts:
        for table in (event, customer_day):
            with parts.database.write() as connection:
                connection.execute(table.delete())
    assert vigia("replay").code == 0
    assert contents(tmp_path, "lease", "event", "customer") == before


def test_whoever_folds_and_has_nothing_to_do_notices_a_replay(
    vigia: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.detector.service.LOOK_BACK_SECONDS", 0.0)
    imported(vigia, tmp_path)
    end = next_offset(tmp_path)
    stop = Stop()
    with open_parts(load_settings()) as parts, detector(parts) as folding:
        stored = StoredPositions(parts.database, DETECTOR_GROUP)
        projector = folding.workers(stop)[0]
        with hold_folder(tmp_path / "data"):
            projector.start()
            assert "running vigia folds them" in vigia("replay").out
        wait_for(lambda: stored.read(events_topic()))
        stop.request()
        assert projector.join(5)
        assert stored.read(events_topic())[0].next_offset == end


def recreate(topic: str) -> None:
    """The topic anew, with five records that nobody can read."""
    with open_parts(load_settings()) as parts:
        with parts.database.write() as connection:
            connection.execute(log_record.delete().where(log_record.c.topic == topic))
            connection.execute(log_topic.delete().where(log_topic.c.name == topic))
        parts.log.append(topic, [NewRecord("", b"{}")] * 5, timeout=4)


@pytest.mark.parametrize("words", [(), ("--from", "1")])
def test_readers_of_replaced_topics_go_on_after_a_replay(
    vigia: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    imported(vigia, tmp_path)
    with open_parts(load_settings()) as parts:
        parts.log.append(alerts_topic(), [NewRecord("C-17", b"{}")], timeout=4)
        taken_in(parts)
    kept = len(listed(vigia))
    recreate(events_topic())
    recreate(alerts_topic())
    assert "start over with `vigia replay`" in vigia("evaluate").err
    told = vigia("replay", *words).out
    assert "again: 1\n" in told
    assert "alerts that are read from their earliest record: 1\n" in told
    assert next_offset(tmp_path) == 5
    with open_parts(load_settings()) as parts:
        taken_in(parts)
    assert len(listed(vigia)) == kept + 10  # at places where others were quarantined before


def test_what_can_be_taken_now_is_taken_on_retry(
    vigia: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = NewRecord("ana", json.dumps(SOON).encode(), (("trace", b"\x00\xff"),))
    vigia("migrate")
    with open_parts(load_settings()) as parts:
        parts.log.append(events_topic(), [early], timeout=4)
        catch_up(parts, lambda _done: None)
    (row,) = listed(vigia)
    assert row["reason"] == "future"
    monkeypatch.setenv("VIGIA_NOW", "2026-03-10T06:00:00Z")
    assert vigia("quarantine", "retry", str(row["id"])).out == "sent again: 1\n"
    assert listed(vigia) == []
    assert "last event 2026-03-09 10:00" in vigia("feed", "list").out
    with open_parts(load_settings()) as parts:
        reader = parts.log.reader(
            events_topic(), "passing:test", StoredPositions(parts.database, "")
        )
        (batch,) = reader.poll(max_records=10, timeout=0)
    first, second = batch.records
    assert (second.key, second.value, second.headers) == (first.key, first.value, first.headers)


def test_each_record_is_sent_again_to_the_topic_it_came_from(
    vigia: Command, tmp_path: Path
) -> None:
    imported(vigia, tmp_path)
    imported(vigia, tmp_path, SALES.replace("3.50", "4.50"))
    # An announcement that an older notifier could not read.
    announced = write_alert_event(alert_event("opened", "C-1", AT, data()))
    headers = (("content-type", b"application/cloudevents+json"),)
    kept = quarantine.Rejected(
        "invalid", "", announced, b"C-1", headers, topic=alerts_topic(), partition=0, offset=7
    )
    with open_parts(load_settings()) as parts:
        parts.database.run(lambda connection: quarantine.keep(connection, [kept], AT))
    assert [row["topic"] for row in listed(vigia)] == [events_topic(), alerts_topic()]
    end = next_offset(tmp_path)
    assert vigia("quarantine", "retry", "--all").out == "sent again: 2\n"
    assert next_offset(tmp_path) == end + 1  # the event, and nothing else
    assert [row["topic"] for row in listed(vigia)] == [events_topic()]  # a conflict once more
    with open_parts(load_settings()) as parts:
        positions = StoredPositions(parts.database, "")
        (batch,) = parts.log.reader(alerts_topic(), "passing:test", positions).poll(
            max_records=10, timeout=0
        )
        (record,) = batch.records
        assert (record.key, record.value, record.headers) == (b"C-1", announced, headers)
        taken_in(parts)
        with parts.database.read() as connection:
            assert delivery_list.listed(connection, state=None, alert="a_xyz", limit=9, before=None)


def test_what_still_cannot_be_taken_comes_back_and_can_be_dropped(
    vigia: Command, tmp_path: Path
) -> None:
    imported(vigia, tmp_path)
    imported(vigia, tmp_path, SALES.replace("3.50", "4.50"))
    (row,) = listed(vigia)
    assert "sent again: 1" in vigia("quarantine", "retry", "--all").out
    (again,) = listed(vigia)
    assert again["id"] > row["id"]
    assert vigia("quarantine", "drop", str(again["id"])).out == "dropped: 1\n"
    assert listed(vigia) == []
    assert json.loads(vigia("status", "--json").out)["quarantine"] == 0
    assert vigia("replay").code == 0
    assert listed(vigia) == []
    assert vigia("verify").code == 0


@pytest.mark.parametrize("words", [("retry",), ("drop",), ("drop", "1", "--all"), ("drop", "7")])
def test_nothing_is_retried_or_dropped_by_mistake(
    vigia: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    imported(vigia, tmp_path)
    imported(vigia, tmp_path, SALES.replace("3.50", "4.50"))
    ran = vigia("quarantine", *words)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert len(listed(vigia)) == 1
