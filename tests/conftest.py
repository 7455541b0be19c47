"""What every room's tests start from: a migrated database, a clock that stands, bells, a log."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.wakeup import LocalWakeup
from shared.storage.database import Database
from shared.storage.schema import migrate
from tests.browser.fixtures import browser
from tests.kafka.fixtures import kafka_admin, kafka_broker, kafka_topics, with_broker
from tests.postgres.server import Server, running

__all__ = ["browser", "kafka_admin", "kafka_broker", "kafka_topics"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-golden",
        action="store_true",
        help="write what is said now into the golden files, to be read in the diff",
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """One of the processes that share the tests starts the broker, and one a module's browser."""
    needs = getattr(item, "fixturenames", ())
    if "kafka_broker" in needs:
        item.add_marker(with_broker)
    elif "browser" in needs:
        item.add_marker(pytest.mark.xdist_group(f"browser of {item.nodeid.partition('::')[0]}"))


START = datetime(2026, 3, 2, 6, tzinfo=UTC)  # a Monday


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied and never opened."""
    path = tmp_path_factory.mktemp("migrated") / "vigia.db"
    database = Database(f"sqlite:///{path}")
    migrate(database, zone="UTC", first_weekday=0, at=START)
    database.close()
    return path


@pytest.fixture
def sqlite_database(migrated_file: Path, tmp_path: Path) -> Iterator[Database]:
    """A SQLite file of this test's own: zone UTC, weeks from Monday, no rows."""
    path = tmp_path / "vigia.db"
    shutil.copy(migrated_file, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, started when the first test asks for it."""
    with running() as server:
        yield server


@pytest.fixture
def postgres_database(postgres: Server) -> Iterator[Database]:
    """A PostgreSQL database as new, as `sqlite_database` is."""
    with postgres.emptied() as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    """A SQLite database, and a PostgreSQL too where a test asks for both kinds."""
    kind = getattr(request, "param", "sqlite")
    found: Database = request.getfixturevalue(f"{kind}_database")
    return found


@pytest.fixture
def clock() -> SimulatedClock:
    """Business time stands at Monday 2026-03-02 06:00 UTC until the test moves it."""
    return SimulatedClock(START)


@pytest.fixture
def wakeup() -> LocalWakeup:
    return LocalWakeup()


@pytest.fixture
def log(
    sqlite_database: Database, clock: SimulatedClock, wakeup: LocalWakeup
) -> Iterator[TableLog]:
    """A log in the test's SQLite database, whichever database the test has else."""
    log = TableLog(sqlite_database, clock, wakeup, owner="test")
    yield log
    log.close()
