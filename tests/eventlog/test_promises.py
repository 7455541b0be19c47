"""The conformance suite: what the port promises, asked of every log."""

import os
import threading
from datetime import datetime, timedelta

import pytest

from shared.eventlog.port import NewRecord
from shared.ops.clock import SystemClock
from shared.ops.errors import LogReplaced, LogUnavailable
from shared.storage.positions import Position, advance, move_back
from tests.eventlog.builders import PATIENCE, TIMEOUT, Rig

TOPIC = "vigia.test"


def test_every_record_has_its_own_place(rig: Rig) -> None:
    places = rig.append(TOPIC, "a", "b", "c")
    assert len(set(places)) == 3
    assert {place.topic for place in places} == {TOPIC}


def test_nothing_appended_is_nothing_done(rig: Rig) -> None:
    assert rig.log.append(TOPIC, [], timeout=TIMEOUT) == []
    assert sum(rig.log.ends(TOPIC).values()) == 0


def test_a_record_comes_back_as_it_was(rig: Rig) -> None:
    before = SystemClock().real() - timedelta(seconds=1)
    headers = (("content-type", b"text/plain"), ("ñ", bytes(range(256))), ("empty", b""))
    [place] = rig.log.append(TOPIC, [NewRecord("clé", b"\x00\xff", headers)], timeout=TIMEOUT)
    [batch] = rig.reader(TOPIC, "g").poll(max_records=10, timeout=PATIENCE)
    [record] = batch.records
    assert (record.place, record.key, record.value) == (place, "clé".encode(), b"\x00\xff")
    assert record.headers == headers
    assert before <= record.written_at <= SystemClock().real() + timedelta(seconds=1)


def test_records_of_a_key_keep_their_order_through_many_threads(rig: Rig) -> None:
    def write(key: str) -> None:
        for n in range(0, 40, 2):
            records = [NewRecord(key, f"{key}{n + k}".encode()) for k in range(2)]
            rig.log.append(TOPIC, records, timeout=PATIENCE)

    keys = ["a", "b", "c", "d"]
    threads = [threading.Thread(target=write, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    values = rig.read(rig.reader(TOPIC, "g"), "g", 160)
    for key in keys:
        assert [value for value in values if value[0] == key] == [f"{key}{n}" for n in range(40)]


def test_records_of_a_megabyte(rig: Rig) -> None:
    large = os.urandom(1_000_000)
    rig.log.append(TOPIC, [NewRecord("k", large), NewRecord("k", large[::-1])], timeout=PATIENCE)
    reader = rig.reader(TOPIC, "g")
    found: list[bytes] = []
    while len(found) < 2:
        for batch in reader.poll(max_records=10, timeout=PATIENCE):
            found += [record.value for record in batch.records]
    assert found == [large, large[::-1]]


def test_groups_read_independently(rig: Rig) -> None:
    rig.append(TOPIC, "a", "b")
    assert rig.read(rig.reader(TOPIC, "g"), "g", 2) == ["a", "b"]
    assert rig.read(rig.reader(TOPIC, "h"), "h", 2) == ["a", "b"]


def test_topics_are_apart(rig: Rig) -> None:
    rig.append(TOPIC, "a")
    rig.append("vigia.other", "b")
    assert rig.read(rig.reader("vigia.other", "g"), "g", 1) == ["b"]


def test_a_reader_without_position_begins_at_the_earliest_record(rig: Rig) -> None:
    places = rig.append(TOPIC, "a", "b", "c")
    rig.cut(TOPIC, places[1])
    [batch] = rig.reader(TOPIC, "g").poll(max_records=10, timeout=PATIENCE)
    assert batch.start is None
    assert [record.value for record in batch.records] == [b"b", b"c"]


def test_reading_goes_on_at_the_stored_position(rig: Rig) -> None:
    rig.append(TOPIC, "a", "b", "c", "d")
    first = rig.reader(TOPIC, "g")
    assert rig.read(first, "g", 2) == ["a", "b"]
    assert rig.read(first, "g", 1, store=False) == ["c"]
    first.close()
    assert rig.read(rig.reader(TOPIC, "g"), "g", 2) == ["c", "d"]


def test_rewind_returns_to_the_stored_position(rig: Rig) -> None:
    rig.append(TOPIC, "a", "b")
    reader = rig.reader(TOPIC, "g")
    assert rig.read(reader, "g", 2, store=False) == ["a", "b"]
    reader.rewind()
    assert rig.read(reader, "g", 2) == ["a", "b"]


def test_a_poll_ends_when_nothing_comes(rig: Rig) -> None:
    assert rig.reader(TOPIC, "g").poll(max_records=10, timeout=0.01) == []


def test_a_waiting_poll_hears_of_an_append(rig: Rig) -> None:
    reader = rig.reader(TOPIC, "g")
    appender = threading.Thread(target=rig.append, args=(TOPIC, "a"))
    appender.start()
    assert rig.read(reader, "g", 1) == ["a"]
    appender.join(PATIENCE)


def test_a_second_reader_of_a_group_waits_and_takes_over(rig: Rig) -> None:
    rig.append(TOPIC, "a", "b")
    first, second = rig.reader(TOPIC, "g"), rig.reader(TOPIC, "g", rig.other)
    assert rig.read(first, "g", 1) == ["a"]
    assert second.poll(max_records=10, timeout=0.01) == []
    first.close()
    assert rig.read(second, "g", 1) == ["b"]
    second.close()


def test_what_is_unread_is_counted_from_the_stored_position(rig: Rig) -> None:
    reader = rig.reader(TOPIC, "g")
    assert rig.unread(TOPIC, "g") == 0
    rig.append(TOPIC, "a", "b", "c")
    assert rig.unread(TOPIC, "g") == 3
    rig.read(reader, "g", 2, store=False)
    assert rig.unread(TOPIC, "g") == 3
    reader.rewind()
    rig.read(reader, "g", 2)
    assert rig.unread(TOPIC, "g") == 1


def test_the_oldest_unread_record_tells_when_it_was_written(rig: Rig) -> None:
    first, second = rig.append(TOPIC, "a")[0], rig.append(TOPIC, "b")[0]
    seen: dict[int, datetime] = {}
    for batch in rig.reader(TOPIC, "g").poll(max_records=10, timeout=PATIENCE):
        seen |= {record.place.offset: record.written_at for record in batch.records}
    for place in (first, second):
        written = rig.log.written(TOPIC, {place.partition: place.offset})
        assert written == {place.partition: seen[place.offset]}
    assert rig.log.written(TOPIC, {second.partition: second.offset + 1}) == {}


def test_reading_ahead_reads_no_position(rig: Rig) -> None:
    """What it returned before may be folded just now, so the stored positions lag behind it."""
    rig.append(TOPIC, "a", "b")
    reader = rig.reader(TOPIC, "g")
    assert rig.read(reader, "g", 1, store=False) == ["a"]
    reader.rewind()
    assert reader.poll(max_records=10, timeout=PATIENCE, ahead=True) == []
    assert rig.read(reader, "g", 1) == ["a"]
    (batch,) = reader.poll(max_records=10, timeout=PATIENCE, ahead=True)
    assert [record.value for record in batch.records] == [b"b"]


def test_ends_are_behind_the_newest_record(rig: Rig) -> None:
    place = rig.append(TOPIC, "a", "b")[-1]
    assert rig.log.ends(TOPIC)[place.partition] == place.offset + 1


def test_a_log_that_is_down_says_so_within_the_timeout(rig: Rig) -> None:
    rig.append(TOPIC, "before")
    rig.go_down()
    with pytest.raises(LogUnavailable) as caught:
        rig.log.append(TOPIC, [NewRecord("secret-key", b"secret-value")], timeout=0.2)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert rig.log.check() is not None
    rig.come_back()
    assert rig.log.check() is None
    assert rig.append(TOPIC, "after")


def test_a_recreated_topic_is_not_read_from_the_middle(rig: Rig) -> None:
    rig.append(TOPIC, "a", "b")
    reader = rig.reader(TOPIC, "g")
    assert rig.read(reader, "g", 1) == ["a"]
    rig.recreate(TOPIC)
    rig.append(TOPIC, "x", "y", "z")
    reader.rewind()
    with pytest.raises(LogReplaced):
        rig.read(reader, "g", 1)
    with pytest.raises(LogReplaced):  # and again: asking twice does not make it right
        rig.read(reader, "g", 1)


def test_a_topic_that_is_gone_is_not_an_empty_one(rig: Rig) -> None:
    rig.append(TOPIC, "a")
    reader = rig.reader(TOPIC, "g")
    rig.read(reader, "g", 1)
    rig.recreate(TOPIC)
    with pytest.raises(LogReplaced):
        rig.read(reader, "g", 1)


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_position_below_the_earliest_record_is_not_skipped(rig: Rig, beyond: int) -> None:
    last = rig.append(TOPIC, "a", "b", "c")[-1]
    reader = rig.reader(TOPIC, "g")
    assert rig.read(reader, "g", 1) == ["a"]
    rig.cut(TOPIC, last._replace(offset=last.offset + beyond))
    reader.rewind()  # a reader may have fetched ahead; what it holds is not skipped
    with pytest.raises(LogReplaced):
        rig.read(reader, "g", 1)


def test_where_no_reader_can_go_on_is_told_and_a_new_start_mends_it(rig: Rig) -> None:
    place = rig.append(TOPIC, "a", "b", "c")[-1]
    reader = rig.reader(TOPIC, "g")
    assert rig.read(reader, "g", 1) == ["a"]
    assert rig.misplaced(TOPIC, "g") == set()
    gone = Position(5, "an earlier topic")  # which had more partitions
    with rig.database.write() as connection:
        advance(connection, group="g", topic=TOPIC, partition=99, start=None, end=gone)
    assert rig.misplaced(TOPIC, "g") == {99}
    rig.cut(TOPIC, place)
    assert rig.misplaced(TOPIC, "g") == {place.partition, 99}
    forget_misplaced(rig)
    reader.rewind()
    assert rig.read(reader, "g", 1) == ["c"]
    assert rig.misplaced(TOPIC, "g") == set()
    rig.recreate(TOPIC)
    assert rig.misplaced(TOPIC, "g") == {place.partition}
    rig.append(TOPIC, *"vwxyz")  # an earlier position might lie among them
    assert rig.misplaced(TOPIC, "g") == {place.partition}
    forget_misplaced(rig)
    reader.rewind()
    assert rig.read(reader, "g", 5) == list("vwxyz")


def forget_misplaced(rig: Rig) -> None:
    """As `vigia replay` does."""
    targets = dict.fromkeys(rig.misplaced(TOPIC, "g"))
    rig.database.run(lambda connection: move_back(connection, "g", TOPIC, targets))
