"""How long a cancellation takes to the committed alert, and to the mail server's yes.

    python bench/cluster_latency.py [RUNS]

One process each of ingest, detector and notifier on a real Kafka and PostgreSQL. A cancellation
of another customer is posted, one at a time, and waited for: first the alert's row, seen from
another session, then the answer of a real SMTP server. After each, the rival sends one record
with bare kafka-python (acks=all) that a bare consumer in another process notes.
"""

import argparse
import multiprocessing
import queue
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psycopg
from aiosmtpd.smtp import SMTP, Envelope, Session
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from bench.kafka_purchases import PARTITIONS, cpu_of, kafka, make_topic, postgres, told_load
from shared.ops.garbage import search_less
from tests.acceptance.cluster import Cluster
from tests.acceptance.running import post
from tests.kafka.broker import Broker
from tests.notifier.mail_server import OK, MailServer
from tests.postgres.server import empty

ROLES = ("ingest", "detector", "notifier")
TARGETS = {"committed alert": 4, "mail server's yes": 5}
WARM = 20
BARE = "bare.events"
TIME = "2026-03-03T06:00:00Z"
PATIENCE = 30.0


class Times(NamedTuple):
    """Milliseconds of one run from the post on, and of the rival after it."""

    accepted: float
    committed: float
    mailed: float
    bare: float


class TimedMailServer(MailServer):
    """Notes when it says yes, and does not take the mails apart before, as the tests' own does."""

    def __enter__(self) -> "TimedMailServer":
        super().__enter__()
        return self

    def __init__(self) -> None:
        super().__init__()
        self.taken: queue.Queue[float] = queue.Queue()

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.taken.put(time.perf_counter())
        return OK


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=int, nargs="?", default=400)
    runs = parser.parse_args().runs
    with kafka() as broker, postgres() as server, server.fresh(empty) as url:
        make_topic(broker, BARE)
        with (
            TimedMailServer() as mailbox,
            roles(broker, url, mailbox) as cluster,
            closing(Rival(broker.bootstrap)) as rival,
            psycopg.connect(url, autocommit=True) as watching,
        ):
            story = Story(cluster, watching, mailbox, runs + WARM)
            rival.wait()
            for number in range(WARM):
                story.run(number, rival)
            search_less()  # the mail server is in this process: one search takes 90 ms
            used = {role: cpu_of(process.pid) for role, process in cluster.processes}
            found = [story.run(number, rival) for number in range(WARM, WARM + runs)]
            used = {role: cpu_of(process.pid) - used[role] for role, process in cluster.processes}
    bare = [each.bare for each in found]
    show("bare kafka-python", bare)
    show("accepted over HTTP", [each.accepted for each in found])
    for name, times in (
        ("committed alert", [each.committed for each in found]),
        ("mail server's yes", [each.mailed for each in found]),
    ):
        show(name, times)
        ratio, half = (part(times, q) / part(bare, q) for q in (0.99, 0.5))
        print(f"{'':20} {ratio:.1f} of the bare p99 (at most {TARGETS[name]}); p50 {half:.1f}")
    for role, seconds in used.items():
        print(f"{role:20} {seconds / runs * 1000:.1f} ms of CPU a run, with what idling takes")
    print(told_load())


def show(what: str, times: list[float]) -> None:
    print(f"{what:20} p50 {part(times, 0.5):7.1f} ms   p99 {part(times, 0.99):7.1f} ms")


def part(times: list[float], q: float) -> float:
    """The value below which the share `q` of them lies."""
    return sorted(times)[min(len(times) - 1, int(q * len(times)))]


class Story:
    """Posts cancellations of known customers and waits for what they bring about."""

    def __init__(
        self, cluster: Cluster, watching: Any, mailbox: TimedMailServer, customers: int
    ) -> None:
        self._watching = watching
        self._mailbox = mailbox
        key = cluster("key", "create", "--scope", "admin").split()[-1]
        self._address = cluster.begin("ingest")
        for role in ROLES[1:]:
            cluster.begin(role)
        self._client = httpx.Client(
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/cloudevents+json",
            }
        )
        rep = {"name": "Rosa Vidal", "email": "rosa@company.example", "locale": "es"}
        known = [
            event("customer", f"C{n:04d}", {"name": f"Bar {n}", "rep": "rosa"})
            for n in range(customers)
        ]
        post(self._address, key, [event("rep", "rosa", rep), *known])
        self._wait("SELECT 1 FROM customer WHERE id = %s", known[-1]["subject"])

    def run(self, number: int, rival: "Rival") -> Times:
        """One cancellation, and one record of the rival when all of it is done."""
        told = event("cancellation", f"C{number:04d}", {"stage": "requested", "reason": "price"})
        began = time.perf_counter()
        answer = self._client.post(f"{self._address}/v1/events", json=told)
        accepted = time.perf_counter()
        if answer.status_code != 202:
            raise RuntimeError(answer.text)
        committed = self._wait("SELECT 1 FROM alert WHERE key = %s", told["subject"])
        mailed = self._mailbox.taken.get(timeout=PATIENCE)
        spent = [(at - began) * 1000 for at in (accepted, committed, mailed)]
        return Times(spent[0], spent[1], spent[2], rival.run(number))

    def _wait(self, query: str, subject: str) -> float:
        """When the query finds something, seen to 4 ms: looking takes from what is looked for."""
        until = time.perf_counter() + PATIENCE
        while time.perf_counter() < until:
            if self._watching.execute(query, [subject]).fetchone():
                return time.perf_counter()
            time.sleep(0.003)
        raise RuntimeError(f"nothing came of {subject} in {PATIENCE:.0f} s")


def event(kind: str, subject: str, data: dict[str, str]) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": f"{kind}-{subject}", "source": "shop", "type": kind,
        "subject": subject, "time": TIME, "data": data,
    }  # fmt: skip


@contextmanager
def roles(broker: Broker, url: str, mailbox: MailServer) -> Iterator[Cluster]:
    """The command on a cluster; whatever was begun is ended."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(
            Path(folder) / "data",
            database=url,
            bootstrap=broker.bootstrap,
            smtp_url=mailbox.url,
            now="2026-03-03T06:30:00Z",
            log_level="error",
            storm_messages="100000",  # each mail by itself, however many go to one rep
        )
        try:
            yield cluster
        finally:
            cluster.kill_all()


class Rival:
    """Bare kafka-python: a producer here, a consumer in a process of its own."""

    def __init__(self, bootstrap: str) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._seen, told = spawn.Pipe(duplex=False)
        self._process = spawn.Process(target=_consume, args=(bootstrap, told), daemon=True)
        self._process.start()
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")

    def run(self, number: int) -> float:
        """Milliseconds from sending a record to its being seen."""
        began = time.perf_counter()
        self._producer.send(BARE, key=b"C%04d" % number, value=b"x" * 200)
        return (self._next() - began) * 1000

    def wait(self) -> None:
        """Until the consumer reads."""
        self._next()

    def close(self) -> None:
        self._producer.close()
        self._process.kill()
        self._process.join()

    def _next(self) -> float:
        if not self._seen.poll(PATIENCE):
            raise RuntimeError(f"the bare consumer saw nothing in {PATIENCE:.0f} s")
        at: float = self._seen.recv()
        return at


def _consume(bootstrap: str, told: Connection) -> None:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    consumer.assign([TopicPartition(BARE, number) for number in range(PARTITIONS)])
    consumer.poll(timeout_ms=1000)
    told.send(time.perf_counter())
    while True:
        for records in consumer.poll(timeout_ms=1000).values():
            for _ in records:
                told.send(time.perf_counter())


if __name__ == "__main__":
    main()
