"""How files of SQLite are opened, and how what is written to them is handed over."""

import sqlite3
import time
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 30.0
_PAUSE = 0.05

# Python's driver looks for an adapter of every value that is bytes or None, and not finding one
# takes it twice to four times as long as asking one that changes nothing. Neither of these two is
# written in Python, where another thread could come in between the values of a statement.
_NOTHING: dict[None, None] = {}
sqlite3.register_adapter(bytes, bytes)
sqlite3.register_adapter(type(None), _NOTHING.get)


def is_busy(error: BaseException | None) -> bool:
    """Whether SQLite raised it because of somebody else's write."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_BUSY  # the upper bits say why


def engine(url: URL) -> Engine:
    """Connections to the file at `url`."""
    made = create_engine(url, pool_size=20, max_overflow=20, pool_timeout=4, hide_parameters=True)

    @event.listens_for(made, "connect")
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

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        writing = options.get("vigia_write", False)
        wait = options.get("vigia_wait", BUSY_SECONDS)
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA query_only={0 if writing else 1}")
        cursor.execute(f"PRAGMA busy_timeout={int(wait * 1000)}")
        cursor.close()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return made


def _use_wal(cursor: Any) -> None:
    """Two processes that open a new file at once: SQLite lets neither wait for the other here."""
    tries = int(BUSY_SECONDS / _PAUSE)
    for left in reversed(range(tries)):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not left or not is_busy(error):
                raise
            time.sleep(_PAUSE)
        else:
            return
