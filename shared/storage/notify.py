"""Bells between processes that share a PostgreSQL: LISTEN and NOTIFY.

A bell is only a hint that there is work. One that is lost with the connection costs whoever
waits for it its poll interval and nothing else.
"""

import os
import selectors
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.ops.wakeup import LocalWakeup
from shared.storage.database import Database

CHANNEL = "vigia"
RECONNECT_SECONDS = 1.0
# What rings is done by who waits here, most often before another process could begin with it.
AHEAD_SECONDS = 0.02
_LISTEN = f"LISTEN {CHANNEL}"
_NOTIFY = "SELECT pg_notify(%s, bell) FROM unnest(%s::text[]) AS given(bell)"


class PostgresWakeup:
    """Bells that every process on the same database hears.

    Ring after the commit that made the work. Ringing never waits and never fails: waiters of
    this process hear at once, and a thread tells the others over a connection of its own, 20 ms
    later and of all that rang until then. While
    that is lost it tries again every second; bells rung meanwhile are told later, each once.
    """

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._local = LocalWakeup()
        self._lock = threading.Lock()
        self._untold: set[str] = set()
        self._closed = threading.Event()
        self._hand_over, self._nudge = os.pipe()
        self._log = structlog.get_logger("vigia.wakeup")
        self._thread = threading.Thread(target=self._run, name="wakeup", daemon=True)
        self._thread.start()

    def ring(self, bell: str) -> None:
        """Wake whoever waits on `bell`, here and elsewhere, now or next."""
        self._local.ring(bell)
        with self._lock:
            first = not self._untold
            self._untold.add(bell)
        if first:
            os.write(self._nudge, b".")

    def wait(self, bell: str, seconds: float) -> bool:
        """Wait up to `seconds` for the bell; True if it rang."""
        return self._local.wait(bell, seconds)

    def close(self) -> None:
        """End the thread and its connection."""
        self._closed.set()
        os.write(self._nudge, b".")
        self._thread.join()
        os.close(self._nudge)
        os.close(self._hand_over)

    def _run(self) -> None:
        deaf = False
        while not self._closed.is_set():
            try:
                with self._connected() as connection:
                    deaf = False
                    self._serve(connection)
            except (psycopg.Error, SQLAlchemyError) as error:
                if not deaf:
                    self._log.warning("no bells of other processes", error=type(error).__name__)
                deaf = True
                self._closed.wait(RECONNECT_SECONDS)

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        pooled = self._engine.raw_connection()
        connection = pooled.driver_connection
        pooled.detach()  # it never comes back, so it takes no place in the pool
        assert isinstance(connection, psycopg.Connection)
        with closing(connection):
            connection.autocommit = True
            connection.execute(_LISTEN)
            yield connection

    def _serve(self, connection: psycopg.Connection) -> None:
        self._tell(connection)
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._hand_over, selectors.EVENT_READ)
            while not self._closed.is_set():
                ready = {key.fd for key, _ in selector.select()}
                if self._hand_over in ready:
                    self._closed.wait(AHEAD_SECONDS)
                    os.read(self._hand_over, 4096)
                    self._tell(connection)
                self._hear(connection)

    def _tell(self, connection: psycopg.Connection) -> None:
        """Tell the other processes what rang here; what cannot be told waits."""
        with self._lock:
            bells, self._untold = self._untold, set()
        if not bells:
            return
        try:
            connection.execute(_NOTIFY, (CHANNEL, sorted(bells)))
        except psycopg.Error:
            with self._lock:
                self._untold |= bells
            raise

    def _hear(self, connection: psycopg.Connection) -> None:
        own = connection.info.backend_pid
        for heard in connection.notifies(timeout=0):
            if heard.pid != own:
                self._local.ring(heard.payload)
