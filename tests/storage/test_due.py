"""Due rows: the most pressing first, and no judgement lost to a fact that came meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, update

from shared.storage import customers, due
from shared.storage.database import Database
from shared.storage.due import HELD, LATE, URGENT, WEEK
from shared.storage.tables import customer
from tests.postgres.builders import waits_for_lock
from tests.storage.builders import put, until

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def company(database: Database) -> Database:
    put(database, customer, *({"number": n, "id": f"C{n}", "version": n * 10} for n in (1, 2, 3)))
    return database


def mark(database: Database, *rows: tuple[int, str, int], since: datetime = NOW) -> None:
    database.run(lambda connection: due.mark(connection, rows, since))


def taken(database: Database, limit: int = 9, but: tuple[int, ...] = ()) -> list[due.DueCustomer]:
    with database.read() as connection:
        return due.take(connection, limit=limit, but=but)


def test_the_most_pressing_come_first_with_all_their_reasons(company: Database) -> None:
    mark(company, (1, "week", WEEK), (2, "late", LATE), (3, "week", WEEK))
    mark(company, (1, "late", LATE), since=NOW + HOUR)
    mark(company, (3, "cancellation", URGENT), since=NOW + HOUR)

    first, second, third = taken(company)
    assert first == due.DueCustomer(3, "C3", 30, ("cancellation", "week"), URGENT, NOW, None, None)
    assert (second.id, third.id, third.reasons) == ("C2", "C1", ("late", "week"))
    assert (third.priority, third.since) == (LATE, NOW)
    assert [one.id for one in taken(company, limit=1)] == ["C3"]


def test_those_of_some_priorities_can_be_left(company: Database) -> None:
    mark(company, (1, "held", HELD), (2, "held", HELD), (2, "week", WEEK))

    assert [one.id for one in taken(company, but=(HELD,))] == ["C2"]
    assert taken(company, but=(HELD, WEEK)) == []


def test_a_mark_keeps_the_smaller_priority_and_the_older_time(company: Database) -> None:
    mark(company, (1, "held", HELD))
    mark(company, (1, "held", LATE), since=NOW + HOUR)
    mark(company, (1, "held", WEEK), since=NOW - HOUR)

    (one,) = taken(company)
    assert (one.priority, one.since) == (LATE, NOW - HOUR)


def test_marking_nobody_is_no_trouble(company: Database) -> None:
    mark(company)

    assert taken(company) == []


def test_clearing_takes_only_the_reasons_that_were_judged(company: Database) -> None:
    mark(company, (1, "late", LATE), (1, "week", WEEK), (2, "late", LATE))
    with company.write() as connection:
        assert due.clear(connection, 1, ("late",), 10)

    assert {(one.id, one.reasons) for one in taken(company)} == {
        ("C1", ("week",)),
        ("C2", ("late",)),
    }


def test_nothing_is_cleared_when_more_became_known(company: Database) -> None:
    mark(company, (1, "late", LATE))
    with company.write() as connection:
        connection.execute(update(customer).values(version=11))
        assert not due.clear(connection, 1, ("late",), 10)

    assert len(taken(company)) == 1


def test_the_second_of_two_judges_is_told(company: Database) -> None:
    mark(company, (1, "late", LATE))
    with company.write() as connection:
        assert due.clear(connection, 1, ("late",), 10)
        assert not due.clear(connection, 1, ("late",), 10)


def test_waiting_rows_are_counted_by_priority(company: Database) -> None:
    mark(company, (1, "late", LATE), (1, "week", WEEK), (2, "week", WEEK))

    with company.read() as connection:
        assert due.waiting(connection) == {LATE: 1, WEEK: 2}


def test_postgresql_plans_it_once(postgres_database: Database) -> None:
    """With parameters it was planned at each judging, for longer than it took."""
    with postgres_database.read() as connection:
        for _ in range(12):
            due.take(connection, limit=20, but=(HELD,))
        plans = connection.exec_driver_sql(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
        )
        assert [tuple(row) for row in plans] == [(7, 0)]  # from the sixth time on it is prepared


def test_who_writes_about_a_customer_and_who_clears_wait_for_each_other(
    postgres_database: Database,
) -> None:
    put(postgres_database, customer, {"number": 1, "id": "C1", "version": 10})
    mark(postgres_database, (1, "late", LATE))

    def clear() -> bool:
        with postgres_database.write() as connection:
            return due.clear(connection, 1, ("late",), 10)

    with ThreadPoolExecutor(1) as other:
        with postgres_database.write() as folding:
            customers.raise_versions(folding, [1])
            cleared = other.submit(clear)
            until(lambda: waits_for_lock(postgres_database))
        assert not cleared.result()  # more became known meanwhile
        with postgres_database.write() as judging:
            assert due.clear(judging, 1, ("late",), 11)
            folded = other.submit(postgres_database.run, fold)
            until(lambda: waits_for_lock(postgres_database))
        assert folded.result() == {"C1": 1}


def fold(connection: Connection) -> dict[str, int]:
    return customers.numbers_of(connection, ["C1"])
