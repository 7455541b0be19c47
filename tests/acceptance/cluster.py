"""The same commands as many processes: ingest, detectors and notifiers on Kafka and PostgreSQL."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from kafka import KafkaConsumer, TopicPartition

from tests.acceptance.running import NO_TLS, Vigia, wait_for
from tests.ports import free_port

ROLES = ("ingest", "ingest", "detector", "detector", "detector", "notifier", "notifier")
PARTITIONS = 6
START_SECONDS = 60.0


class Cluster(Vigia):
    """`vigia` with a database and a broker of its own; `up` starts one process a role."""

    def __init__(
        self,
        data: Path,
        *,
        database: str,
        bootstrap: str,
        roles: Sequence[str] = ROLES,
        **settings: str,
    ) -> None:
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
        self._roles = roles
        self.processes: list[tuple[str, subprocess.Popen[str]]] = []
        self.operated: list[str] = []  # addresses of health and metrics
        self.said: dict[int, Path] = {}  # where each process says what happens, by pid
        self("migrate")

    @property
    def prefix(self) -> str:
        return self.environment["VIGIA_KAFKA_PREFIX"]

    @contextmanager
    def up(self, *, fewer: bool = False) -> Iterator[str]:
        """Every role; the address of one ingest. All must end cleanly."""
        roles = dict.fromkeys(self._roles) if fewer else self._roles
        try:
            begun = [self.launch(role) for role in roles]
            addresses = [self.await_running(role, process) for role, process in begun]
            first = addresses[0]
            for address in (first, *self.operated):
                wait_for(partial(is_ready, address), START_SECONDS)
            yield first
        except BaseException:
            self.kill_all()
            print(self.all_said())  # noqa: T201 - pytest shows it with the failure
            raise
        for _, process in self.processes:
            process.send_signal(signal.SIGTERM)
        for role, process in self.processes:
            process.wait(timeout=20)
            assert process.returncode == 0, f"{role}: {self.said[process.pid].read_text()}"
        self.kill_all()

    def begin(self, role: str, port: int = 0) -> str:
        """Start one more process of a role; its HTTP address if it has one."""
        return self.await_running(*self.launch(role, port))

    def launch(self, role: str, port: int = 0) -> tuple[str, "subprocess.Popen[str]"]:
        """Start a process of a role, with a port for its health and metrics."""
        ops_port = free_port()
        words = [role, "--ops-port", str(ops_port)]
        if role in ("ingest", "desk"):
            words += ["--port", str(port)]
        said = self.data / "said" / f"{role}-{len(self.said)}.txt"
        said.parent.mkdir(parents=True, exist_ok=True)
        with said.open("w") as errors:
            process = self.start(*words, errors=errors)
        self.said[process.pid] = said
        self.operated.append(f"http://127.0.0.1:{ops_port}")
        self.processes.append((role, process))
        return role, process

    def await_running(self, role: str, process: "subprocess.Popen[str]") -> str:
        """Wait until it says that it runs; its HTTP address if it has one."""
        said = self.said[process.pid]
        runs = re.compile(rf"^vigia {role} runs(.*)\n", re.MULTILINE)
        line = wait_for(
            lambda: process.poll() is not None or runs.search(said.read_text()), START_SECONDS
        )
        assert isinstance(line, re.Match), f"{role} did not start: {said.read_text()}"
        found = re.search("http://[0-9.:]+", line[0])
        return found[0] if found else ""

    def all_said(self) -> str:
        """What every process said."""
        return "\n".join(f"{path.name}:\n{path.read_text()}" for path in self.said.values())

    def kill_all(self) -> None:
        """End every process at once, frozen ones too."""
        for _, process in self.processes:
            kill(process)
        self.processes.clear()
        self.operated.clear()

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


def is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=2, verify=NO_TLS).status_code == 200
    except httpx.HTTPError:
        return False
