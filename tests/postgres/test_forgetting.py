"""A PostgreSQL that crashes forgets what need not be on its disk; nothing is lost by it."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial

import psycopg
import pytest

from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.wakeup import LocalWakeup
from shared.storage import deliveries, due, taking
from shared.storage.database import Database
from shared.storage.deliveries import Sent, Taken
from tests.detector.town import MONDAY, Town
from tests.eventlog.folding import Folding, append, by_key, steps
from tests.notifier.working import keep, new, rows
from tests.postgres.builders import url_of
from tests.postgres.server import Server, started
from tests.storage.builders import until

# What no commit waits for stays in the server's memory for the length of a test.
FORGETFUL = ("fsync = off", "wal_writer_delay = '10s'")


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, because it crashes."""
    with started(tmp_path_factory.mktemp("crashing")) as url:
        server = Server(url)
        for setting in FORGETFUL:
            server.run(f"ALTER SYSTEM SET {setting}")
        server.run("SELECT pg_reload_conf()")
        yield server


@pytest.fixture
def crashing(forgetful: Server) -> Iterator[Database]:
    with forgetful.fresh() as url, closing(Database(url)) as database:
        yield database


def crash(database: Database) -> None:
    """Kill a session: the server ends all others, forgets its memory and starts anew."""
    before = _begun(database)
    with psycopg.connect(_plain(database), autocommit=True) as session:
        os.kill(session.info.backend_pid, signal.SIGKILL)
        until(lambda: _begun(database) not in (before, None))


def _begun(database: Database) -> datetime | None:
    """When the server's own processes began; None while it does not answer."""
    query = "SELECT backend_start FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
    try:
        with psycopg.connect(_plain(database), autocommit=True) as asking:
            found = asking.execute(query).fetchone()
    except psycopg.Error:
        return None
    return found[0] if found else None


def _plain(database: Database) -> str:
    """The address as psycopg takes it."""
    return url_of(database).replace("+psycopg", "")


def test_a_forgotten_fold_is_folded_again(
    crashing: Database, clock: SimulatedClock, log: TableLog
) -> None:
    folding = Folding(crashing, clock)
    consumer = folding.join(log, "one")
    append(log, range(40))
    steps(consumer, lambda: len(folding.kept()) == 40)
    crash(crashing)
    assert folding.kept() == {}, "the commit has waited for the disk"
    append(log, range(40, 80))
    steps(consumer, lambda: sum(map(len, folding.kept().values())) == 80)
    assert folding.kept() == by_key(80)


def test_a_lease_may_be_forgotten_and_a_yes_may_not(
    crashing: Database, clock: SimulatedClock
) -> None:
    keep(crashing, clock, new())
    take(crashing, clock, "one")
    crash(crashing)
    assert rows(crashing)[0].state == "pending", "the commit has waited for the disk"
    (taken,) = take(crashing, clock, "two")
    yes = Sent(taken, "ana@x.example", "ana", "<1>", clock.real())
    assert crashing.run(lambda connection: deliveries.sent(connection, [yes])) == {taken.id}
    crash(crashing)
    (row,) = rows(crashing)
    assert (row.state, row.attempts, row.attempt) == ("sent", 1, 1)


def test_an_alert_is_not_forgotten(
    crashing: Database, clock: SimulatedClock, wakeup: LocalWakeup
) -> None:
    town = Town(crashing, clock, wakeup)
    for name in ("gone", "calm"):
        town.customer(name)
    town.cancels("gone", MONDAY)
    town.due("calm", "late", due.LATE)  # judged later: nothing that waits comes after it
    town.work()
    assert town.waiting() == 0
    crash(crashing)
    assert town.history("gone") == [("opened", "cancellation")]
    assert town.waiting() == 1, "the commit has waited for the disk"
    town.work()
    assert town.waiting() == 0


def take(database: Database, clock: SimulatedClock, owner: str) -> list[Taken]:
    """As a sender does."""
    return database.run(
        partial(
            taking.take, owner=owner, channel="email", apart=timedelta(0), now=clock.real(), most=9
        ),
        forgettable=True,
    )
