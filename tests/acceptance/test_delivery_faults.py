"""300 alerts, three notifiers, an ill mail server: each arrives, and twice only where it must."""

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from services.notifier.sender import GROUP
from services.notifier.service import MAIL_SENDERS
from shared.ops.clock import SystemClock
from shared.storage import deliveries, reps
from shared.storage.database import Database
from shared.storage.reps import Rep
from tests.acceptance.cluster import Cluster, kill
from tests.acceptance.running import wait_for
from tests.notifier.mail_server import CUT, HANG, OK, MailServer
from tests.notifier.working import new
from tests.postgres.server import Server, empty

ALERTS = 300
REPS = 30
CUTS = 12
KILLS = 4
FREEZES = 2
SEED = 11


@pytest.fixture
def cluster(kafka_broker: Any, postgres: Server, tmp_path: Path) -> Iterator[Cluster]:
    with postgres.fresh(empty) as database:
        found = Cluster(
            tmp_path / "data",
            database=database,
            bootstrap=kafka_broker.bootstrap,
            retry_scale="0.02",
            storm_messages="1000",
            log_level="error",
        )
        try:
            yield found
        finally:
            found.kill_all()


def fill(cluster: Cluster) -> None:
    """An alert after the other, each about another customer, for 30 reps."""
    clock = SystemClock()
    made = [
        new(id=f"a_{number:03}", customer=f"C-{number}", rep=f"r{number % REPS}")
        for number in range(ALERTS)
    ]
    url = cluster.environment["VIGIA_DATABASE_URL"]
    with closing(Database(url)) as database, database.write() as connection:
        for number in range(REPS):
            person = Rep(f"r{number}", email=f"r{number}@company.example")
            reps.add(connection, person, clock.now())
        deliveries.keep(connection, made, clock.real())


def watch(cluster: Cluster) -> Any:
    return closing(psycopg.connect(cluster.environment["VIGIA_DATABASE_URL"], autocommit=True))


def states(cluster: Cluster) -> Counter[str]:
    with watch(cluster) as connection:
        return Counter(row[0] for row in connection.execute("SELECT state FROM report_delivery"))


def let_leases_end(cluster: Cluster, pid: int) -> None:
    """What a dead or frozen notifier holds is free after 120 seconds; here at once."""
    with watch(cluster) as connection:
        connection.execute(
            "UPDATE delivery SET until = 0 WHERE state = 'leased' AND owner LIKE %s", [f"%:{pid}"]
        )


def hurt(cluster: Cluster, rng: random.Random) -> None:
    """Kill or freeze one notifier after the other; the rest goes on meanwhile."""
    faults = ["kill"] * KILLS + ["freeze"] * FREEZES
    rng.shuffle(faults)
    for fault in faults:
        time.sleep(rng.uniform(0.3, 0.8))
        role, process = cluster.processes.pop(0)
        if fault == "kill":
            kill(process)
            let_leases_end(cluster, process.pid)
            cluster.begin("notifier")
            continue
        process.send_signal(signal.SIGSTOP)
        let_leases_end(cluster, process.pid)
        time.sleep(1.0)
        process.send_signal(signal.SIGCONT)
        cluster.processes.append((role, process))


def test_without_faults_each_alert_arrives_exactly_once(cluster: Cluster) -> None:
    with MailServer() as mailbox:
        cluster.set(smtp_url=mailbox.url)
        fill(cluster)
        for _ in range(3):
            cluster.begin("notifier")
        wait_for(lambda: states(cluster) == {"sent": ALERTS}, 60)
        arrived = Counter(str(mail["Message-ID"]) for mail in mailbox.mails)
    assert len(arrived) == ALERTS
    assert set(arrived.values()) == {1}


def test_with_faults_each_arrives_and_twice_only_where_a_yes_was_lost(cluster: Cluster) -> None:
    rng = random.Random(SEED)
    answers = [OK] * 150 + [CUT] * CUTS + ["451 later"] * 12 + ["421 going down"] * 6
    rng.shuffle(answers)
    answers.insert(40, HANG)
    with MailServer(answers) as mailbox:
        cluster.set(smtp_url=mailbox.url)
        fill(cluster)
        for _ in range(3):
            cluster.begin("notifier")
        hurt(cluster, rng)
        wait_for(lambda: states(cluster) == {"sent": ALERTS}, 120)
        arrived = Counter(str(mail["Message-ID"]) for mail in mailbox.mails)
    assert len(arrived) == ALERTS  # the same Message-ID, however often it was sent
    twice = sum(arrived.values()) - ALERTS
    unmarked = MAIL_SENDERS * GROUP  # at most, when a notifier dies or freezes
    assert CUTS <= twice <= CUTS + (KILLS + FREEZES) * unmarked
