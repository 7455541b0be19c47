"""One database, SQLite or PostgreSQL: reading, writing, and the one writer lock of SQLite."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from shared.ops.errors import ConfigurationError, DatabaseBusy
from shared.storage import postgresql
from shared.storage.postgresql import LIMITS, Limits
from shared.storage.turns import Turns

T = TypeVar("T")
BUSY_SECONDS = 30.0
RETRIES = 5
_PAUSE = 0.05
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
        self.engine = _sqlite(parsed) if is_sqlite else postgresql.engine(parsed, role, limits)
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
    def write(self, *, wait: float = BUSY_SECONDS) -> Iterator[Connection]:
        """One write transaction: committed at the end, rolled back when anything is raised.

        On SQLite it waits up to `wait` seconds for the threads of this process, and as long
        again for other processes, then raises DatabaseBusy.
        """
        try:
            with self._turn(wait), self.engine.connect() as connection:
                writing = connection.execution_options(vigia_write=True, vigia_wait=wait)
                with writing.begin():
                    yield writing
        except OperationalError as error:
            if _is_busy(error):
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

    def run(self, work: Callable[[Connection], T]) -> T:
        """`work` in a write transaction, again when the database says it lost a race.

        Only serialization failures, deadlocks, lock timeouts and lost connections are retried;
        `work` must not have effects outside of the transaction.
        """
        for attempt in range(RETRIES):
            try:
                with self.write() as connection:
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


def _is_busy(error: OperationalError) -> bool:
    code: int = getattr(error.orig, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_BUSY  # the upper bits say why


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


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, pool_size=20, max_overflow=20, pool_timeout=4, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin and end where we say
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={int(BUSY_SECONDS * 1000)}",
            "synchronous=FULL",  # a commit is on the disk, not in a cache
            "foreign_keys=ON",
            "secure_delete=ON",  # an erased customer leaves no bytes behind
            "temp_store=MEMORY",
            "cache_size=-32768",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        _use_wal(cursor)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        writing = options.get("vigia_write", False)
        wait = options.get("vigia_wait", BUSY_SECONDS)
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA query_only={0 if writing else 1}")
        cursor.execute(f"PRAGMA busy_timeout={int(wait * 1000)}")
        cursor.close()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _use_wal(cursor: Any) -> None:
    """Two processes that open a new file at once: SQLite lets neither wait for the other here."""
    tries = int(BUSY_SECONDS / _PAUSE)
    for left in reversed(range(tries)):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not left or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_PAUSE)
        else:
            return
