"""Migrating a PostgreSQL that has large tables, and on which others migrate or work."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from shared.storage import schema
from shared.storage.database import RETRIES, Database
from shared.storage.postgresql import Limits
from shared.storage.schema import migrate
from tests.postgres.builders import url_of, waits_for_lock
from tests.storage.builders import PATIENCE, until

AT = datetime(2026, 3, 2, tzinfo=UTC)
SHORT = Limits(lock=0.1, statement=0.1)


def run(database: Database) -> None:
    migrate(database, zone="UTC", first_weekday=0, at=AT)


def again(database: Database) -> None:
    """Let a revision be due."""
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'earlier'"))


def test_a_migration_may_take_long_and_wait_for_another(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried = Database(url_of(postgres_database), limits=SHORT)
    upgrades = []

    def upgrade(connection: Connection) -> None:
        upgrades.append(connection.execute(text("SHOW lock_timeout")).scalar_one())
        connection.execute(text("SELECT pg_sleep(0.3)"))

    monkeypatch.setattr(schema, "_upgrade", upgrade)
    again(postgres_database)
    with postgres_database.write() as connection:
        held = text("SELECT pg_advisory_xact_lock(:n), pg_sleep(0.3)")
        connection.execute(held, {"n": schema.ADVISORY_LOCK})
        thread = threading.Thread(target=run, args=(hurried,))
        thread.start()
        until(lambda: waits_for_lock(postgres_database, "advisory"))
        connection.execute(text("SELECT pg_sleep(0.3)"))
        assert upgrades == []
    thread.join(PATIENCE)
    hurried.close()
    assert upgrades == ["100ms"]


def test_a_table_in_use_is_not_waited_for_without_end(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody else would stand in line behind the migration."""
    hurried = Database(url_of(postgres_database), limits=SHORT)
    tries = []

    def upgrade(connection: Connection) -> None:
        tries.append(1)
        connection.execute(text("ALTER TABLE customer ADD COLUMN more TEXT"))

    monkeypatch.setattr(schema, "_upgrade", upgrade)
    again(postgres_database)
    with postgres_database.read() as connection:
        connection.execute(text("SELECT * FROM customer"))
        with pytest.raises(OperationalError, match="lock timeout"):
            run(hurried)
    hurried.close()
    assert len(tries) == RETRIES
