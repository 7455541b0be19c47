"""Detectors are killed and frozen while events come: every event counts once, none is lost."""

import json
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.acceptance.cluster import Cluster, kill
from tests.acceptance.running import NO_TLS
from tests.postgres.server import Server, empty

POSTS = 5_000
A_REQUEST = 25
KILLS = 6
FREEZES = 4
FROZEN_SECONDS = 12.0  # longer than the group's session timeout of 10 s
SEED = 7


@pytest.fixture
def cluster(kafka_broker: Any, postgres: Server, tmp_path: Path) -> Iterator[Cluster]:
    with postgres.fresh(empty) as database:
        found = Cluster(
            tmp_path / "data",
            database=database,
            bootstrap=kafka_broker.bootstrap,
            now="2026-03-02T06:30:00Z",
        )
        try:
            yield found
        finally:
            found.kill_all()


def events(rng: random.Random) -> list[dict[str, Any]]:
    """Purchases of 60 customers; every tenth is one that was posted before."""
    made: list[dict[str, Any]] = []
    for number in range(POSTS):
        if number % 10 == 9:
            made.append(rng.choice(made))
            continue
        day = f"2026-02-{1 + rng.randrange(27):02}"
        made.append(
            {
                "id": f"r-{number}", "source": "till", "type": "purchase",
                "subject": f"C-{rng.randrange(60):02}", "time": f"{day}T10:00:00Z",
                "data": {"amount": f"{rng.randrange(1, 9000) / 100:.2f}", "currency": "EUR"},
            }
        )  # fmt: skip
    return made


def keep_posting(address: str, key: str, made: list[dict[str, Any]], accepted: set[str]) -> None:
    """Post all, again while unsure, over the time the faults take."""
    for start in range(0, len(made), A_REQUEST):
        batch = made[start : start + A_REQUEST]
        while True:
            answer = httpx.post(
                f"{address}/v1/events",
                json=batch,
                headers={"Authorization": f"Bearer {key}"},
                timeout=10,
                verify=NO_TLS,
            )
            if answer.status_code == 202:
                break
            assert answer.status_code == 503, answer.text
        accepted.update(event["id"] for event in batch)
        time.sleep(0.15)


def thaw_later(process: "subprocess.Popen[str]") -> threading.Timer:
    timer = threading.Timer(FROZEN_SECONDS, lambda: process.send_signal(signal.SIGCONT))
    timer.start()
    return timer


def hurt(cluster: Cluster, rng: random.Random) -> None:
    """Six kills and four freezes; at every moment one detector at least is unharmed."""
    faults = ["kill"] * KILLS + ["freeze"] * FREEZES
    rng.shuffle(faults)
    timers: list[threading.Timer] = []
    for fault in faults:
        time.sleep(rng.uniform(2.0, 4.0))
        role, process = next(one for one in cluster.processes if one[0] == "detector")
        cluster.processes.remove((role, process))
        if fault == "kill":
            kill(process)
            cluster.begin("detector")
        else:
            process.send_signal(signal.SIGSTOP)
            timers.append(thaw_later(process))
            cluster.processes.append((role, process))
    for timer in timers:
        timer.join()


def folded_apart(records: list[bytes]) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """What the topic says, added up without any of our code."""
    seen: dict[str, dict[str, Any]] = {}
    for record in records:
        event = json.loads(record)
        seen.setdefault(event["id"], event)
    orders: Counter[tuple[str, str]] = Counter()
    amounts: Counter[tuple[str, str]] = Counter()
    for event in seen.values():
        place = (event["subject"], event["time"][:10])
        orders[place] += 1
        amounts[place] += Decimal(event["data"]["amount"])  # type: ignore[assignment]
    return {place: (orders[place], Decimal(amounts[place])) for place in orders}


def test_every_event_counts_once_whatever_dies(cluster: Cluster) -> None:
    rng = random.Random(SEED)
    key = cluster("key", "create", "--scope", "ingest").split()[-1]
    address = cluster.begin("ingest")
    for _ in range(3):
        cluster.begin("detector")
    accepted: set[str] = set()
    made = events(rng)
    till = threading.Thread(target=keep_posting, args=(address, key, made, accepted))
    till.start()
    hurt(cluster, rng)
    till.join()
    cluster.wait_until_settled(60)
    with psycopg.connect(cluster.environment["VIGIA_DATABASE_URL"]) as connection:
        known = {row[0] for row in connection.execute("SELECT id FROM report_event")}
        days = connection.execute(
            "SELECT customer, day::text, orders, amount FROM report_customer_day"
        ).fetchall()
    assert accepted == {event["id"] for event in made}
    assert accepted <= known
    stored = {(customer, day): (orders, amount) for customer, day, orders, amount in days}
    assert stored == folded_apart(cluster.records("events"))
    assert cluster.json("verify") == []
