"""How fast one notifier sends mails, beside a bare loop of smtplib.

    python bench/mails.py [MAILS] [--postgres] [--profile]

Urgent alerts of as many customers, for 500 reps, wait in the database; one notifier with all its
threads sends them to a real aiosmtpd server in another process, and marks them. The rival sends
the same mails, made beforehand, over one connection with smtplib, in the same run.
"""

import argparse
import cProfile
import pstats
import random
import smtplib
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from sqlalchemy import func, insert, select

from bench.mail_sink import Sink, sink
from services.notifier.service import Notifier
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.table import TableLog
from shared.ops.clock import SystemClock
from shared.ops.garbage import search_less
from shared.ops.settings import Settings, load_settings
from shared.ops.stop import Stop
from shared.ops.wakeup import LocalWakeup
from shared.storage import deliveries, reps
from shared.storage.database import Database
from shared.storage.deliveries import NewDelivery
from shared.storage.reps import Rep
from shared.storage.schema import migrate
from shared.storage.tables import alert, customer, delivery
from tests.notifier.builders import BARS, COMPLAINT, DROP, VALUE, announcement
from tests.postgres.server import empty, running

REPS = 500
TARGET = 0.6
RUNS = 3
LOOP = 1_000  # mails of one run of the rival


class Spent(NamedTuple):
    """Seconds on the wall a mail, and of this process's CPU."""

    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mails", type=int, nargs="?", default=10_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    with place(postgres=given.postgres) as (database, log_database, settings), sink() as server:
        changed = settings.model_copy(update={"smtp_url": SecretStr(server.url)})
        fill(database, given.mails)
        sent = time_notifier(database, log_database, changed, server, given.mails, given.profile)
        bare = min(time_loop(server, min(LOOP, given.mails)) for _ in range(RUNS))
    show("bare smtplib", bare)
    show("notifier", sent)
    print(f"{'':14} {bare.wall / sent.wall:.2f} of the bare loop's speed (at least {TARGET})")


def show(what: str, spent: Spent) -> None:
    print(
        f"{what:14} {spent.wall * 1e3:6.2f} ms a mail, {spent.cpu * 1e3:.2f} of CPU; "
        f"{1 / spent.wall:,.0f} mails a second"
    )


def since(wall: float, cpu: float, count: int) -> Spent:
    """What each of so many mails took since then."""
    return Spent((time.perf_counter() - wall) / count, (time.process_time() - cpu) / count)


@contextmanager
def place(*, postgres: bool) -> Iterator[tuple[Database, Database, Settings]]:
    """An empty database of the kind, one for the log, and settings as one would have them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        log_database = stack.enter_context(closing(Database(f"sqlite:///{folder / 'log.db'}")))
        migrate(log_database, zone="Europe/Madrid", first_weekday=0, at=datetime.now(UTC))
        database = log_database
        if postgres:
            url = stack.enter_context(stack.enter_context(running()).fresh(empty))
            database = stack.enter_context(closing(Database(url)))
            migrate(database, zone="Europe/Madrid", first_weekday=0, at=datetime.now(UTC))
        settings = load_settings(data=folder, base_url="https://vigia.company.example")
        yield database, log_database, settings


def fill(database: Database, count: int) -> None:
    """An urgent alert of every customer, known to intake."""
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
                for number in range(count)
            ],
        )
        numbers = dict(connection.execute(select(customer.c.id, customer.c.number)).all())
        connection.execute(insert(alert), [_alert(n, numbers, at) for n in range(count)])
        deliveries.keep(connection, [_delivery(n, at) for n in range(count)], clock.real())


def _alert(number: int, numbers: dict[str, int], at: datetime) -> dict[str, object]:
    return {
        "id": f"a_{number:06}",
        "kind": "customer",
        "key": f"C-{number}",
        "customer": numbers[f"C-{number}"],
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


def time_notifier(
    database: Database,
    log_database: Database,
    settings: Settings,
    server: Sink,
    count: int,
    profiled: bool,
) -> Spent:
    """From the start of one notifier to the mark of the last mail."""
    registry, clock, wakeup = CollectorRegistry(), SystemClock(), LocalWakeup()
    log = TableLog(log_database, clock, wakeup, owner="bench")
    notifier = Notifier(
        database=database,
        log=log,
        settings=settings,
        clock=clock,
        wakeup=wakeup,
        registry=registry,
        consumer_metrics=ConsumerMetrics(registry, clock),
        owner="bench",
    )
    search_less()
    if profiled:
        return profile(notifier, server, count)
    stop = Stop()
    workers = notifier.workers(stop)
    began, cpu = time.perf_counter(), time.process_time()
    for worker in workers:
        worker.start()
    while server.counts()[0] < count or unsent(database):
        time.sleep(0.05)
    spent = since(began, cpu, count)
    stop.request()
    for worker in workers:
        worker.join(5)
    notifier.close()
    assert server.counts() == (count, count), "each mail once"
    return spent


def unsent(database: Database) -> int:
    """Mails that are not marked yet."""
    mails = delivery.c.channel == "email"
    with database.read() as connection:
        waiting = select(func.count()).where(mails, delivery.c.state != "sent")
        return int(connection.scalar(waiting) or 0)


def profile(notifier: Notifier, server: Sink, count: int) -> Spent:
    """The sender's own steps in this thread, with what they cost."""
    step = notifier._senders[0].step
    profiler = cProfile.Profile()
    began, cpu = time.perf_counter(), time.process_time()
    profiler.enable()
    while server.counts()[0] < count:
        step()
    profiler.disable()
    spent = since(began, cpu, count)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(70)
    return spent


def time_loop(server: Sink, count: int) -> Spent:
    """The same mails over one connection."""
    mails = server.mails()
    began, cpu = time.perf_counter(), time.process_time()
    with smtplib.SMTP("127.0.0.1", server.port) as connection:
        for number in range(count):
            recipient, body = mails[number % len(mails)]
            connection.sendmail("vigia@company.example", [recipient], body)
    return since(began, cpu, count)


if __name__ == "__main__":
    main()
