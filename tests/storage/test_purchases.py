"""A customer's purchase days: what is read of the ledger is enough to net the refunds."""

import random
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy import event as occasion

from shared.domain.history import NetDay
from shared.domain.week import Calendar
from shared.storage.company import load_calendar
from shared.storage.database import Database
from shared.storage.purchases import load_purchases
from shared.storage.tables import customer, event

TODAY = 20_514
SINCE = TODAY - 100


class Book:
    """The ledger of one customer; amounts are units."""

    def __init__(self, connection: Connection, calendar: Calendar, name: str) -> None:
        self._connection, self._calendar, self._name = connection, calendar, name
        added = insert(customer).values(id=name).returning(customer.c.number)
        self.number: int = connection.execute(added).scalar_one()

    def holds(self, kind: str, name: str, day: int, amount: int, **more: Any) -> None:
        row = {
            "source": f"{self._name}-shop",
            "id": name,
            "revision": 0,
            "type": kind,
            "customer": self.number,
            "at": self._calendar.starts_at(day, 12),
            "day": day,
            "state": "counted",
            "amount": amount,
            "currency": "EUR",
            "digest": b"",
            "body": b"{}",
        }
        self._connection.execute(insert(event).values({**row, **more}))

    def days(self, since: int = SINCE) -> list[NetDay]:
        return load_purchases(self._connection, self.number, since)


def test_a_refund_takes_back_the_purchase_it_names_however_old(database: Database) -> None:
    calendar = load_calendar(database)
    with database.write() as connection:
        book = Book(connection, calendar, "carol")
        book.holds("purchase", "old", TODAY - 400, 100)
        book.holds("purchase", "new", TODAY - 5, 100)
        book.holds("refund", "r", TODAY - 1, 100, ref="old")
        assert book.days() == [NetDay(TODAY - 5, "EUR", 100)]

        other_till = Book(connection, calendar, "dora")
        other_till.holds("purchase", "7", TODAY - 400, 100, source="dora-kiosk")
        other_till.holds("purchase", "7", TODAY - 5, 100)
        other_till.holds("refund", "r", TODAY - 1, 100, ref="7", source="dora-kiosk")
        assert other_till.days() == [NetDay(TODAY - 5, "EUR", 100)]


def test_what_is_read_nets_as_the_whole_ledger_does(database: Database) -> None:
    calendar = load_calendar(database)
    with database.write() as connection:
        for seed in range(40):
            rng, book = random.Random(seed), Book(connection, calendar, f"c{seed}")
            for n in range(12):
                day, amount = TODAY - rng.randrange(500), rng.choice((50, 100))
                book.holds("purchase", f"p{n}", day, amount)
                if rng.random() < 0.5:
                    later = min(day + rng.randrange(400), TODAY)
                    named = f"p{n}" if rng.random() < 0.6 else None
                    book.holds("refund", f"r{n}", later, rng.choice((50, 100)), ref=named)
            assert book.days() == [one for one in book.days(0) if one.day >= SINCE]


def test_older_purchases_are_asked_for_only_where_a_refund_names_one(database: Database) -> None:
    asked: list[str] = []
    with database.write() as connection:
        book = Book(connection, load_calendar(database), "carol")
        book.holds("purchase", "old", TODAY - 400, 100)
        book.holds("purchase", "new", TODAY - 5, 100)
        book.holds("refund", "r1", TODAY - 4, 30, ref="new")
        book.holds("refund", "r2", TODAY - 3, 30)
        occasion.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert book.days() == [NetDay(TODAY - 5, "EUR", 70)]
        assert len(asked) == 1
        book.holds("refund", "r3", TODAY - 2, 30, ref="old")
        asked.clear()
        assert book.days() == [NetDay(TODAY - 5, "EUR", 70)]
        assert len(asked) == 2
