"""The same commands as many processes: ingest, detectors and notifiers on Kafka and PostgreSQL."""

import json
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
from kafka import KafkaConsumer, TopicPartition

from tests.acceptance.running import Vigia, wait_for

ROLES = ("ingest", "ingest", "detector", "detector", "detector", "notifier", "notifier")
PARTITIONS = 6
START_SECONDS = 60.0


class Cluster(Vigia):
    """`vigia` with a database and a broker of its own; `up` starts one process a role."""

    def __init__(self, data: Path, *, database: str, bootstrap: str, **settings: str) -> None:
        super().__init__(
            data,
            database_url=database,
            kafka_bootstrap=bootstrap,
            kafka_prefix=f"v{abs(hash(data)) % 10**8}",
            kafka_partitions=str(PARTITIONS),
            secret_key="trial of one machine, known to everybody",
            **settings,
        )
        self._bootstrap = bootstrap
        self.processes: list[tuple[str, subprocess.Popen[str]]] = []
        self.told: dict[int, list[str]] = {}  # by pid
        self("migrate")

    @property
    def prefix(self) -> str:
        return self.environment["VIGIA_KAFKA_PREFIX"]

    @contextmanager
    def up(self) -> Iterator[str]:
        """Every role; the address of one ingest. All must end cleanly."""
        try:
            addresses = [self.begin(role) for role in ROLES]
            first = addresses[0]
            wait_for(lambda: is_ready(first), START_SECONDS)
            yield first
        except BaseException:
            self.kill_all()
            raise
        for _, process in self.processes:
            process.send_signal(signal.SIGTERM)
        for role, process in self.processes:
            process.wait(timeout=20)
            assert process.returncode == 0, f"{role}: {''.join(self.told[process.pid])}"
        self.kill_all()

    def begin(self, role: str, port: int = 0) -> str:
        """Start one more process of a role; its HTTP address if it has one."""
        words = (role, "--port", str(port)) if role in ("ingest", "desk") else (role,)
        process = self.start(*words)
        self.processes.append((role, process))
        told = self.told.setdefault(process.pid, [])
        assert process.stderr is not None
        for line in process.stderr:
            told.append(line)
            if line.startswith(f"vigia {role} runs"):
                threading.Thread(target=_follow, args=(process.stderr, told)).start()
                found = re.search("http://[0-9.:]+", line)
                return found[0] if found else ""
        raise AssertionError(f"{role} did not start: {''.join(told)}")

    def kill_all(self) -> None:
        """End every process at once, frozen ones too."""
        for _, process in self.processes:
            kill(process)
        self.processes.clear()

    def announced(self) -> list[dict[str, Any]]:
        """Every event of the alerts topic, in order of its partitions."""
        return [json.loads(value) for value in self.records("alerts")]

    def records(self, topic: str) -> list[bytes]:
        """The value of every record of a topic."""
        name = f"{self.prefix}.{topic}"
        consumer = KafkaConsumer(bootstrap_servers=self._bootstrap, auto_offset_reset="earliest")
        try:
            places = [TopicPartition(name, number) for number in range(PARTITIONS)]
            consumer.assign(places)
            consumer.seek_to_beginning()
            ends = consumer.end_offsets(places)
            found = []
            while any(consumer.position(place) < ends[place] for place in places):
                for records in consumer.poll(timeout_ms=500).values():
                    found += [record.value for record in records]
            return found
        finally:
            consumer.close()


def kill(process: "subprocess.Popen[str]") -> None:
    """End a process at once, a frozen one too, if it has not ended yet."""
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _follow(lines: IO[str], told: list[str]) -> None:
    """Keep what a process says; its pipe would fill up otherwise."""
    with lines:
        told.extend(lines)


def is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
