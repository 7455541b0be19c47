"""What a manager's summary reads of a team."""

from decimal import Decimal

from sqlalchemy import insert

from shared.storage import teams
from shared.storage.database import Database
from shared.storage.tables import customer
from tests.postgres.kinds import every_database
from tests.storage.test_alerts import opened

pytestmark = every_database

RISKS = {
    "small": (500_000, "CLP"),
    "large": (18_600, "EUR"),
    "some": (900, "USD"),
    "no": (None,) * 2,
}


def test_the_most_money_is_what_is_worth_most(database: Database) -> None:
    names = {}
    for name, (amount, currency) in RISKS.items():
        with database.write() as connection:
            row = insert(customer).values(id=name, rep="ana").returning(customer.c.number)
            number = int(connection.execute(row).scalar_one())
        units = None if amount is None else amount * 10_000
        names[opened(database, number, name, value_at_risk=units, currency=currency).id] = name
    rates = {"EUR": Decimal(1), "CLP": Decimal("0.001")}
    with database.read() as connection:
        found = teams.unanswered(connection, ["ana"], rates, 10)
    assert [names[one] for one in found] == ["large", "some", "small", "no"]
