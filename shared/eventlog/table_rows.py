"""The statements of the table log, on the driver's level: this is the path of every record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import Connection

from shared.eventlog.port import PASSING, NewRecord, Place, Record
from shared.storage.headers import pack_headers, unpack_headers
from shared.storage.tables.types import instant_text

PARTITION = 0
LARGEST_BATCH_BYTES = 16 * 2**20
_TAKE_OFFSETS = """
    INSERT INTO log_topic (name, topic_id, next_offset) VALUES (?, lower(hex(randomblob(16))), ?)
    ON CONFLICT (name) DO UPDATE SET next_offset = next_offset + excluded.next_offset
    RETURNING next_offset
"""
_INSERT = """
    INSERT INTO log_record (topic, "offset", key, value, headers, written_at)
    VALUES (?, ?, ?, ?, ?, ?)
"""
_TOPIC = "SELECT topic_id, next_offset FROM log_topic WHERE name = ?"
_EARLIEST = 'SELECT MIN("offset") FROM log_record WHERE topic = ?'
_RECORDS = """
    SELECT "offset", key, value, headers, written_at FROM log_record
    WHERE topic = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?
"""
_WRITTEN_AT = """
    SELECT written_at FROM log_record WHERE topic = ? AND "offset" >= ? ORDER BY "offset" LIMIT 1
"""
_WRITTEN = """
    SELECT "offset", written_at FROM log_record WHERE topic = ? ORDER BY "offset" LIMIT ?
"""
_GROUPS = 'SELECT "group", next_offset FROM position WHERE topic = ?'
_READERS = "SELECT name FROM lease WHERE name >= 'reader:' AND name < 'reader;'"
_DELETE = 'DELETE FROM log_record WHERE topic = ? AND "offset" <= ?'


@dataclass(frozen=True, slots=True)
class Row:
    """A record as the table holds it, but for its place."""

    key: bytes
    value: bytes
    headers: bytes


def pack_record(record: NewRecord) -> Row:
    """The record, encoded."""
    return Row(record.key.encode(), record.value, pack_headers(record.headers))


def write_rows(connection: Connection, topic: str, rows: Sequence[Row], at: datetime) -> int:
    """Write the rows at the next offsets of `topic` and return the first offset."""
    end: int = connection.exec_driver_sql(_TAKE_OFFSETS, (topic, len(rows))).scalar_one()
    first = end - len(rows)
    written = instant_text(at)
    connection.exec_driver_sql(
        _INSERT,
        [(topic, n, row.key, row.value, row.headers, written) for n, row in enumerate(rows, first)],
    )
    return first


def probe_writing(connection: Connection) -> None:
    """Fail as an append would on a file that cannot be written; changes nothing."""
    connection.exec_driver_sql("UPDATE log_topic SET next_offset = 0 WHERE name IS NULL")


def topic_row(connection: Connection, topic: str) -> tuple[str, int]:
    """The topic's id and next offset; an empty id and 0 before its first record."""
    row = connection.exec_driver_sql(_TOPIC, (topic,)).one_or_none()
    return ("", 0) if row is None else (row[0], row[1])


def earliest(connection: Connection, topic: str, end: int) -> int:
    """The earliest offset still kept; `end`, the next offset, when none is."""
    found = connection.exec_driver_sql(_EARLIEST, (topic,)).scalar()
    return end if found is None else int(found)


def written_at(connection: Connection, topic: str, offset: int) -> datetime | None:
    """When the first record at or behind the offset was written; None where there is none."""
    found = connection.exec_driver_sql(_WRITTEN_AT, (topic, offset)).scalar()
    return None if found is None else datetime.fromisoformat(found)


def records_from(connection: Connection, topic: str, start: int, limit: int) -> list[Record]:
    """Up to `limit` records from offset `start`: fewer when they are large, but at least one."""
    result = connection.exec_driver_sql(_RECORDS, (topic, start, limit))
    rows = cast("Iterable[tuple[int, bytes | None, bytes, bytes, str]]", result.cursor)
    records: list[Record] = []
    size = 0
    written, moment = "", datetime.fromtimestamp(0, UTC)
    for offset, key, value, headers, at in rows:
        if at != written:  # records of one append share their instant
            written, moment = at, datetime.fromisoformat(at)
        place = Place(topic, PARTITION, offset)
        records.append(Record(place, key, value, unpack_headers(headers), moment))
        size += len(value)
        if size >= LARGEST_BATCH_BYTES:
            break
    return records


def prune_rows(connection: Connection, topic: str, before: datetime, limit: int) -> int:
    """Delete up to `limit` records written before `before` that every group has passed.

    A group that ever read the topic and has no position yet keeps everything.
    """
    passed = _passed_by_all(connection, topic)
    oldest = connection.exec_driver_sql(_WRITTEN, (topic, limit)).all()
    old = [offset for offset, at in oldest if at < instant_text(before) and offset < passed]
    if not old:
        return 0
    return connection.exec_driver_sql(_DELETE, (topic, old[-1])).rowcount


def _passed_by_all(connection: Connection, topic: str) -> int:
    rows = connection.exec_driver_sql(_GROUPS, (topic,))
    passed: dict[str, int] = {row.group: row.next_offset for row in rows}
    for (name,) in connection.exec_driver_sql(_READERS):
        group = name[len("reader:") : -len(topic) - 1]
        if name.endswith(f":{topic}") and not group.startswith(PASSING):
            passed.setdefault(group, 0)
    return min(passed.values(), default=0)
