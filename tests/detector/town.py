"""A small company whose customers buy as told, and a judge for them."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry
from sqlalchemy import func, insert, select, update

from services.detector.held import Missing
from services.detector.judge import Judge
from services.detector.metrics import DetectorMetrics
from services.detector.run import EvaluationRun, Surroundings, begin
from shared.domain.week import Calendar, day_number
from shared.ops.clock import SimulatedClock
from shared.ops.settings import Settings
from shared.ops.wakeup import LocalWakeup
from shared.storage import alerts, due, evaluations, standings, transitions
from shared.storage.alert_rows import AlertRow
from shared.storage.database import Database
from shared.storage.evaluations import EvaluationRow
from shared.storage.lease import Lease
from shared.storage.tables import customer, customer_day, event
from shared.storage.transitions import TransitionRow

MONDAY = date(2026, 3, 2)
CALENDAR = Calendar(ZoneInfo("UTC"))
UNITS = 10_000


class Town:
    """What is known and judged; days are dates, amounts whole euros."""

    def __init__(self, database: Database, clock: SimulatedClock, wakeup: LocalWakeup) -> None:
        self.database = database
        self.clock = clock
        self.wakeup = wakeup
        self.settings = Settings()
        self.judge = self.new_judge()

    def decree(self, **settings: Any) -> None:
        """Go on under other settings."""
        self.settings = Settings(**settings)
        self.judge = self.new_judge()

    def new_judge(self, hand: Callable[[TransitionRow], None] | None = None) -> Judge:
        metrics = DetectorMetrics(CollectorRegistry())
        known = (self.database, self.settings, CALENDAR, self.clock, self.wakeup)
        return Judge(*known, metrics, hand)

    def customer(self, name: str, rep: str | None = "ana") -> int:
        with self.database.write() as connection:
            row = insert(customer).values(id=name, rep=rep).returning(customer.c.number)
            return int(connection.execute(row).scalar_one())

    def number(self, name: str) -> int:
        with self.database.read() as connection:
            found = select(customer.c.number).where(customer.c.id == name)
            return int(connection.execute(found).scalar_one())

    def buys(self, name: str, days: Iterable[date], amount: int = 100) -> None:
        """Purchases that make nobody due; the leaver's come from a feed of their own."""
        number = self.number(name)
        source = "kiosk" if name == "leaver" else "till"
        rows = [
            _event(number, source, f"{name}-{day}", "purchase", day, amount=amount) for day in days
        ]
        totals = [
            {
                "customer": number,
                "day": row["day"],
                "currency": "EUR",
                "orders": 1,
                "amount": amount * UNITS,
                "refunds": 0,
                "refunded": 0,
            }
            for row in rows
        ]
        if rows:
            with self.database.write() as connection:
                connection.execute(insert(event), rows)
                connection.execute(insert(customer_day), totals)

    def returns(self, name: str, bought: date, day: date, amount: int) -> None:
        """All that was bought on a day by the leaver's feed comes back."""
        number = self.number(name)
        row = _event(number, "kiosk", f"back-{day}", "purchase", day, amount=amount)
        refund = {**row, "type": "refund", "ref": f"{name}-{bought}"}
        with self.database.write() as connection:
            connection.execute(insert(event), [refund])

    def buys_now(self, name: str, day: date, reason: str, amount: int = 100) -> None:
        """A purchase that becomes known just now."""
        self.buys(name, [day], amount)
        self.due(name, reason, due.LATE)

    def unbuys(self, name: str, since: date) -> None:
        """Purchases from a day on turn out never to have been."""
        number = self.number(name)
        with self.database.write() as connection:
            connection.execute(
                update(event)
                .where(
                    event.c.customer == number,
                    event.c.type == "purchase",
                    event.c.day >= day_number(since),
                )
                .values(state="replaced")
            )
            days = customer_day.c.customer == number, customer_day.c.day >= day_number(since)
            connection.execute(customer_day.delete().where(*days))
        self.due(name, "late", due.LATE)

    def tells(
        self, name: str, kind: str, id_: str, day: date, hour: int = 5, /, **data: Any
    ) -> None:
        """A fact other than trade; the customer is due at once."""
        row = _event(self.number(name), "desk", id_, kind, day, hour, **data)
        with self.database.write() as connection:
            connection.execute(insert(event), [row])
        reason = "late" if kind == "complaint_resolved" else kind
        self.due(name, reason, due.URGENT)

    def complains(self, name: str, day: date, severity: str = "high", id_: str = "c1") -> None:
        self.tells(name, "complaint", id_, day, severity=severity, topic="late delivery")

    def cancels(self, name: str, day: date, stage: str = "requested", hour: int = 5) -> None:
        self.tells(name, "cancellation", f"x-{stage}-{day}", day, hour, stage=stage)

    def due(self, name: str, reason: str, priority: int) -> None:
        number = self.number(name)
        with self.database.write() as connection:
            raised = update(customer).where(customer.c.number == number)
            connection.execute(raised.values(version=customer.c.version + 1))
            due.mark(connection, [(number, reason, priority)], self.clock.now())

    def evaluate(self, missing: Missing | None = None) -> EvaluationRow:
        """The live evaluation of the newest closed week, handed to the judge."""
        lease = Lease(self.database, "evaluation", "test")
        lease.acquire()
        around = Surroundings(self.database, self.settings, CALENDAR, lease)
        now = self.clock.now()
        as_of = CALENDAR.newest_closed_week(now) + 7
        row = begin(around, as_of, live=True, now=now)
        EvaluationRun(around, row, missing or Missing(), now).execute(lambda done, total: None)
        lease.release()
        return self.evaluation(row.id)

    def evaluation(self, number: int) -> EvaluationRow:
        with self.database.read() as connection:
            return evaluations.read(connection, number)

    def work(self) -> None:
        """Judge until nobody is due."""
        while self.judge.step():
            pass

    def week(self, weeks: int = 1, *, judged: bool = True) -> EvaluationRow:
        """Let weeks pass in which the regulars buy; evaluate and judge the last."""
        for _ in range(weeks):
            self.trade()
        row = self.evaluate()
        if judged:
            self.work()
        return self.evaluation(row.id)

    def trade(self) -> None:
        """Let a week pass in which the regulars buy."""
        monday = self.clock.now().date()
        rng = Random(monday.toordinal())
        self.clock.move_to(self.clock.now() + timedelta(weeks=1))
        for name in self.regulars():
            days = [monday + timedelta(days=n) for n in (0, 2, 4)]
            self.buys(name, [day for day in days if rng.random() < 0.8])

    def regulars(self) -> list[str]:
        with self.database.read() as connection:
            found = select(customer.c.id).where(customer.c.id.like("regular-%"))
            return list(connection.scalars(found))

    def alerts(self, name: str) -> list[AlertRow]:
        number = self.number(name)
        with self.database.read() as connection:
            return alerts.of_customer(connection, number)

    def alert(self, name: str) -> AlertRow:
        """The only alert the customer ever had."""
        (one,) = self.alerts(name)
        return one

    def history(self, name: str) -> list[tuple[str, str]]:
        """Kinds and reasons of all transitions of the customer's newest alert."""
        return [(one.kind, one.reason) for one in self.transitions(name)]

    def transitions(self, name: str) -> list[TransitionRow]:
        newest = self.alerts(name)[0]
        with self.database.read() as connection:
            return transitions.transitions(connection, newest.id)

    def verdict(self, name: str, row: EvaluationRow) -> str:
        with self.database.read() as connection:
            found = standings.read(connection, row.id, self.number(name))
            assert found is not None
            return found.verdict

    def waiting(self) -> int:
        with self.database.read() as connection:
            return sum(due.waiting(connection).values())

    def count(self, table: Any) -> int:
        with self.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0


def settle(database: Database) -> None:
    """Forty weeks of trade before 2 March 2026: 30 regulars, and one who stopped a month ago."""
    town = Town(database, SimulatedClock(datetime(2026, 3, 2, 6, tzinfo=UTC)), LocalWakeup())
    rng = Random(5)
    begin = MONDAY - timedelta(weeks=40)
    days = [begin + timedelta(weeks=week, days=day) for week in range(40) for day in (0, 2, 4)]
    for n in range(30):
        name = f"regular-{n:02}"
        town.customer(name)
        town.buys(name, [day for day in days if rng.random() < 0.8], amount=80 + n)
    town.customer("leaver")
    stop = MONDAY - timedelta(weeks=4)
    town.buys("leaver", [day for day in days if day < stop and rng.random() < 0.9], amount=140)
    town.customer("new")


def _event(
    number: int, source: str, id_: str, kind: str, day: date, hour: int = 5, /, **data: Any
) -> dict[str, Any]:
    trade = kind == "purchase"
    return {
        "source": source,
        "id": id_,
        "revision": 0,
        "type": kind,
        "customer": number,
        "at": datetime.combine(day, time(hour), UTC),
        "day": day_number(day),
        "state": "counted",
        "amount": data["amount"] * UNITS if trade else None,
        "currency": "EUR" if trade else None,
        "ref": data.get("complaint"),
        "rep": None,
        "digest": b"",
        "body": json.dumps({"data": data}).encode(),
    }
