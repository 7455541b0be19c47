"""A rep sees own customers only, a manager those of the team, and what changed counts at once."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from shared.domain.week import day_number
from shared.storage import absences, reps, visible
from shared.storage.absences import Absence
from shared.storage.alert_rows import AlertRow
from shared.storage.database import Database
from shared.storage.reps import Rep
from shared.storage.tables import alert, customer, rep
from shared.storage.visible import Person
from tests.postgres.kinds import every_database
from tests.storage.test_alerts import AT, moved, opened

pytestmark = every_database

DAY = day_number(AT.date())
PEOPLE = [
    Rep("ana", name="Ana", email="Ana@company.example", manager="eva"),
    Rep("bea", manager="eva"),
    Rep("eva", email="eva@company.example", manager="zoe"),
    Rep("zoe", manager="eva"),  # a circle: nobody gets lost in it
    Rep("luis"),
    Rep("gone", email="gone@company.example", active=False),
]


@pytest.fixture
def company(database: Database) -> Database:
    with database.write() as connection:
        for each in PEOPLE:
            reps.add(connection, each, AT)
    return database


def customer_of(database: Database, name: str, said: str | None, found: str | None) -> AlertRow:
    """A customer with an alert, of the rep whom master data name or whom the alert found."""
    with database.write() as connection:
        row = insert(customer).values(id=name, name=f"Bar {name}", rep=said)
        number = int(connection.execute(row.returning(customer.c.number)).scalar_one())
    return opened(database, number, name, rep=found)


def who(database: Database, name: str) -> Person:
    with database.read() as connection:
        found = visible.person(connection, name, DAY)
    assert found is not None
    return found


def sees(database: Database, name: str) -> dict[str, str]:
    """The customers whose alerts a person sees, and as what."""
    person = who(database, name)
    with database.read() as connection:
        found = visible.living(connection, person, limit=50)
        for each in found:
            assert visible.one(connection, person, each.alert.id) == each
    return {each.alert.key: each.role for each in found}


def test_reps_see_their_own_and_managers_their_teams(company: Database) -> None:
    customer_of(company, "a", "ana", "luis")
    customer_of(company, "b", None, "bea")
    customer_of(company, "e", "eva", None)
    foreign = customer_of(company, "l", "luis", "ana")
    assert sees(company, "ana") == {"a": "rep"}
    assert sees(company, "bea") == {"b": "rep"}
    assert sees(company, "eva") == {"a": "manager", "b": "manager", "e": "rep"}
    assert sees(company, "zoe") == {"a": "manager", "b": "manager", "e": "manager"}
    assert sees(company, "luis") == {"l": "rep"}
    with company.read() as connection:
        assert visible.one(connection, who(company, "eva"), foreign.id) is None
        assert visible.one(connection, who(company, "eva"), "a_none") is None


def test_a_customer_of_nobody_is_seen_by_nobody(company: Database) -> None:
    customer_of(company, "x", None, None)
    assert [sees(company, name) for name in ("ana", "eva", "luis")] == [{}, {}, {}]


def test_what_may_be_seen_follows_the_customer_at_once(company: Database) -> None:
    customer_of(company, "a", "ana", "ana")
    with company.write() as connection:
        connection.execute(update(customer).values(rep="luis"))
    assert (sees(company, "ana"), sees(company, "luis")) == ({}, {"a": "rep"})


def test_who_stands_in_sees_the_others_customers_for_as_long(company: Database) -> None:
    customer_of(company, "a", "ana", None)
    customer_of(company, "l", "luis", None)
    with company.write() as connection:
        absences.add(connection, Absence("ana", DAY, DAY + 6, substitute="luis"))
    assert sees(company, "luis") == {"a": "substitute", "l": "rep"}
    assert sees(company, "ana") == {"a": "rep"}
    with company.read() as connection:
        for day, seen in ((DAY - 1, 1), (DAY + 6, 2), (DAY + 7, 1)):
            person = visible.person(connection, "luis", day)
            assert person is not None
            assert len(visible.living(connection, person, limit=9)) == seen


def test_alerts_about_the_portfolio_are_the_managers(company: Database) -> None:
    row = customer_of(company, "a", "luis", None)
    with company.write() as connection:
        values = {"kind": "portfolio", "key": "portfolio:all", "customer": None, "rep": None}
        connection.execute(update(alert).where(alert.c.id == row.id).values(**values))
    assert sees(company, "eva") == {"portfolio:all": "manager"}
    assert sees(company, "luis") == {}


def test_alerts_about_feeds_are_the_operators(company: Database) -> None:
    row = customer_of(company, "a", "ana", None)
    with company.write() as connection:
        values = {"kind": "feed", "key": "feed:till", "customer": None, "rep": None}
        connection.execute(update(alert).where(alert.c.id == row.id).values(**values))
    assert (sees(company, "eva"), sees(company, "ana")) == ({}, {})


def test_who_left_sees_nothing_and_is_not_found(company: Database) -> None:
    with company.read() as connection:
        assert visible.person(connection, "gone", DAY) is None
        assert visible.person(connection, "nobody", DAY) is None
        assert visible.reached_at(connection, "gone@company.example") is None
        assert visible.reached_at(connection, "nobody@company.example") is None


def test_addresses_are_found_however_they_are_written(company: Database) -> None:
    with company.read() as connection:
        for written in ("ana@company.example", " ANA@Company.example\n"):
            assert visible.reached_at(connection, written) == "ana"


def test_of_two_people_at_one_address_an_active_one_is_found(company: Database) -> None:
    with company.write() as connection:
        connection.execute(update(rep).values(email="sales@company.example"))
        connection.execute(update(rep).where(rep.c.id == "ana").values(active=False))
    with company.read() as connection:
        assert visible.reached_at(connection, "sales@company.example") == "bea"


def test_what_ended_lately_is_apart(company: Database) -> None:
    old = moved(company, customer_of(company, "a", "ana", None), "recovered")
    person = who(company, "ana")
    with company.read() as connection:
        assert visible.living(connection, person, limit=9) == []
        since = AT - timedelta(days=1)
        (found,) = visible.ended(connection, person, since, limit=9)
        assert found.alert == old
        assert found.customer == "Bar a"
        assert found.rep_name == "Ana"
        assert visible.ended(connection, person, AT + timedelta(days=1), limit=9) == []
