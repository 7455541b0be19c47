"""Sessions of PostgreSQL: what they are started with, and how they end what holds up others."""

import os
import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import DBAPIError

from shared.ops.errors import ConfigurationError
from shared.storage.database import RETRIES, Database
from shared.storage.postgresql import Limits
from shared.storage.tables import company, customer
from tests.postgres.builders import end_sessions, sessions, url_of
from tests.storage.builders import PATIENCE, until

Open = Callable[..., Database]


@pytest.fixture
def open_as(postgres_database: Database) -> Iterator[Open]:
    """Opens the database once more, as another process would."""
    opened = []

    def open_as(role: str = "other", limits: Limits = Limits(), more: str = "") -> Database:  # noqa: B008
        opened.append(Database(url_of(postgres_database) + more, role=role, limits=limits))
        return opened[-1]

    yield open_as
    for database in opened:
        database.close()


def shown(database: Database, name: str) -> str:
    with database.write() as connection:
        return str(connection.execute(text(f"SHOW {name}")).scalar_one())


def add(connection: Connection) -> None:
    connection.execute(customer.insert().values(id="c"))


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(customer)).scalar_one()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("idle_in_transaction_session_timeout", "15s"),
        ("lock_timeout", "5s"),
        ("statement_timeout", "1min"),
        ("transaction_isolation", "read committed"),
        ("TimeZone", "UTC"),
        ("application_name", "detector:PID"),
    ],
)
def test_a_session_s_settings(open_as: Open, name: str, value: str) -> None:
    assert shown(open_as("detector"), name) == value.replace("PID", str(os.getpid()))


def test_what_the_address_says_counts(open_as: Open) -> None:
    more = "&application_name=mine&options=-c%20lock_timeout%3D7s%20-c%20work_mem%3D9MB"
    database = open_as(more=more)
    names = ("application_name", "lock_timeout", "work_mem", "statement_timeout")
    assert [shown(database, name) for name in names] == ["mine", "7s", "9MB", "1min"]


def test_only_a_forgettable_commit_does_not_wait_for_the_disk(open_as: Open) -> None:
    database = open_as(more="&options=-c%20synchronous_commit%3Don")
    show = text("SHOW synchronous_commit")
    for forgettable, waits in ((False, "on"), (True, "off"), (False, "on")):
        with database.write(forgettable=forgettable) as connection:
            assert connection.execute(show).scalar_one() == waits


def test_reading_is_one_view_and_read_only(postgres_database: Database) -> None:
    with postgres_database.read() as connection:
        for name, value in (("isolation", "repeatable read"), ("read_only", "on")):
            assert connection.execute(text(f"SHOW transaction_{name}")).scalar_one() == value
    assert shown(postgres_database, "transaction_read_only") == "off"


def test_a_glance_begins_nothing(postgres_database: Database) -> None:
    begun = text("SELECT now() = statement_timestamp()")
    with postgres_database.glance() as connection:
        assert all(connection.execute(begun).scalar_one() for _ in range(2))
    with postgres_database.write() as connection:  # the same session, from the pool
        connection.execute(text("SELECT 1"))
        assert not connection.execute(begun).scalar_one()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_common_form_of_the_address_will_do(postgres_database: Database, scheme: str) -> None:
    database = Database(f"{scheme}://{url_of(postgres_database).partition('://')[2]}")
    assert count(database) == 0
    database.close()


@pytest.mark.parametrize(
    "url",
    ["", "secret", "mysql://secret@host/x", "postgresql+asyncpg://secret@host/x", "x+y://secret"],
)
def test_another_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="VIGIA_DATABASE_URL") as raised:
        Database(url)
    assert "secret" not in str(raised.value)


def test_errors_show_no_values(postgres_database: Database) -> None:
    with pytest.raises(DBAPIError) as raised, postgres_database.read() as connection:
        connection.execute(customer.insert().values(id="María"))
    assert "María" not in str(raised.value)


def test_who_froze_inside_a_transaction_is_ended_and_changes_nothing(open_as: Open) -> None:
    frozen, awake = open_as("frozen", Limits(idle=0.5)), open_as("awake")
    name = f"frozen:{os.getpid()}"
    with pytest.raises(DBAPIError) as raised, frozen.write() as connection:
        add(connection)
        connection.execute(update(company).values(first_weekday=3))
        until(lambda: not sessions(awake, name))
        awake.run(lambda other: other.execute(update(company).values(first_weekday=5)))
        add(connection)
    assert raised.value.connection_invalidated
    assert count(awake) == 0
    with awake.read() as connection:
        assert connection.execute(select(company.c.first_weekday)).scalar_one() == 5
    frozen.run(add)  # awake again, it may go on
    assert count(awake) == 1


def test_a_patient_reader_is_borne_with(open_as: Open) -> None:
    database = open_as(limits=Limits(idle=0.1))
    with database.read(patient=True) as connection:
        assert connection.execute(
            text("SHOW idle_in_transaction_session_timeout")
        ).scalar_one() == ("10min")
    assert shown(database, "idle_in_transaction_session_timeout") == "100ms"


def test_a_session_that_is_cut_off_is_replaced_and_the_work_done_again(open_as: Open) -> None:
    database, other = open_as("cut"), open_as("knife")
    name = f"cut:{os.getpid()}"
    runs = []

    def work(connection: Connection) -> None:
        add(connection)
        runs.append(1)
        if len(runs) == 1:
            end_sessions(other, name)
            add(connection)

    database.run(work)
    assert (len(runs), count(other)) == (2, 1)


def test_a_pooled_session_that_the_server_ended_is_not_used(open_as: Open) -> None:
    database, other = open_as("cut"), open_as("knife")
    assert count(database) == 0
    end_sessions(other, f"cut:{os.getpid()}")
    assert count(database) == 0


def test_who_waits_too_long_for_a_lock_tries_again(open_as: Open) -> None:
    holder, waiter = open_as(), open_as(limits=Limits(lock=0.3))
    runs = []
    third = threading.Event()

    def work(connection: Connection) -> None:
        runs.append(1)
        if len(runs) == 3:
            third.set()
        connection.execute(update(company).values(first_weekday=2))

    with holder.write() as connection:
        connection.execute(update(company).values(first_weekday=1))
        thread = threading.Thread(target=lambda: waiter.run(work))
        thread.start()
        assert third.wait(PATIENCE)
    thread.join(PATIENCE)
    assert 3 <= len(runs) <= RETRIES
    with holder.read() as connection:
        assert connection.execute(select(company.c.first_weekday)).scalar_one() == 2


def test_a_statement_without_end_is_ended_and_not_tried_again(open_as: Open) -> None:
    runs = []

    def work(connection: Connection) -> None:
        runs.append(1)
        connection.execute(text("SELECT pg_sleep(60)"))

    with pytest.raises(DBAPIError, match="statement timeout"):
        open_as(limits=Limits(statement=0.05)).run(work)
    assert len(runs) == 1
