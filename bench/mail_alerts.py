"""Urgent alerts that wait to be mailed, for the benchmarks of the notifier."""

import random
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from shared.ops.clock import SystemClock
from shared.storage import deliveries, reps
from shared.storage.database import Database
from shared.storage.deliveries import NewDelivery
from shared.storage.reps import Rep
from shared.storage.tables import alert, customer
from tests.notifier.builders import BARS, COMPLAINT, DROP, VALUE, announcement

REPS = 500


def fill(database: Database, numbers: range) -> None:
    """An urgent alert of every customer of these numbers, known to intake."""
    clock = SystemClock()
    at = clock.now()
    with database.write() as connection:
        for number in range(REPS):
            name = f"r{number}"
            reps.add(connection, Rep(name, name=f"Rep {number}", email=f"{name}@b.example"), at)
        connection.execute(
            insert(customer),
            [
                {
                    "id": f"C-{number}",
                    "name": f"Panadería {number}",
                    "phone": "+34 600 123 456",
                    "segment": "bakery",
                    "rep": f"r{number % REPS}",
                    "field_times": {},
                }
                for number in numbers
            ],
        )
        known = dict(connection.execute(select(customer.c.id, customer.c.number)).all())
        connection.execute(insert(alert), [_alert(n, known, at) for n in numbers])
        deliveries.keep(connection, [_delivery(n, at) for n in numbers], clock.real())


def _alert(number: int, known: dict[str, int], at: datetime) -> dict[str, object]:
    return {
        "id": f"a_{number:06}",
        "kind": "customer",
        "key": f"C-{number}",
        "customer": known[f"C-{number}"],
        "rep": f"r{number % REPS}",
        "state": "open",
        "severity": "urgent",
        "as_of": 19_000,
        "opened_at": at,
        "updated_at": at,
        "sentence": "",
        "evidence": [],
        "last_number": 1,
    }


def _delivery(number: int, at: datetime) -> NewDelivery:
    rng = random.Random(number)
    value = f"{rng.randint(500, 90_000)}.00"
    told = announcement(
        id=f"a_{number:06}",
        customer=f"C-{number}",
        rep=f"r{number % REPS}",
        severity="urgent",
        evidence=_evidence(rng, value),
        value_at_risk={"amount": value, "currency": "EUR"},
        at=at,
    )
    return NewDelivery(f"a_{number:06}", 1, "rep", "email", told.to_dict())


def _evidence(rng: random.Random, value: str) -> list[dict[str, Any]]:
    """Of the same form for each customer, with weeks and numbers of its own."""
    usual = rng.randint(50, 1_500)
    weeks = [max(round(rng.gauss(usual, usual / 3)), 0) for _ in BARS["amounts"]]
    day = date(2011, 12, 4) - timedelta(days=rng.randrange(30))
    drop = {
        "usual_days_per_week": rng.randint(10, 60) / 10,
        "weekly_usual": f"{usual}.00",
        "days": rng.randrange(3),
        "amount": f"{rng.randint(0, usual)}.00",
        "expected_days": rng.randint(20, 120) / 10,
        "once_in": rng.randint(5, 12_000),
    }
    return [
        DROP | drop,
        COMPLAINT | {"day": day.isoformat()},
        VALUE | {"amount": value},
        BARS | {"amounts": [f"{amount}.00" for amount in weeks], "usual": f"{usual}.00"},
    ]
