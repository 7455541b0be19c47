"""The real command in a process of its own, and what a test does with it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar
from unittest import mock

import httpx

T = TypeVar("T")
READY_SECONDS = 30.0
NO_TLS = False  # over plain HTTP: reading the certificates takes ten times as long as a request
# Stories of one alert: each message by itself, and none but of what happens in them.
AT_ONCE = {
    "VIGIA_DIGEST_AT": "",
    "VIGIA_SUMMARY_AT": "",
    "VIGIA_WORKING_HOURS": "{}",
    "VIGIA_REMINDERS": "false",
    "VIGIA_ACKNOWLEDGE_DAYS": "0",
    "VIGIA_ACKNOWLEDGE_URGENT_HOURS": "0",
}


class Vigia:
    """The command `vigia` on one data folder."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        # Compiled modules are kept, as where people work: the commands start in half the time.
        left_out = ("VIGIA_", "PYTHONDONTWRITEBYTECODE")
        kept = {n: value for n, value in os.environ.items() if not n.startswith(left_out)}
        self.environment = {**kept, **AT_ONCE, "VIGIA_DATA": str(data), "VIGIA_TEST": "1"}
        self.set(**settings)

    def set(self, **settings: str) -> None:
        self.environment |= {f"VIGIA_{name.upper()}": value for name, value in settings.items()}

    def start(self, *words: str, errors: int | IO[str] = subprocess.PIPE) -> subprocess.Popen[str]:
        """The command with its standard error in `errors`."""
        return subprocess.Popen(
            [sys.executable, "-c", "from services.cli.main import run; run()", *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # Ctrl-C is for who started it
        )

    def __call__(self, *words: str, code: int = 0) -> str:
        """Run to the end; what it printed (on standard error if it was to fail)."""
        process = self.start(*words)
        out, err = process.communicate(timeout=240)
        assert process.returncode == code, f"{words}: {process.returncode}\n{out}\n{err}"
        return out if code == 0 else err

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))

    def wait_until_settled(self, seconds: float = READY_SECONDS) -> None:
        """Wait until `vigia status` says that nothing waits."""
        wait_for(lambda: self.status()["settled"], seconds, every=0.3)

    def status(self) -> dict[str, Any]:
        """What `vigia status --json` prints, asked here: a command takes two seconds to start."""
        from services.cli.status import collect_status
        from services.cli.wiring import open_parts
        from shared.ops.settings import load_settings

        with mock.patch.dict(os.environ, self.environment):
            settings = load_settings()
        with open_parts(settings) as parts:
            return collect_status(parts)

    @contextmanager
    def up(self, *, fewer: bool = False) -> Iterator[str]:
        """`vigia up` on a free port: its address. Ends by SIGTERM, and must end cleanly.

        `fewer`: one process a role, where there are more.
        """
        process = self.start("up", "--port", "0")
        try:
            yield _address(process)
        except BaseException:
            process.kill()
            _, err = process.communicate()
            print(err)  # noqa: T201 - pytest shows it with the failure
            raise
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
        assert process.returncode == 0, err

    @contextmanager
    def killed_up(self) -> Iterator[str]:
        """`vigia up` that is killed at the end, in the middle of whatever it does."""
        process = self.start("up", "--port", "0")
        try:
            yield _address(process)
        finally:
            process.kill()
            process.communicate()

    def announced(self) -> list[dict[str, Any]]:
        """Every event of the alerts topic, in order."""
        with closing(sqlite3.connect(self.data / "vigia.db")) as connection:
            rows = connection.execute(
                "SELECT value FROM log_record WHERE topic = 'vigia.alerts' ORDER BY \"offset\""
            ).fetchall()
        return [json.loads(row[0]) for row in rows]


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        seen.append(line)
        if "listens on" in line:
            return line.split("listens on ")[1].split(",")[0].strip()
    raise AssertionError("vigia up did not start: " + "".join(seen))


def wait_for(what: Callable[[], T], seconds: float = READY_SECONDS, *, every: float = 0.1) -> T:
    """The first answer of `what` that is true; it is asked again and again, `every` so often."""
    ends = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > ends:
            assert found, f"did not happen within {seconds} s"
            return found
        time.sleep(every)


def post(address: str, key: str, events: list[dict[str, Any]]) -> None:
    """Post events as a till does; all must be accepted."""
    for start in range(0, len(events), 1000):
        body = "\n".join(json.dumps(event) for event in events[start : start + 1000])
        answer = httpx.post(
            f"{address}/v1/events",
            content=body,
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"},
            timeout=30,
            verify=NO_TLS,
        )
        assert answer.status_code == 202, answer.text
