"""CPU seconds that each role uses for a million purchases, as processes on Kafka and PostgreSQL.

    python bench/cluster_cpu.py [EVENTS]

One process a role. Purchases are posted in bodies of 500 and waited for until they are folded;
what a process used while nothing came is taken off by the second.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.kafka_ingest import SIZE, post
from bench.kafka_purchases import bodies, cpu_of, kafka, postgres, told_load
from tests.acceptance.cluster import Cluster
from tests.postgres.server import empty

ROLES = ("ingest", "detector", "notifier")
IDLE_SECONDS = 5.0
PATIENCE = 60.0
FOLDED = "SELECT coalesce(sum(next_offset), 0) FROM position WHERE topic = 'vigia.events'"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=50_000)
    count: int = parser.parse_args().events
    count -= count % SIZE
    prepared = bodies(count, SIZE)
    with (
        tempfile.TemporaryDirectory() as folder,
        kafka() as broker,
        postgres() as server,
        server.fresh(empty) as url,
        psycopg.connect(url, autocommit=True) as watching,
    ):
        cluster = Cluster(
            Path(folder) / "data", database=url, bootstrap=broker.bootstrap, log_level="error"
        )
        try:
            key = cluster("key", "create", "--scope", "admin").split()[-1]
            addresses = [cluster.begin(role) for role in ROLES]
            time.sleep(IDLE_SECONDS)
            before, began = used(cluster), time.perf_counter()
            time.sleep(IDLE_SECONDS)
            idle = less(used(cluster), before)
            idle = {r: each / (time.perf_counter() - began) for r, each in idle.items()}
            before, began = used(cluster), time.perf_counter()
            if post(addresses[0], key, prepared):
                raise RuntimeError("some posts were not taken")
            wait(watching, count)
            seconds = time.perf_counter() - began
            spent = less(used(cluster), before)
        finally:
            cluster.kill_all()
    print(f"{count} purchases in {seconds:.1f} s from the first post to the last fold")
    for role in ROLES:
        million = (spent[role] - idle[role] * seconds) / count * 1e6
        print(f"{role:10} {million:6.1f} s of CPU a million; idle {idle[role]:.1%} of a core")
    print(told_load())


def used(cluster: Cluster) -> dict[str, float]:
    return {role: cpu_of(process.pid) for role, process in cluster.processes}


def less(now: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {role: each - before[role] for role, each in now.items()}


def wait(watching: psycopg.Connection[tuple[Any, ...]], count: int) -> None:
    """Until every purchase is in the ledger."""
    until, row = time.perf_counter() + PATIENCE, None
    while time.perf_counter() < until:
        row = watching.execute(FOLDED).fetchone()
        if row is not None and row[0] >= count:
            return
        time.sleep(0.2)
    raise RuntimeError(f"not folded in {PATIENCE:.0f} s: {row}")


if __name__ == "__main__":
    main()
