"""The ledger: which facts are new, which the ledger knew, and which contradict it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from shared.storage import ledger
from shared.storage.customers import create, numbers_of
from shared.storage.database import Database
from shared.storage.ledger import WORTH_COPYING, Added, Fact
from shared.storage.new_rows import NewRows
from shared.storage.revisions import Displaced, replace_revisions
from shared.storage.tables import customer, event
from tests.postgres.builders import waits_for_lock
from tests.storage.builders import until

WHO = {"maria": 1}


def fact(name: str, digest: bytes = b"d", revision: int = 0, amount: int = 10) -> Fact:
    at, day = "2026-03-01T12:00:00.000000Z", 20_513
    name_of_it = ("till", name, revision)
    return Fact(
        *name_of_it, "purchase", "maria", at, day, amount, "EUR", None, None, digest, b"{}", False
    )


@pytest.fixture
def company(database: Database) -> Database:
    with database.write() as connection:
        connection.execute(customer.insert(), {"number": 1, "id": "maria"})
    return database


def add(database: Database, *facts: Fact) -> Added:
    return database.run(lambda connection: ledger.add(connection, facts, WHO))


def test_new_facts_are_added(company: Database) -> None:
    added = add(company, fact("1"), fact("2"))

    assert [one.id for one in added.fresh] == ["1", "2"]
    assert (added.repeats, added.conflicts) == (0, ())


def test_known_facts_are_told_from_contradictions(company: Database) -> None:
    add(company, fact("1"), fact("2"))
    added = add(company, fact("3"), fact("1"), fact("2", b"other"), fact("3"), fact("3", b"x"))

    assert [one.id for one in added.fresh] == ["3"]
    assert added.repeats == 2
    assert list(added.conflicts) == [2, 4]


def test_nothing_new_is_nothing_new(company: Database) -> None:
    add(company, fact("1"))
    added = add(company, fact("1"))

    assert (list(added.fresh), added.repeats) == ([], 1)


def test_what_the_ledger_has_not_as_it_is_is_told_by_place(company: Database) -> None:
    add(company, fact("1", b"a"), fact("1", b"b", revision=1))

    with company.read() as connection:
        shop = fact("1", b"a")._replace(source="shop")
        asked = [fact("1", b"a"), fact("1", b"a", revision=1), fact("1", b"b", revision=2), shop]
        assert ledger.unlike(connection, asked) == [1, 2, 3]


def test_only_what_counted_before_is_displaced(company: Database) -> None:
    add(company, fact("1", revision=3, amount=7), fact("2"))
    with company.write() as connection:
        added = ledger.add(connection, [fact("1", revision=n) for n in (5, 4, 1)], WHO)
        corrections = replace_revisions(connection, added)
        mine = select(event.c.revision, event.c.state).where(event.c.id == "1")
        states = {row[0]: row[1] for row in connection.execute(mine)}

    assert corrections.displaced == [Displaced(1, "purchase", 20_513, "EUR")]
    assert corrections.documents == {("till", "1")}
    assert states == {1: "replaced", 3: "replaced", 4: "replaced", 5: "counted"}


def test_a_discarded_event_stays_discarded(company: Database) -> None:
    add(company, fact("1"))
    with company.write() as connection:
        connection.execute(event.update().values(state="discarded"))
        added = ledger.add(connection, [fact("1", revision=1)], WHO)

        assert replace_revisions(connection, added).displaced == []
        states = set(connection.scalars(select(event.c.state)))
    assert states == {"discarded", "counted"}


def test_numbers_are_given_once(database: Database) -> None:
    with database.write() as connection:
        first = create(connection, ["eva", "ana"])
        assert numbers_of(connection, ["eva", "leo"]) == {"eva": first["eva"]}
        assert create(connection, ["eva", "leo"])["eva"] == first["eva"]
        assert create(connection, []) == {}
        assert len(set(numbers_of(connection, ["eva", "ana", "leo"]).values())) == 3


def test_many_facts_are_told_apart_too(company: Database) -> None:
    """More than fit one statement, and a number of them that no statement's size divides."""
    add(company, *[fact(str(n)) for n in range(0, 1237, 2)])
    added = add(company, *[fact(str(n)) for n in reversed(range(1237))])

    assert sorted(int(one.id) for one in added.fresh) == list(range(1, 1237, 2))
    assert added.repeats == 619


def test_facts_that_another_transaction_is_adding_are_waited_for(
    postgres_database: Database,
) -> None:
    """Two partitions may hold the same facts, and two detectors fold them at once."""
    ours = [fact(str(n)) for n in range(WORTH_COPYING)]
    theirs = [fact(str(n)) for n in range(10, WORTH_COPYING + 20)]
    with postgres_database.write() as connection:
        connection.execute(customer.insert(), {"number": 1, "id": "maria"})
    with ThreadPoolExecutor() as threads:
        with postgres_database.write() as connection:
            ledger.add(connection, ours, WHO)
            other = threads.submit(add, postgres_database, *theirs)
            until(lambda: waits_for_lock(postgres_database))
        added = other.result()

    assert sorted(int(one.id) for one in added.fresh) == list(
        range(WORTH_COPYING, WORTH_COPYING + 20)
    )
    assert added.repeats == WORTH_COPYING - 10


def test_added_rows_are_named_one_by_one_where_others_write_too() -> None:
    chosen = select(event.c.id).where(NewRows(numbers=[4, 2]).among(event))
    compiled = chosen.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]

    assert "event.number = any(" in str(compiled)
    assert list(compiled.params.values()) == [[4, 2]]
