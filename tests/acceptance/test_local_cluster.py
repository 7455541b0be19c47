"""`make cluster` as somebody tries it: from the command to a mail, and an end without traces."""

import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.acceptance.running import post, wait_for

ROOT = Path(__file__).parents[2]
COMMAND = ("-m", "tests.acceptance.local_cluster")
ENDS = "Ctrl-C ends everything."


def event(kind: str, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    known = {"specversion": "1.0", "id": f"{kind}-{subject}", "source": "crm", "type": kind}
    return {
        **known,
        "subject": subject,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "data": data,
    }


def test_the_make_target_starts_it() -> None:
    told = subprocess.run(
        ["make", "-n", "cluster"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert " ".join(COMMAND) in told.stdout


def test_a_cancellation_becomes_a_mail(tmp_path: Path) -> None:
    said = tmp_path / "said.txt"
    with said.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, *COMMAND, str(tmp_path / "cluster")], cwd=ROOT, stdout=out
        )
    try:
        wait_for(lambda: process.poll() is not None or ENDS in said.read_text(), 120)
        assert process.poll() is None, "it ended by itself"
        found = re.search(r"Kafka +\S+:(\d+),.*API +(\S+)  \(key (\S+)\)", said.read_text(), re.S)
        assert found is not None, said.read_text()
        kafka, address, key = found.groups()
        rep = {"name": "Rosa Vidal", "email": "rosa@company.example", "locale": "es"}
        post(
            address,
            key,
            [
                event("rep", "rosa", rep),
                event("customer", "C-1", {"name": "Bar Sol", "rep": "rosa"}),
                event("cancellation", "C-1", {"stage": "requested", "reason": "price"}),
            ],
        )
        outbox = tmp_path / "cluster" / "vigia" / "outbox"
        (mail,) = wait_for(lambda: list(outbox.glob("*.eml")), 120)
        assert "<rosa@company.example>" in mail.read_text()
    except BaseException:
        for path in sorted((tmp_path / "cluster" / "vigia" / "said").iterdir()):
            print(f"{path.name}:\n{path.read_text()}")  # noqa: T201 - pytest shows it
        raise
    finally:
        process.send_signal(signal.SIGINT)
        ended = process.wait(60)
    assert ended == 0
    with socket.socket() as gone:
        assert gone.connect_ex(("127.0.0.1", int(kafka))) != 0, "the broker still runs"
