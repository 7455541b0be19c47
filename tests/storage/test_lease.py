"""The one lease: who holds it, until when, and how it is lost."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from shared.ops.errors import LostLease
from shared.storage.database import Database
from shared.storage.lease import Lease, database_now_ms, free_all, is_free, is_held, taking
from shared.storage.tables import delivery, lease
from tests.conftest import START
from tests.storage.builders import at_once, put


def expire(database: Database) -> None:
    """Let the database's clock be past every lease."""
    with database.write() as connection:
        connection.execute(update(lease).values(until=database_now_ms(connection)))


def left_ms(database: Database) -> int:
    with database.read() as connection:
        until: int = connection.execute(select(lease.c.until)).scalar_one()
        return until - database_now_ms(connection)


def test_one_holds_it_and_the_next_waits_for_its_end(database: Database) -> None:
    first, second = Lease(database, "work", "one"), Lease(database, "work", "two")
    assert first.acquire() == 1
    assert second.acquire() is None
    first.release()
    assert second.acquire() == 2
    assert first.acquire() is None


def test_the_same_owner_s_name_opens_no_second_door(database: Database) -> None:
    assert Lease(database, "work", "one").acquire() == 1
    assert Lease(database, "work", "one").acquire() is None


def test_names_are_apart(database: Database) -> None:
    assert Lease(database, "work", "one").acquire() == 1
    assert Lease(database, "other", "one").acquire() == 1


def test_it_ends_by_the_database_s_clock(database: Database) -> None:
    first, second = Lease(database, "work", "one", 60), Lease(database, "work", "two", 60)
    first.acquire()
    assert 0 < left_ms(database) <= 60_000
    expire(database)
    assert second.acquire() == 2


def test_renewing_gives_the_full_time_again(database: Database) -> None:
    held = Lease(database, "work", "one", 60)
    held.acquire()
    expire(database)
    database.run(held.renew)  # nobody took it: nothing was lost
    assert 0 < left_ms(database) <= 60_000


def test_a_lost_lease_undoes_the_work_under_it(database: Database) -> None:
    first, second = Lease(database, "work", "one"), Lease(database, "work", "two")
    first.acquire()
    expire(database)
    second.acquire()
    with pytest.raises(LostLease, match="work"), database.write() as connection:
        connection.execute(update(lease).values(until=0))
        first.renew(connection)
    assert left_ms(database) > 0
    assert first.attempt is None


def test_releasing_a_lost_lease_leaves_its_new_holder_alone(database: Database) -> None:
    first, second = Lease(database, "work", "one"), Lease(database, "work", "one")
    first.acquire()
    expire(database)
    second.acquire()
    first.release()
    first.release()
    assert left_ms(database) > 0


def test_what_was_never_held_cannot_be_renewed(database: Database) -> None:
    with pytest.raises(LostLease):
        database.run(Lease(database, "work", "one").renew)


def test_of_many_at_once_one_gets_it(database: Database) -> None:
    tries: list[Callable[[], int | None]] = [
        Lease(database, "work", f"{n}").acquire for n in range(8)
    ]
    assert sorted(str(found) for found in at_once(tries)) == ["1"] + ["None"] * 7


def test_all_can_be_freed_by_who_is_alone(database: Database) -> None:
    first, second = Lease(database, "work", "one"), Lease(database, "work", "two")
    first.acquire()
    database.run(free_all)
    assert second.acquire() == 2
    with pytest.raises(LostLease):
        database.run(first.renew)


def test_rows_are_leased_by_the_same_columns(database: Database) -> None:
    row = {"alert": "a", "number": 1, "audience": "rep", "channel": "email", "state": "pending"}
    put(
        database,
        delivery,
        {**row, "created_at": START, "message": {}, "pace": "email", "tried": []},
    )
    take = update(delivery).where(is_free(delivery))
    columns = (delivery.c.owner, delivery.c.attempt)
    with database.write() as connection:
        one = connection.execute(take.values(taking(delivery, "one", 60)).returning(*columns))
        assert one.one() == ("one", 1)
        two = connection.execute(take.values(taking(delivery, "two", 60)).returning(*columns))
        assert two.one_or_none() is None
        connection.execute(update(delivery).values(until=0))
        three = connection.execute(take.values(taking(delivery, "two", 60)).returning(*columns))
        assert three.one() == ("two", 2)
        lost = update(delivery).where(is_held(delivery, "one", 1)).values(state="sent")
        assert connection.execute(lost).rowcount == 0
        held = update(delivery).where(is_held(delivery, "two", 2)).values(state="sent")
        assert connection.execute(held).rowcount == 1
