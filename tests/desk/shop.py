"""A wholesaler with a season, some customers who are leaving, and reps who answer: for pictures."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import update

from shared.domain.action import Action
from shared.ops.clock import SimulatedClock
from shared.ops.wakeup import LocalWakeup
from shared.storage import reps
from shared.storage.acting import act
from shared.storage.database import Database
from shared.storage.reps import Rep
from shared.storage.tables import alert, customer
from tests.conftest import START
from tests.detector.town import MONDAY, Town

WEEKS = 78
FIRST = MONDAY - timedelta(weeks=WEEKS)
PEOPLE = (
    Rep("ana", name="Ana Ruiz", email="ana@company.example", manager="eva", locale="en"),
    Rep("leo", name="Leo Brandt", email="leo@company.example", manager="eva", locale="en"),
    Rep("eva", name="Eva Sanz", email="eva@company.example", locale="en"),
)


@dataclass(frozen=True)
class Leaver:
    """A customer whose buying falls to `left` of what it was, `weeks` ago."""

    id: str
    name: str
    phone: str
    segment: str
    rep: str
    a_week: float
    amount: int
    weeks: int
    left: float


LEAVERS = (
    Leaver("C-1029", "Panadería Sol", "+34 600 123 456", "bakery", "ana", 3.2, 140, 4, 0.1),
    Leaver("C-0871", "Hotel Alba", "+34 600 456 789", "hotel", "ana", 2.6, 310, 3, 0.0),
    Leaver("C-1144", "Café Central", "+34 600 987 654", "café", "ana", 3.8, 62, 6, 0.3),
    Leaver("C-0633", "Bar Norte", "+34 600 111 222", "bar", "ana", 2.4, 85, 5, 0.15),
    Leaver("C-0402", "Bodega Prado", "+34 600 333 444", "wine bar", "leo", 2.2, 120, 4, 0.1),
)


def build(database: Database) -> None:
    """A year and a half of trade, judged, and what people made of it."""
    clock = SimulatedClock(START)
    town = Town(database, clock, LocalWakeup())
    rng = Random(11)
    with database.write() as connection:
        for person in PEOPLE:
            reps.add(connection, person, clock.now())
    for n in range(70):
        begin = FIRST if n < 58 else MONDAY - timedelta(weeks=12)  # some came but lately
        town.customer(f"regular-{n:02}", rep=("ana", "leo")[n % 2])
        town.buys(f"regular-{n:02}", days(rng, begin, 2.4), amount=60 + n)
    for one in LEAVERS:
        trade(town, rng, one)
    town.evaluate()
    town.work()
    answer(town)


def trade(town: Town, rng: Random, one: Leaver) -> None:
    number = town.customer(one.id, rep=one.rep)
    fall = MONDAY - timedelta(weeks=one.weeks)
    before = days(rng, FIRST, one.a_week, until=fall)
    after = days(rng, fall, one.a_week * one.left)
    for day in [*before, *after]:
        town.buys(one.id, [day], amount=round(one.amount * rng.uniform(0.6, 1.5)))
    card = {"name": one.name, "phone": one.phone, "segment": one.segment}
    with town.database.write() as connection:
        connection.execute(update(customer).where(customer.c.number == number).values(**card))


def days(rng: Random, begin: date, a_week: float, until: date = MONDAY) -> Iterable[date]:
    """Purchase days: busier in summer than in winter."""
    found = []
    for n in range((until - begin).days):
        day = begin + timedelta(days=n)
        season = 1 + 0.45 * math.sin(2 * math.pi * (day.timetuple().tm_yday - 105) / 365)
        if rng.random() < a_week / 7 * season:
            found.append(day)
    return found


def answer(town: Town) -> None:
    """A complaint and a cancellation come in; Ana takes care, calls, and puts one off."""
    town.complains("C-1029", MONDAY - timedelta(days=6))
    town.cancels("C-0871", MONDAY)
    town.work()
    later = town.clock.now() + timedelta(hours=3)
    town.clock.move_to(later)
    say(town, "C-1029", Action("acknowledge"))
    town.clock.move_to(later + timedelta(hours=2))
    say(
        town,
        "C-1029",
        Action("call", note="Owner is angry about two late deliveries. Wants them before seven."),
    )
    back = (town.clock.now() + timedelta(days=14)).date()
    say(town, "C-0633", Action("snooze", "holiday", until=back), days=14)
    say(town, "C-0402", Action("dismiss", "moved", note="Orders through the shop in town now."))


def say(town: Town, name: str, action: Action, days: int | None = None) -> None:
    found = town.alerts(name)
    assert found, f"{name} has no alert"
    now = town.clock.now()
    given: dict[str, Any] = {"until": None if days is None else now + timedelta(days=days)}
    rep = "leo" if name == "C-0402" else "ana"
    town.database.run(
        lambda connection: act(connection, found[0].id, action, actor=f"rep:{rep}", at=now, **given)
    )


def prepare_shop(path: Path) -> None:
    """That shop in a migrated file."""
    database = Database(f"sqlite:///{path}")
    build(database)
    with database.read() as connection:
        assert connection.execute(alert.select()).first() is not None
    database.close()
