"""Small portfolios as the projector would have stored them: ledger, days, customers."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, func, insert, select

from services.detector.customer import Judgement, judge_one
from services.detector.evaluation import Evaluator
from services.detector.judge import Judge
from services.detector.metrics import DetectorMetrics
from shared.domain.week import Calendar
from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.settings import Settings, load_settings
from shared.ops.wakeup import LocalWakeup
from shared.storage import evaluations, standings
from shared.storage.bulk import ManyRows
from shared.storage.database import Database
from shared.storage.ledger import COUNTED, STORED, instant_key
from shared.storage.standings import StandingRow
from shared.storage.tables import alert, customer, customer_day, due, event, standing
from shared.storage.totals import KEY, SUMS

CALENDAR = Calendar(ZoneInfo("UTC"))
EURO = 10_000
# Thousands of rows a test: one by one they would take most of its time.
_FACTS = ManyRows(event, STORED, fixed={"state": f"'{COUNTED}'"}, ending="")
_DAYS = ManyRows(customer_day, (*KEY, *SUMS), fixed={}, ending="")


@dataclass(frozen=True, slots=True)
class Trade:
    """A purchase, or a refund of the purchase `ref` (None: of none in particular)."""

    day: int
    units: int
    type: str = "purchase"
    currency: str = "EUR"
    source: str = "shop"
    rep: str | None = None
    ref: str | None = None
    id: str | None = None


def add_customer(connection: Connection, name: str, rep: str | None = None) -> int:
    values = {"id": name, "version": 1, "rep": rep, "active": True, "field_times": {}}
    added = insert(customer).values(values).returning(customer.c.number)
    return int(connection.execute(added).scalar_one())


def add_event(connection: Connection, number: int, kind: str, day: int, **columns: Any) -> None:
    serial = connection.scalar(select(func.count()).select_from(event))
    values = {
        "source": "shop",
        "id": f"{kind}{serial}",
        "revision": 0,
        "type": kind,
        "customer": number,
        "at": CALENDAR.starts_at(day, 12),
        "day": day,
        "state": "counted",
        "digest": b"",
        "body": b"{}",
    }
    connection.execute(insert(event).values({**values, **columns}))


def add_trade(connection: Connection, number: int, trades: Iterable[Trade]) -> None:
    """Write facts of trade into the ledger and the day totals, as folding them does."""
    facts = []
    totals: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for serial, one in enumerate(trades):
        at = instant_key(CALENDAR.starts_at(one.day, 12).astimezone(UTC))
        name = one.id or f"{number}-{one.day}-{serial}"
        said = (one.source, name, 0, one.type, number, at, one.day, one.units, one.currency)
        facts.append((*said, one.ref, one.rep, b"", b"{}"))
        place = 0 if one.type == "purchase" else 2
        total = totals[one.day, one.currency]
        total[place] += 1
        total[place + 1] += one.units
    if facts:
        _FACTS.insert(connection, facts)
        days = [(number, day, currency, *total) for (day, currency), total in totals.items()]
        _DAYS.insert(connection, days)


def steady(
    seed: object, begin: int, end: int, *, a_week: float = 2.0, units: int = 50 * EURO
) -> list[Trade]:
    """Purchases on random days from `begin` up to `end`, the same for the same seed."""
    rng = random.Random(str(seed))
    return [
        Trade(day, units + rng.randrange(-20, 20) * EURO)
        for day in range(begin, end)
        if rng.random() < a_week / 7
    ]


@dataclass(frozen=True, slots=True)
class House:
    """A company's database with everything an evaluation needs."""

    database: Database
    clock: SimulatedClock
    wakeup: LocalWakeup
    log: TableLog

    @property
    def as_of(self) -> int:
        """The first day of the present week."""
        return CALENDAR.week_of(CALENDAR.day_of(self.clock.now()))

    def settings(self, **changes: Any) -> Settings:
        return load_settings(**changes)

    def evaluator(self, **changes: Any) -> Evaluator:
        return Evaluator(
            self.database,
            self.log,
            self.settings(**changes),
            CALENDAR,
            self.clock,
            self.wakeup,
            DetectorMetrics(CollectorRegistry()),
            "test",
        )

    def judge(self, **changes: Any) -> None:
        """Judge until nobody is due."""
        metrics = DetectorMetrics(CollectorRegistry())
        settings = self.settings(**changes)
        judge = Judge(self.database, settings, CALENDAR, self.clock, self.wakeup, metrics)
        while judge.step():
            pass

    def add(self, name: str, trades: Iterable[Trade], rep: str | None = "ana") -> int:
        with self.database.write() as connection:
            number = add_customer(connection, name, rep)
            add_trade(connection, number, trades)
        return number

    def more(self, number: int, trades: Iterable[Trade]) -> None:
        """Further trade of somebody."""
        with self.database.write() as connection:
            add_trade(connection, number, trades)

    def populate(
        self, names: Sequence[str], *, weeks: int = 46, leavers: Sequence[str] = (), gone: int = 4
    ) -> dict[str, int]:
        """Customers of rep ana who buy twice a week; `leavers` stopped `gone` weeks ago."""
        begin, end = self.as_of - 7 * weeks, self.as_of
        numbers = {}
        with self.database.write() as connection:
            for name in names:
                trades = steady(name, begin, end - 7 * gone * (name in leavers))
                numbers[name] = add_customer(connection, name, "ana")
                add_trade(connection, numbers[name], trades)
        return numbers

    def pass_weeks(self, count: int) -> None:
        self.clock.move_to(self.clock.now() + timedelta(weeks=count))


def rows_of(house: House, evaluation_id: int) -> dict[str, dict[str, Any]]:
    """Standings by customer id, without the evaluation's and the customer's numbers."""
    names = [name for name in StandingRow.__slots__ if name not in ("evaluation", "customer")]
    found = (
        select(customer.c.id, *(standing.c[name] for name in names))
        .join(standing, standing.c.customer == customer.c.number)
        .where(standing.c.evaluation == evaluation_id)
    )
    with house.database.read() as connection:
        return {row.id: {n: getattr(row, n) for n in names} for row in connection.execute(found)}


def judged_alone(house: House, evaluation_id: int, number: int) -> Judgement:
    """The judgement of one customer, which is that of the evaluation."""
    with house.database.read() as connection:
        row = evaluations.read(connection, evaluation_id)
        found = judge_one(connection, number, row, house.settings(), CALENDAR)
        stored = standings.read(connection, row.id, number)
    assert stored is not None
    for one, other in zip(astuple(found.standing), astuple(stored), strict=True):
        assert one == (pytest.approx(other, abs=1e-9) if isinstance(other, float) else other)
    return found


def due_rows(house: House) -> set[tuple[str, str, int]]:
    found = select(customer.c.id, due.c.reason, due.c.priority).join(
        due, due.c.customer == customer.c.number
    )
    with house.database.read() as connection:
        return {(row.id, row.reason, row.priority) for row in connection.execute(found)}


def had_alert(house: House, number: int, state: str, weeks: float, **columns: Any) -> None:
    """The customer's alert, opened so many weeks before this week began."""
    opened = CALENDAR.starts_at(house.as_of, 6) - timedelta(weeks=weeks)
    values = {
        "id": f"a_{number}_{weeks}",
        "kind": "customer",
        "key": str(number),
        "customer": number,
        "state": state,
        "severity": "warning",
        "as_of": house.as_of,
        "opened_at": opened,
        "updated_at": opened,
        "sentence": "",
        "evidence": [],
        "last_number": 1,
        **columns,
    }
    with house.database.write() as connection:
        connection.execute(insert(alert).values(values))
