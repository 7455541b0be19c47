"""The logs under test. Another implementation joins as one more parameter of `rig`."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from shared.eventlog.port import Place
from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.wakeup import LocalWakeup
from shared.storage.database import Database
from tests.eventlog.builders import Rig


@pytest.fixture(params=["table"])
def rig(request: pytest.FixtureRequest) -> Rig:
    found: Rig = request.getfixturevalue(f"{request.param}_rig")
    return found


@pytest.fixture
def table_rig(database: Database, clock: SimulatedClock, wakeup: LocalWakeup) -> Iterator[Rig]:
    other_process = Database(f"sqlite:///{database.path}")
    blocker = sqlite3.connect(str(database.path), isolation_level=None)

    def run(*statements: str) -> None:
        with database.write() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def cut(topic: str, place: Place) -> None:
        run(f"DELETE FROM log_record WHERE topic = '{topic}' AND \"offset\" < {place.offset}")

    def block(statement: str) -> None:
        blocker.execute(statement)

    with closing(blocker):
        yield Rig(
            log=TableLog(database, clock, wakeup, owner="one"),
            other=TableLog(other_process, clock, LocalWakeup(), owner="two"),
            database=database,
            go_down=lambda: block("BEGIN IMMEDIATE"),
            come_back=lambda: block("ROLLBACK"),
            recreate=lambda topic: run(
                f"DELETE FROM log_record WHERE topic = '{topic}'",
                f"DELETE FROM log_topic WHERE name = '{topic}'",
            ),
            cut=cut,
        )
    other_process.close()
