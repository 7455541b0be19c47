"""What a log must offer to be put through the conformance suite."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from shared.eventlog.port import EventLog, LogReader, NewRecord, Place
from shared.storage.database import Database
from shared.storage.positions import Position, StoredPositions, advance

PATIENCE = 30.0  # seconds after which a test gives up, never a measure
A_MOMENT = 0.1  # seconds in which something that may not happen would have happened
TIMEOUT = 4.0  # seconds an append may take


def until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until it comes about; fails when it never does."""
    give_up = time.monotonic() + patience
    while not condition():
        if time.monotonic() > give_up:
            raise AssertionError("it never came about")
        time.sleep(0.01)


def slowly(connection: Connection, during: Callable[[], object]) -> None:
    """A statement of SQLite, which does not end before `during` returns."""
    driver: Any = connection.connection.driver_connection
    driver.create_function("slowly", 0, lambda: str(during()))
    connection.exec_driver_sql("SELECT slowly()")


class Nowhere:
    """The positions of a group that never stored one."""

    def read(self, topic: str) -> Mapping[int, Position]:
        return {}


@dataclass
class Rig:
    """A log of some kind, two processes' views of it, and ways to hurt it."""

    log: EventLog
    other: EventLog  # the same log, as another process has it
    database: Database  # where positions are stored
    go_down: Callable[[], None]  # appends fail from now on
    come_back: Callable[[], None]
    recreate: Callable[[str], None]  # the topic is dropped and made again, empty
    cut: Callable[[str, Place], None]  # records before a place are deleted

    def reader(self, topic: str, group: str, log: EventLog | None = None) -> LogReader:
        return (log or self.log).reader(topic, group, StoredPositions(self.database, group))

    def unread(self, topic: str, group: str) -> int:
        found = self.log.unread(topic, StoredPositions(self.database, group))
        return sum(one.records for one in found.values())

    def misplaced(self, topic: str, group: str) -> set[int]:
        return self.log.misplaced(topic, StoredPositions(self.database, group))

    def append(self, topic: str, *values: str, key: str = "k") -> list[Place]:
        records = [NewRecord(key, value.encode()) for value in values]
        return self.log.append(topic, records, timeout=TIMEOUT)

    def read(self, reader: LogReader, group: str, count: int, *, store: bool = True) -> list[str]:
        """The next `count` values; their position is stored unless `store` is off."""
        values: list[str] = []
        for _ in range(int(PATIENCE / 0.2)):
            for batch in reader.poll(max_records=count - len(values), timeout=0.2):
                values += [record.value.decode() for record in batch.records]
                if store:
                    with self.database.write() as connection:
                        advance(
                            connection,
                            group=group,
                            topic=batch.topic,
                            partition=batch.partition,
                            start=batch.start,
                            end=batch.end,
                        )
            if len(values) >= count:
                break
        return values
