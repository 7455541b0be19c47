"""One database, SQLite or PostgreSQL: reading, writing, and the one writer lock of SQLite."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from shared.ops.errors import ConfigurationError, DatabaseBusy
from shared.storage import postgresql, sqlite
from shared.storage.postgresql import LIMITS, Limits
from shared.storage.sqlite import BUSY_SECONDS
from shared.storage.turns import Turns

T = TypeVar("T")
RETRIES = 5
BUSY = "the database is busy with other writes; repeat in a while"
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_PATIENCE = text("SET LOCAL idle_in_transaction_session_timeout = '10min'")


class Database:
    """Transactions on one database. Safe to share between the threads of a process.

    On SQLite the threads of this process write in turns, in the order they asked: BEGIN
    IMMEDIATE alone lets a busy writer starve the others for seconds. Keep write transactions
    short.

    On PostgreSQL `role` and the process id name the sessions, and `limits` end those that hold
    up others. Raises ConfigurationError for an address of anything else.
    """

    def __init__(self, url: str, *, role: str = "vigia", limits: Limits = LIMITS) -> None:
        parsed = _address(url)
        is_sqlite = parsed.get_backend_name() == "sqlite"
        self.engine = (
            sqlite.engine(parsed) if is_sqlite else postgresql.engine(parsed, role, limits)
        )
        self.path = Path(parsed.database or "") if is_sqlite else None
        self.turns = Turns() if is_sqlite else None
        self._reading: dict[str, Any] = {}
        if not is_sqlite:
            self._reading = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self, *, patient: bool = False) -> Iterator[Connection]:
        """One consistent view of the data; a write through it is refused.

        `patient`: for work that computes for long between statements. Nobody waits for a reader,
        so PostgreSQL may bear with its silence.
        """
        with self.engine.connect() as connection:
            reading = connection.execution_options(**self._reading)
            with reading.begin():
                if patient and not self.is_sqlite:
                    reading.execute(_PATIENCE)
                yield reading

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Reading where each statement sees the data of its own moment. Never write through it.

        On PostgreSQL that spares a short look the two questions which begin and end a view; there
        a write would be committed at once.
        """
        if self.is_sqlite:
            with self.read() as connection:
                yield connection
            return
        with self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def write(
        self, *, wait: float = BUSY_SECONDS, forgettable: bool = False
    ) -> Iterator[Connection]:
        """One write transaction: committed at the end, rolled back when anything is raised.

        `forgettable`: PostgreSQL need not have it on its disk before others may see it. A server
        that crashes may forget such commits, the newest ones and within a second; never one
        while it keeps a later one. Only for what would then be done again by itself.

        On SQLite it waits up to `wait` seconds for the threads of this process, and as long
        again for other processes, then raises DatabaseBusy.
        """
        try:
            with self._turn(wait), self.engine.connect() as connection:
                writing = connection.execution_options(vigia_write=True, vigia_wait=wait)
                with writing.begin():
                    if forgettable and not self.is_sqlite:
                        postgresql.begin_forgettable(writing)
                    yield writing
        except OperationalError as error:
            if sqlite.is_busy(error.orig):
                raise DatabaseBusy(BUSY) from None
            raise

    @contextmanager
    def _turn(self, wait: float) -> Iterator[None]:
        if self.turns is None:
            yield
            return
        if not self.turns.acquire(wait):
            raise DatabaseBusy(BUSY)
        try:
            yield
        finally:
            self.turns.release()

    def run(self, work: Callable[[Connection], T], *, forgettable: bool = False) -> T:
        """`work` in a write transaction, again when the database says it lost a race.

        Only serialization failures, deadlocks, lock timeouts and lost connections are retried;
        `work` must not have effects outside of the transaction. `forgettable` as for `write`.
        """
        for attempt in range(RETRIES):
            try:
                with self.write(forgettable=forgettable) as connection:
                    return work(connection)
            except DBAPIError as error:
                if attempt == RETRIES - 1 or not _lost_a_race(error):
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        self.engine.dispose()


def _lost_a_race(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    return getattr(error.orig, "sqlstate", None) in {"40001", "40P01", "55P03"}


def _address(url: str) -> URL:
    try:
        parsed = make_url(url)
        if parsed.drivername in _POSTGRESQL:
            parsed = parsed.set(drivername="postgresql+psycopg")
        parsed.get_dialect()
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ConfigurationError(
            "VIGIA_DATABASE_URL is no address of a database; write it as "
            "postgresql://USER:PASSWORD@HOST/NAME, or leave it empty for SQLite"
        )
    return parsed
