"""Roles as processes of their own on one SQLite file, and what makes a cluster ready for them.

That roles share Kafka and PostgreSQL is told by tests/acceptance/test_whole_path.py.
"""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest

from tests.acceptance.running import NO_TLS, Vigia, wait_for
from tests.kafka.faults import blackhole
from tests.ports import free_port
from tests.postgres.server import Server

if TYPE_CHECKING:
    from tests.kafka.broker import Broker

STOP_SECONDS = 20
NOWHERE = "127.0.0.1:1"


@pytest.fixture
def small(migrated_file: Path, tmp_path: Path) -> Vigia:
    """On a folder as `vigia migrate` makes it."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    shutil.copy(migrated_file, data / "vigia.db")
    return Vigia(data)


@pytest.fixture
def cluster(tmp_path: Path, postgres: Server, kafka_broker: "Broker") -> Iterator[Vigia]:
    with postgres.fresh() as url:
        yield Vigia(
            tmp_path / "data",
            database_url=url,
            kafka_bootstrap=kafka_broker.bootstrap,
            kafka_prefix=f"roles{uuid4().hex[:8]}",
            kafka_partitions="3",
            secret_key="for tests alone, and not for any people",
        )


@contextmanager
def role(vigia: Vigia, *words: str) -> Iterator[str]:
    """A role with its ops port: the address of that. Must end cleanly on SIGTERM."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    process = vigia.start(*words, "--ops-port", str(port))
    try:
        wait_for(lambda: alive(process, address))
        yield address
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=STOP_SECONDS)
        assert process.returncode == 0, err
    finally:
        process.kill()
        process.wait()


def alive(process: subprocess.Popen[str], address: str) -> bool:
    if process.poll() is not None:
        raise AssertionError(process.communicate()[1])
    try:
        return httpx.get(f"{address}/healthz", verify=NO_TLS).status_code == 200
    except httpx.TransportError:
        return False


def post_sales(vigia: Vigia, address: str) -> None:
    key = vigia("key", "create", "--scope", "ingest").split()[-1]
    sales = [
        {"id": f"{n}", "source": "till", "type": "purchase", "subject": f"c{n % 7}",
         "time": "2026-02-20T10:00:00Z", "data": {"amount": "2.50", "currency": "EUR"}}
        for n in range(50)
    ]  # fmt: skip
    answer = httpx.post(
        f"{address}/v1/events", json=sales, headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 202, answer.text


def is_folded(vigia: Vigia) -> bool:
    status = vigia.status()
    return bool(status["settled"] and status["feeds"])


def test_roles_share_a_sqlite_file(tmp_path: Path) -> None:
    small = Vigia(tmp_path / "data")
    small("migrate")
    port = free_port()
    with role(small, "ingest", "--port", str(port)) as ops, role(small, "detector"):
        assert "another vigia works" in small("detector", code=1)
        desk_port = free_port()
        with role(small, "notifier") as notifier, role(small, "desk", "--port", str(desk_port)):
            desk = f"http://127.0.0.1:{desk_port}"
            assert "<form" in httpx.get(f"{desk}/desk/login").text
            assert httpx.get(f"{desk}/v1/alerts").status_code == 404
            assert httpx.get(f"{desk}/readyz").status_code == 200
            assert httpx.get(f"{ops}/readyz").json() == {"status": "ready", "wrong": {}}
            assert httpx.get(f"{notifier}/readyz").status_code == 200
            post_sales(small, f"http://127.0.0.1:{port}")
            wait_for(lambda: is_folded(small))
            assert "vigia_" in httpx.get(f"{notifier}/metrics").text
    assert "no difference" in small("verify")


def test_no_role_works_on_days_of_another_zone(small: Vigia) -> None:
    small.set(time_zone="Asia/Tokyo")
    roles = [small.start(name) for name in ("ingest", "detector", "notifier", "desk")]
    try:
        for process in roles:
            _, err = process.communicate(timeout=STOP_SECONDS)
            assert (process.returncode, "zone UTC" in err.splitlines()[-1]) == (1, True)
    finally:
        for process in roles:
            process.kill()
            process.wait()


def test_migrate_makes_tables_and_topics_once(cluster: Vigia) -> None:
    first = cluster("migrate")
    assert first.count("created with 3 partitions") == 2
    assert cluster("migrate") == "the database is up to date\nthe topics are up to date\n"
    assert set(cluster.json("status")["lag"]["vigia.events"]) == {"0", "1", "2"}


def test_a_command_says_in_one_line_that_kafka_does_not_answer(small: Vigia) -> None:
    small.set(kafka_bootstrap=NOWHERE)
    for command in ("migrate", "status"):
        said = small(command, code=1)
        assert said.startswith(f"vigia: Kafka at {NOWHERE} does not answer")
        assert said.count("\n") == 1


def test_a_role_goes_on_and_its_log_tells_why_kafka_is_not_there(
    small: Vigia, tmp_path: Path
) -> None:
    small.set(kafka_bootstrap=NOWHERE)
    log = tmp_path / "log"
    with log.open("w") as errors:
        process = small.start("detector", errors=errors)
    try:
        wait_for(lambda: "vigia detector runs\n" in log.read_text())
        wait_for(lambda: "kafka.net" in log.read_text())
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "words",
    [("up", "--port"), ("detector", "--ops-port")],
    ids=lambda words: words[0],
)
def test_a_port_that_is_taken_is_one_line(small: Vigia, words: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = small(*words, str(port), code=1)
    assert said.startswith(f"vigia: port {port} on 127.0.0.1 cannot be used; another program")
    assert said.count("\n") == 1


def test_a_kafka_that_accepts_and_never_answers(small: Vigia) -> None:
    """Tills hear 503 within 5 s, and health is told within 1 s meanwhile: that is promised."""
    key = small("key", "create", "--scope", "ingest").split()[-1]
    port = free_port()
    address = f"http://127.0.0.1:{port}"

    def post(number: int) -> httpx.Response:
        sale = {
            "id": f"{number}", "source": "till", "type": "purchase", "subject": "ana",
            "time": "2026-02-20T10:00:00Z", "data": {"amount": "2.50", "currency": "EUR"},
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {key}"}
        return within(5.0, lambda: client.post(f"{address}/v1/events", json=sale, headers=headers))

    with blackhole() as kafka, httpx.Client() as client:
        small.set(kafka_bootstrap=kafka)
        with role(small, "ingest", "--port", str(port)) as ops, ThreadPoolExecutor() as tills:
            posts = [tills.submit(post, number) for number in range(3)]
            while not all(one.done() for one in posts):
                for where in (address, ops):
                    health = within(1.0, partial(client.get, f"{where}/healthz"))
                    assert health.status_code == 200
                time.sleep(0.2)
            for answer in (one.result() for one in posts):
                assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
            wrong = client.get(f"{address}/readyz").json()["wrong"]
            assert f"Kafka at {kafka} does not answer" in wrong["log"]


def within(seconds: float, ask: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer, which came in time."""
    began = time.monotonic()
    answer = ask()
    assert time.monotonic() - began <= seconds
    return answer
