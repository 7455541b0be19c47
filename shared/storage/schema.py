"""Bringing a database to the tables and views of this version, and telling when it is not."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from shared.ops.errors import ConfigurationError
from shared.storage import views
from shared.storage.company import keep_company
from shared.storage.database import Database

# The newest revision, known without loading alembic; a test compares it with the folder.
HEAD = "0015"
MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x5649474941  # any fixed number: whoever migrates holds it


def migrate(database: Database, *, zone: str, first_weekday: int, at: datetime) -> None:
    """Create or change tables and views as far as needed; keep the company's zone and weekday.

    Everything happens in one transaction, so a failed migration leaves the database as it was;
    a second process waits for the first and then finds nothing to do.
    Raises ConfigurationError when another zone or first weekday is stored, or when a newer
    version made the tables.
    """

    def work(connection: Connection) -> None:
        _wait_for_others(connection)
        if stored_revision(connection) != HEAD:
            views.drop(connection)  # a table under a view cannot be changed
            _upgrade(connection)
            views.create(connection)
        keep_company(connection, zone=zone, first_weekday=first_weekday, at=at)

    database.run(work)


def stored_revision(connection: Connection) -> str | None:
    """The revision the database is at; None when it was never migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def pending(database: Database) -> bool:
    """Whether `migrate` would change something."""
    with database.read() as connection:
        return stored_revision(connection) != HEAD


def require_schema(database: Database) -> None:
    """Raise ConfigurationError unless the tables are those of this version."""
    with database.read() as connection:
        found = stored_revision(connection)
    if found is None:
        raise ConfigurationError("the database has no tables yet; run `vigia migrate`")
    if found != HEAD:
        raise ConfigurationError(
            f"the tables are of revision {found}, this version of Vigía needs {HEAD}; "
            "run `vigia migrate`"
        )


def _wait_for_others(connection: Connection) -> None:
    """Be the only one who migrates. Neither waiting for that nor a large table takes too long."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": ADVISORY_LOCK})
        # A table that is in use is another matter: whoever comes after us would wait, too.
        connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # costs 0.3 s, and only a migration needs it
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, HEAD)
    except CommandError:
        raise ConfigurationError(
            f"the tables are of revision {stored_revision(connection)}, which this version of "
            f"Vigía (revision {HEAD}) does not know; start the newer Vigía that made them"
        ) from None
