"""Bells between processes: heard by the others, and again after the connection was lost."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from shared.storage.database import Database
from shared.storage.notify import PostgresWakeup
from tests.postgres.builders import end_sessions, url_of
from tests.storage.builders import PATIENCE, until

HERE, THERE = f"here:{os.getpid()}", f"there:{os.getpid()}"
Two = tuple[PostgresWakeup, PostgresWakeup]


@pytest.fixture
def two(postgres_database: Database) -> Iterator[Two]:
    """Bells of two processes, each hearing the other."""
    with ExitStack() as stack:
        found = []
        for role in ("here", "there"):
            database = Database(url_of(postgres_database), role=role)
            stack.callback(database.close)
            found.append(PostgresWakeup(database))
            stack.callback(found[-1].close)
        here, there = found
        until(lambda: crosses(here, there, "there?"))  # until it listens, a bell may be missed
        until(lambda: crosses(there, here, "here?"))
        yield here, there


def crosses(one: PostgresWakeup, other: PostgresWakeup, bell: str) -> bool:
    one.ring(bell)
    return other.wait(bell, 0.1)


def test_a_bell_is_heard_in_another_process_and_in_the_own_one(two: Two) -> None:
    here, there = two
    here.ring("due")
    assert here.wait("due", 0)
    assert there.wait("due", PATIENCE)


def test_bells_are_apart(two: Two) -> None:
    here, there = two
    here.ring("log:ñ 'quoted'")
    here.ring("due")
    assert there.wait("log:ñ 'quoted'", PATIENCE)
    assert not there.wait("feed", 0)
    assert there.wait("due", PATIENCE)


def test_a_bell_of_one_s_own_comes_back_to_nobody(two: Two) -> None:
    here, there = two
    here.ring("due")
    assert here.wait("due", 0)
    assert there.wait("due", PATIENCE)
    there.ring("answer")  # what came back to us came before this
    assert here.wait("answer", PATIENCE)
    assert not here.wait("due", 0)


def test_after_a_lost_connection_it_listens_and_tells_again(
    postgres_database: Database, two: Two
) -> None:
    here, there = two
    for name in (HERE, THERE):
        end_sessions(postgres_database, name)
    here.ring("while away")
    assert here.wait("while away", 0)  # the own process hears, connection or not
    until(lambda: crosses(here, there, "again"))
    until(lambda: crosses(there, here, "back"))
    here.ring("at once")
    assert there.wait("at once", PATIENCE)


def test_without_a_server_ringing_does_no_harm_and_closing_ends() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    bells = PostgresWakeup(database)
    bells.ring("due")
    assert bells.wait("due", 0)
    assert not bells.wait("due", 0)
    bells.close()
    database.close()
