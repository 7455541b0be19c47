"""What only the table log does: adjacent offsets, shared commits, pruning, its lease."""

import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import Mock

import pytest
from sqlalchemy import event, func, select, update

from shared.eventlog import table_rows
from shared.eventlog.port import NewRecord, Position
from shared.eventlog.table import KEPT, PRUNE_RECORDS, TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.errors import ConfigurationError, LogUnavailable
from shared.ops.wakeup import LocalWakeup
from shared.storage.database import Database
from shared.storage.positions import StoredPositions, advance
from shared.storage.tables import lease, log_record, log_topic
from tests.eventlog.builders import PATIENCE, until

TOPIC = "vigia.test"


def records(*values: str) -> list[NewRecord]:
    return [NewRecord("k", value.encode()) for value in values]


def move(database: Database, group: str, offset: int, topic: str = TOPIC) -> None:
    stored = StoredPositions(database, group).read(topic).get(0)
    with database.write() as connection:
        topic_id = connection.execute(
            select(log_topic.c.topic_id).where(log_topic.c.name == topic)
        ).scalar_one()
        end = Position(offset, topic_id)
        advance(connection, group=group, topic=topic, partition=0, start=stored, end=end)


def test_offsets_of_a_topic_are_adjacent(log: TableLog) -> None:
    first = log.append(TOPIC, records("a", "b"), timeout=1)
    log.append("vigia.other", records("x"), timeout=1)
    second = log.append(TOPIC, records("c"), timeout=1)
    assert [place.offset for place in first + second] == [0, 1, 2]


def test_postgresql_is_refused(clock: SimulatedClock, wakeup: LocalWakeup) -> None:
    database = cast("Database", SimpleNamespace(is_sqlite=False))
    with pytest.raises(ConfigurationError, match="VIGIA_KAFKA_BOOTSTRAP"):
        TableLog(database, clock, wakeup, owner="one")


def test_an_append_rings_the_topic_s_bell(log: TableLog, wakeup: LocalWakeup) -> None:
    log.append(TOPIC, records("a"), timeout=1)
    assert wakeup.wait(f"log:{TOPIC}", 0)


def test_appends_that_wait_together_share_one_commit(database: Database, log: TableLog) -> None:
    commits = Mock()
    places: dict[str, list[int]] = {}

    def write(value: str) -> None:
        found = log.append(TOPIC, records(value, value), timeout=PATIENCE)
        places[value] = [place.offset for place in found]

    threads = [threading.Thread(target=write, args=(value,)) for value in "abcde"]
    with database.write():
        for thread in threads:
            thread.start()
        until(lambda: log.waiting == 5)
        event.listen(database.engine, "commit", commits)
    for thread in threads:
        thread.join(PATIENCE)
    event.remove(database.engine, "commit", commits)
    assert commits.call_count == 2  # ours, which held them up, and theirs
    assert sorted(offset for pair in places.values() for offset in pair) == list(range(10))
    assert all(second == first + 1 for first, second in places.values())


def test_who_gives_up_waiting_holds_up_nobody(database: Database, log: TableLog) -> None:
    failed: list[str] = []

    def write(value: str, timeout: float) -> None:
        try:
            log.append(TOPIC, records(value), timeout=timeout)
        except LogUnavailable:
            failed.append(value)

    hasty = [threading.Thread(target=write, args=(value, 0.05)) for value in "ab"]
    patient = threading.Thread(target=write, args=("c", PATIENCE))
    with database.write():
        for thread in [*hasty, patient]:
            thread.start()
        for thread in hasty:
            thread.join(PATIENCE)
        assert sorted(failed) == ["a", "b"]
        assert log.waiting == 1
    patient.join(PATIENCE)
    assert sorted(failed) == ["a", "b"]
    assert log.ends(TOPIC) == {0: 1}


def test_a_full_disk_fails_every_append_and_then_none(database: Database, log: TableLog) -> None:
    log.append(TOPIC, records("a"), timeout=1)
    with database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(LogUnavailable, match="disk is full"):
        log.append(TOPIC, [NewRecord("k", bytes(100_000))], timeout=1)
    assert log.ends(TOPIC) == {0: 1}
    with database.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    assert log.append(TOPIC, [NewRecord("k", bytes(100_000))], timeout=1)[0].offset == 1


def test_a_file_that_is_read_only(
    database: Database, clock: SimulatedClock, wakeup: LocalWakeup
) -> None:
    readonly = Database(f"sqlite:///file:{database.path}?mode=ro&uri=true")
    log = TableLog(readonly, clock, wakeup, owner="one")
    with pytest.raises(LogUnavailable, match="read-only"):
        log.append(TOPIC, records("a"), timeout=1)
    assert "read-only" in str(log.check())
    readonly.close()


def test_a_file_that_is_damaged(tmp_path: Path, clock: SimulatedClock, wakeup: LocalWakeup) -> None:
    (tmp_path / "damaged.db").write_bytes(b"not a database" * 1000)
    damaged = Database(f"sqlite:///{tmp_path}/damaged.db")
    with pytest.raises(LogUnavailable, match="damaged"):
        TableLog(damaged, clock, wakeup, owner="one").append(TOPIC, records("a"), timeout=1)
    damaged.close()


def test_a_nearly_full_disk_is_told_before_an_append_fails(
    log: TableLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=1000))
    assert "nearly full" in str(log.check())


def test_a_batch_is_bounded_in_bytes(
    database: Database, log: TableLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_rows, "LARGEST_BATCH_BYTES", 1000)
    log.append(TOPIC, [NewRecord("k", bytes(600)) for _ in range(5)], timeout=1)
    reader = log.reader(TOPIC, "g", StoredPositions(database, "g"))
    sizes = [len(reader.poll(max_records=10, timeout=0)[0].records) for _ in range(3)]
    assert sizes == [2, 2, 1]


def test_who_holds_the_lease_too_long_without_polling_loses_it(
    database: Database, log: TableLog
) -> None:
    log.append(TOPIC, records("a", "b"), timeout=1)
    first = log.reader(TOPIC, "g", StoredPositions(database, "g"))
    second = log.reader(TOPIC, "g", StoredPositions(database, "g"))
    assert first.poll(max_records=1, timeout=0)
    assert second.poll(max_records=1, timeout=0) == []
    with database.write() as connection:
        connection.execute(update(lease).values(until=0))
    assert second.poll(max_records=1, timeout=0)[0].records[0].value == b"a"
    cast("Any", first)._renew_at = 0.0  # as if its renewal had come due
    assert first.poll(max_records=1, timeout=0) == []
    second.close()
    [batch] = first.poll(max_records=1, timeout=0)
    assert batch.records[0].value == b"a"  # nobody stored a position: it begins anew


def test_a_reader_keeps_its_lease_by_polling(database: Database, log: TableLog) -> None:
    reader = log.reader(TOPIC, "g", StoredPositions(database, "g"))
    reader.poll(max_records=1, timeout=0)
    with database.write() as connection:
        connection.execute(update(lease).values(until=1))
    cast("Any", reader)._renew_at = 0.0
    reader.poll(max_records=1, timeout=0)
    with database.read() as connection:
        assert connection.execute(select(lease.c.until)).scalar_one() > 1


def test_pruning_deletes_what_is_old_and_passed_by_every_group(
    database: Database, log: TableLog, clock: SimulatedClock
) -> None:
    log.append(TOPIC, records("a", "b", "c"), timeout=1)
    move(database, "g", 2)
    move(database, "h", 1)
    later = clock.real() + KEPT + timedelta(minutes=1)
    assert log.prune(clock.real()) == 0
    assert log.prune(later) == 1
    move(database, "h", 3)
    assert log.prune(later) == 1
    reader = log.reader(TOPIC, "g", StoredPositions(database, "g"))
    assert [r.value for r in reader.poll(max_records=9, timeout=0)[0].records] == [b"c"]


def test_pruning_waits_for_a_group_without_position(
    database: Database, log: TableLog, clock: SimulatedClock
) -> None:
    log.append(TOPIC, records("a"), timeout=1)
    later = clock.real() + KEPT + timedelta(minutes=1)
    assert log.prune(later) == 0  # nobody has read anything
    move(database, "g", 1)
    log.reader(TOPIC, "new:group", StoredPositions(database, "new:group")).poll(
        max_records=1, timeout=0
    )
    assert log.prune(later) == 0
    move(database, "new:group", 1)
    assert log.prune(later) == 1


def test_pruning_goes_on_in_short_transactions_and_keeps_the_offsets(
    database: Database, log: TableLog, clock: SimulatedClock
) -> None:
    count = PRUNE_RECORDS * 2 + 10
    log.append(TOPIC, records(*["a"] * count), timeout=PATIENCE)
    move(database, "g", count)
    assert log.prune(clock.real() + KEPT + timedelta(minutes=1)) == count
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(log_record)).scalar() == 0
    assert log.append(TOPIC, records("b"), timeout=1)[0].offset == count
    reader = log.reader(TOPIC, "g", StoredPositions(database, "g"))
    assert reader.poll(max_records=9, timeout=0)[0].records[0].value == b"b"
