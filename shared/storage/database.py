"""One database, SQLite or PostgreSQL: reading, writing, and the one writer lock of SQLite."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")
BUSY_SECONDS = 30.0
RETRIES = 5


class Database:
    """Transactions on one database. Safe to share between the threads of a process.

    On SQLite every write takes a lock of this process first: BEGIN IMMEDIATE alone lets a busy
    writer starve the others for seconds. Keep write transactions short.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.engine = create_engine(parsed, pool_size=20, max_overflow=20, pool_timeout=10)
        self.path = None
        self._writer: AbstractContextManager[Any] = nullcontext()
        if self.is_sqlite:
            self.path = Path(parsed.database or "")
            self._writer = threading.RLock()
            _prepare_sqlite(self.engine)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the data; nothing can be written through it by mistake."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction: committed at the end, rolled back when anything is raised."""
        with self._writer, self.engine.connect() as connection:
            writing = connection.execution_options(vigia_write=True)
            with writing.begin():
                yield writing

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
    state = getattr(error.orig, "sqlstate", None)
    if state in {"40001", "40P01", "55P03"}:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)


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
        writing = connection.get_execution_options().get("vigia_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
