"""How fast one notifier sends mails, beside a bare loop of smtplib.

    python bench/mails.py [MAILS] [--postgres] [--profile]

Urgent alerts of as many customers, for 500 reps, wait in the database; one notifier with all its
threads sends them to a real aiosmtpd server in another process, and marks them. The rival sends
mails that a notifier made, over one connection with smtplib. They take turns, three each, and of
each the best counts; every turn of the notifier has a third of the alerts, in a database
of its own.
"""

import argparse
import cProfile
import pstats
import smtplib
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from sqlalchemy import func, select

from bench.mail_alerts import fill
from bench.mail_sink import Sink, sink
from services.notifier.service import Notifier
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.table import TableLog
from shared.ops.clock import SystemClock
from shared.ops.garbage import search_less
from shared.ops.settings import Settings, load_settings
from shared.ops.stop import Stop
from shared.ops.wakeup import LocalWakeup
from shared.storage.database import Database
from shared.storage.schema import migrate
from shared.storage.tables import delivery
from tests.postgres.server import empty, running

TARGET = 0.6
TURNS = 3
LOOP = 1_000  # mails of one turn of the rival at most


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
    turns = 1 if given.profile else TURNS
    share = given.mails // turns
    sent: list[Spent] = []
    bare: list[Spent] = []
    with sink() as server:
        for turn in range(turns):
            with place(postgres=given.postgres) as (database, log_database, settings):
                changed = settings.model_copy(update={"smtp_url": SecretStr(server.url)})
                fill(database, range(turn * share, (turn + 1) * share))
                spent = time_notifier(database, log_database, changed, server, share, given.profile)
            sent.append(spent)
            show("notifier", spent)
            bare.append(time_loop(server, min(LOOP, share)))
            show("bare smtplib", bare[-1])
    best, rival = min(sent), min(bare)
    print(f"best of {turns} turns each:")
    show("bare smtplib", rival)
    show("notifier", best)
    print(f"{'':14} {rival.wall / best.wall:.2f} of the bare loop's speed (at least {TARGET})")


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
    taken, named = server.counts()
    began, cpu = time.perf_counter(), time.process_time()
    for worker in workers:
        worker.start()
    while server.counts()[0] < taken + count or unsent(database):
        time.sleep(0.05)
    spent = since(began, cpu, count)
    stop.request()
    for worker in workers:
        worker.join(5)
    notifier.close()
    assert server.counts() == (taken + count, named + count), "each mail once"
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
