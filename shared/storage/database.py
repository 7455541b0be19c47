"""One database, SQLite or PostgreSQL: reading, writing, and the one writer lock of SQLite."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from shared.ops.errors import DatabaseBusy
from shared.storage.turns import Turns

T = TypeVar("T")
BUSY_SECONDS = 30.0
RETRIES = 5
BUSY = "the database is busy with other writes; repeat in a while"


class Database:
    """Transactions on one database. Safe to share between the threads of a process.

    On SQLite the threads of this process write in turns, in the order they asked: BEGIN
    IMMEDIATE alone lets a busy writer starve the others for seconds. Keep write transactions
    short.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.engine = create_engine(parsed, pool_size=20, max_overflow=20, pool_timeout=4)
        self.path = Path(parsed.database or "") if self.is_sqlite else None
        self.turns = Turns() if self.is_sqlite else None
        self._reading: dict[str, Any] = {}
        if self.is_sqlite:
            _prepare_sqlite(self.engine)
        else:
            self._reading = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the data; a write through it is refused."""
        with self.engine.connect() as connection:
            reading = connection.execution_options(**self._reading)
            with reading.begin():
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


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin and end where we say
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={int(BUSY_SECONDS * 1000)}",
            "journal_mode=WAL",
            "synchronous=FULL",  # a commit is on the disk, not in a cache
            "foreign_keys=ON",
            "secure_delete=ON",  # an erased customer leaves no bytes behind
            "temp_store=MEMORY",
            "cache_size=-32768",
        ):
            cursor.execute(f"PRAGMA {pragma}")
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
