"""Sessions of a PostgreSQL as its other sessions see them."""

from sqlalchemy import text

from shared.storage.database import Database
from tests.storage.builders import until


def url_of(database: Database) -> str:
    """The address of `database`, for another process or another Database."""
    return database.engine.url.render_as_string(hide_password=False)


def sessions(database: Database, name: str) -> list[int]:
    """Process numbers of the sessions that call themselves `name`."""
    query = text(
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = :name"
    )
    with database.read() as connection:
        return [*connection.scalars(query, {"name": name})]


def end_sessions(database: Database, name: str) -> None:
    """End those sessions and wait until they are gone."""
    gone = sessions(database, name)
    with database.read() as connection:
        for pid in gone:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    until(lambda: not {*gone} & {*sessions(database, name)})


def waits_for_lock(database: Database, kind: str = "%") -> bool:
    """Whether a session waits for another's lock, of this kind if one is given."""
    query = text("SELECT count(*) FROM pg_locks WHERE locktype LIKE :kind AND NOT granted")
    with database.read() as connection:
        return bool(connection.execute(query, {"kind": kind}).scalar_one())
