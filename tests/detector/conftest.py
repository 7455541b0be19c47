"""What the detector's tests share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.wakeup import LocalWakeup
from shared.storage.database import Database
from tests.detector.portfolios import House
from tests.detector.town import Town, settle
from tests.postgres.server import Server, migrated


@pytest.fixture
def house(database: Database, clock: SimulatedClock, wakeup: LocalWakeup, log: TableLog) -> House:
    """A company without customers on Monday 2026-03-02, 06:00 UTC."""
    return House(database, clock, wakeup, log)


@pytest.fixture(scope="session")
def settled_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town that has traded for forty weeks, to be copied and never opened."""
    path = tmp_path_factory.mktemp("town") / "vigia.db"
    shutil.copy(migrated_file, path)
    database = Database(f"sqlite:///{path}")
    settle(database)
    database.close()
    return path


@pytest.fixture
def sqlite_town(settled_file: Path, tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "town.db"
    shutil.copy(settled_file, path)
    yield f"sqlite:///{path}"


@pytest.fixture
def postgres_town(postgres: Server) -> Iterator[str]:
    with postgres.fresh(migrated_and_settled) as url:
        yield url


def migrated_and_settled(database: Database) -> None:
    migrated(database)
    settle(database)


@pytest.fixture
def town(
    request: pytest.FixtureRequest, clock: SimulatedClock, wakeup: LocalWakeup
) -> Iterator[Town]:
    """That town on Monday 2026-03-02, 06:00 UTC, with a judge and nobody judged yet.

    In a SQLite database, and a PostgreSQL too where a test asks for both kinds.
    """
    kind = getattr(request, "param", "sqlite")
    database = Database(request.getfixturevalue(f"{kind}_town"))
    yield Town(database, clock, wakeup)
    database.close()
