"""The README's way to Kafka as it is printed, with nothing but the addresses put in.

The roles run on a real broker, a real PostgreSQL and a real mail server.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from tests.acceptance.cluster import is_ready
from tests.acceptance.running import Vigia, post, wait_for
from tests.docs.way_to_kafka import block, exported, started
from tests.notifier.mail_server import MailServer
from tests.ports import free_port
from tests.postgres.server import Server, empty

if TYPE_CHECKING:
    from tests.kafka.broker import Broker


def with_addresses(places: dict[str, str]) -> str:
    """The README's block with our places for its own."""
    commands = block()
    for theirs, ours in places.items():
        assert theirs in commands, theirs
        commands = commands.replace(theirs, ours)
    return commands


def cancellation() -> list[dict[str, Any]]:
    now = datetime.now(UTC).isoformat()
    what = [
        ("rep", "rosa", {"name": "Rosa Vidal", "email": "rosa@company.example"}),
        ("customer", "C-1", {"name": "Bar Sol", "rep": "rosa"}),
        ("cancellation", "C-1", {"stage": "requested", "reason": "price"}),
    ]
    return [
        {"id": kind, "source": "crm", "type": kind, "subject": subject, "time": now, "data": data}
        for kind, subject, data in what
    ]


@contextmanager
def running(vigia: Vigia, roles: list[list[str]]) -> Iterator[None]:
    """A process a role."""
    processes = [vigia.start(*words) for words in roles]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_from_the_printed_commands_to_a_button_that_opens(
    tmp_path: Path, postgres: Server, kafka_broker: "Broker"
) -> None:
    ingest, desk = free_port(), free_port()
    with MailServer() as mailbox, postgres.fresh(empty) as database:
        commands = with_addresses({
            "postgresql://vigia:secret@db.company.example/vigia": f"'{database}'",
            "kafka1.company.example:9092,kafka2.company.example:9092": kafka_broker.bootstrap,
            "VIGIA_KAFKA_REPLICATION=3": "VIGIA_KAFKA_REPLICATION=1",  # there is one broker
            "smtp+starttls://vigia:secret@mail.company.example": mailbox.url,
            "//vigia.company.example:8090": f"//localhost:{desk}",
            "--port 8080": f"--port {ingest}",
            "--port 8090": f"--port {desk}",
        })  # fmt: skip
        vigia = Vigia(tmp_path, kafka_prefix=f"readme{uuid4().hex[:8]}", kafka_partitions="1")
        vigia.environment |= exported(commands, tmp_path)
        migrate, doctor, *roles = started(commands)
        vigia(*migrate)
        with running(vigia, roles):
            assert vigia(*doctor).count(" ok\n") == 6
            key = vigia("key", "create", "--scope", "admin").split()[-1]
            for port in (ingest, desk):
                wait_for(partial(is_ready, f"http://localhost:{port}"))
            post(f"http://localhost:{ingest}", key, cancellation())
            mail = wait_for(lambda: mailbox.mails)[0]
            assert "rosa@company.example" in str(mail["To"])
            html = mail.get_body(("html",))
            assert html is not None
            buttons = re.findall(r'href="(http[^"]+)"', html.get_content())
            assert {httpx.get(button).status_code for button in buttons} == {200}
