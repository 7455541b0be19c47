"""Transactions: whole or not at all, refused where they must not be, repeated after lost races."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from shared.ops.errors import DatabaseBusy
from shared.storage.database import RETRIES, Database
from shared.storage.tables import customer
from tests.storage.builders import put


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(customer)).scalar_one()


def lost(state: str) -> DBAPIError:
    original = RuntimeError()
    original.sqlstate = state  # type: ignore[attr-defined]
    return DBAPIError("", None, original)


def add(connection: Connection) -> None:
    connection.execute(customer.insert().values(id="c"))


def test_what_fails_leaves_nothing(database: Database) -> None:
    def fail(connection: Connection) -> None:
        add(connection)
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        database.run(fail)
    assert count(database) == 0


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError), database.read() as connection:
        add(connection)
    database.run(add)  # the same connection, from the pool, may
    assert count(database) == 1


def test_reading_sees_one_moment(database: Database) -> None:
    query = select(func.count()).select_from(customer)
    with database.read() as connection:
        before = connection.execute(query).scalar()
        database.run(add)
        assert connection.execute(query).scalar() == before == 0
    assert count(database) == 1


def test_a_glance_sees_what_is_there(database: Database) -> None:
    database.run(add)
    with database.glance() as connection:
        assert connection.execute(select(customer.c.id)).scalars().all() == ["c"]


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03"])
def test_a_lost_race_is_run_again(database: Database, state: str) -> None:
    failures = [lost(state), lost(state)]

    def work(connection: Connection) -> str:
        add(connection)
        if failures:
            raise failures.pop()
        return "done"

    assert database.run(work) == "done"
    assert count(database) == 1


def test_a_lost_connection_is_run_again(database: Database) -> None:
    failures = [lost("57P01")]
    failures[0].connection_invalidated = True

    def work(connection: Connection) -> None:
        add(connection)
        if failures:
            raise failures.pop()

    database.run(work)
    assert count(database) == 1


def test_races_are_not_run_for_ever(database: Database) -> None:
    runs: list[int] = []

    def work(_: Connection) -> None:
        runs.append(1)
        raise lost("40001")

    with pytest.raises(DBAPIError):
        database.run(work)
    assert len(runs) == RETRIES


def test_other_errors_are_not_run_again(database: Database) -> None:
    runs: list[int] = []

    def work(connection: Connection) -> None:
        runs.append(1)
        add(connection)
        add(connection)

    with pytest.raises(DBAPIError):
        database.run(work)
    assert len(runs) == 1


def test_another_process_that_writes_is_waited_for_and_then_named(
    sqlite_database: Database,
) -> None:
    other = sqlite3.connect(str(sqlite_database.path), isolation_level=None)
    with closing(other):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy), sqlite_database.write(wait=0.01):
            pass
        other.execute("ROLLBACK")
        with sqlite_database.write(wait=0.01) as connection:
            add(connection)
    assert count(sqlite_database) == 1


def test_a_commit_is_on_the_disk_and_deleted_bytes_are_gone(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_the_number_of_a_deleted_customer_is_not_given_away(database: Database) -> None:
    numbers = []
    for name in ("first", "second"):
        put(database, customer, {"id": name})
        with database.write() as connection:
            numbers.append(connection.execute(select(customer.c.number)).scalar_one())
            connection.execute(customer.delete())
    assert numbers[0] < numbers[1]
