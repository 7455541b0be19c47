"""How fast one ingest process takes events in over HTTP and has them acknowledged by Kafka.

    python bench/kafka_ingest.py [EVENTS] [--connections N]

A client posts prepared NDJSON bodies of 500 purchases over a few connections that stay open.
The rival is a loop of bare kafka-python `send` with acks=all of the same events, already
serialised, in this process. Both are run three times by turns and the best of each counts.
"""

import argparse
import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from kafka import KafkaProducer

from bench.kafka_purchases import bodies, cpu_of, kafka, make_topic, records, told_load
from shared.eventlog.port import NewRecord
from tests.acceptance.cluster import Cluster
from tests.kafka.broker import Broker

SIZE = 500
RUNS = 3
TARGET = 0.9
BARE = "bare.events"


class Spent(NamedTuple):
    """Seconds on the wall, CPU of who is measured, and CPU of the client that posts to it."""

    wall: float
    cpu: float
    client: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=50_000)
    parser.add_argument("--connections", type=int, default=3)
    given = parser.parse_args()
    count: int = given.events - given.events % SIZE
    made, prepared = records(count), bodies(count, SIZE)
    sends, posts = [], []
    with kafka() as broker, ingest(broker) as (address, key, pid):
        make_topic(broker, BARE)
        for _ in range(RUNS):
            sends.append(time_sends(broker.bootstrap, made))
            posts.append(time_posts(address, key, pid, prepared, given.connections))
    bare, posted = min(sends), min(posts)
    show("bare kafka-python", bare, count)
    show("posted to ingest", posted, count)
    print(f"{'':18} the client used {posted.client / posted.wall:.0%} of one core")
    print(f"{'':18} {bare.wall / posted.wall:.2f} of the bare loop's speed (at least {TARGET})")
    print(f"{'':18} {bare.cpu / posted.cpu:.2f} by CPU")
    print(told_load())


def show(what: str, spent: Spent, count: int) -> None:
    print(
        f"{what:18} {spent.wall / count * 1e6:6.1f} us an event, "
        f"{spent.cpu / count * 1e6:6.1f} of CPU; {count / spent.wall:,.0f} events a second"
    )


@contextmanager
def ingest(broker: Broker) -> Iterator[tuple[str, str, int]]:
    """One process of the role: its address, a key that may post, and its number."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        cluster = Cluster(data, database="", bootstrap=broker.bootstrap, log_level="error")
        key = cluster("key", "create", "--scope", "admin").split()[-1]
        try:
            address = cluster.begin("ingest")
            yield address, key, cluster.processes[0][1].pid
        finally:
            cluster.kill_all()


def time_sends(bootstrap: str, made: Sequence[NewRecord]) -> Spent:
    """Sending each record, until all are acknowledged."""
    with closing(KafkaProducer(bootstrap_servers=bootstrap, acks="all")) as producer:
        producer.partitions_for(BARE)
        wall, cpu = time.perf_counter(), time.process_time()
        for record in made:
            producer.send(
                BARE, key=record.key.encode(), value=record.value, headers=list(record.headers)
            )
        producer.flush()
        return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def time_posts(
    address: str, key: str, pid: int, prepared: Sequence[bytes], connections: int
) -> Spent:
    """Posting each body over one of the connections, until all are accepted."""
    refused: list[bytes] = []

    def client(mine: Sequence[bytes]) -> None:
        refused.extend(post(address, key, mine))

    clients = [
        threading.Thread(target=client, args=(prepared[first::connections],))
        for first in range(connections)
    ]
    wall, used, cpu = time.perf_counter(), time.process_time(), cpu_of(pid)
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    spent = Spent(time.perf_counter() - wall, cpu_of(pid) - cpu, time.process_time() - used)
    if refused:
        raise RuntimeError(f"{len(refused)} posts were not taken, the first with {refused[0]!r}")
    return spent


def post(address: str, key: str, mine: Sequence[bytes]) -> list[bytes]:
    """Post one body after the other; the answers that say no."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    refused = []
    for body in mine:
        connection.request("POST", "/v1/events", body, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 202 or json.loads(answer)["accepted"] != SIZE:
            refused.append(answer)
    connection.close()
    return refused


if __name__ == "__main__":
    main()
