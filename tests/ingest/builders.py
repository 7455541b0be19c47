"""Bodies, keys and an application for the tests of the ingest role."""

import http.client
import json
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from shared.eventlog.port import EventLog, NewRecord, Place
from shared.ops.errors import LogUnavailable
from shared.storage.database import Database
from shared.storage.keys import create_key

SECRET_TEXT = "Zebra-4711"  # put into bodies; must not come back
AT = datetime(2026, 3, 1, tzinfo=UTC)


def purchase(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A purchase before the tests' now; `fields` replace those of the envelope."""
    return {
        "id": f"r{number}",
        "source": "till 1",
        "type": "purchase",
        "subject": "c1",
        "time": "2026-03-01T10:00:00+01:00",
        "data": {"amount": "12.50", "currency": "EUR"},
        **fields,
    }


def ndjson(*items: Any) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


def new_key(database: Database, *scopes: str, source: str | None = None) -> str:
    """The secret of a new key."""
    with database.write() as connection:
        _, secret = create_key(connection, scopes=scopes, source=source, at=AT)
    return secret


class LogDown:
    """A log that acknowledges nothing, while `down`; otherwise the one behind it."""

    def __init__(self, log: EventLog) -> None:
        self.down = False
        self.timeouts: list[float] = []
        self._log = log

    def append(self, topic: str, records: Sequence[NewRecord], *, timeout: float) -> list[Place]:
        self.timeouts.append(timeout)
        if self.down:
            raise LogUnavailable("the log is down; start it")
        return self._log.append(topic, records, timeout=timeout)

    def check(self) -> str | None:
        return "down" if self.down else self._log.check()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


class Server:
    """Where the application listens, and a key that may do anything."""

    def __init__(self, port: int, secret: str) -> None:
        self.port = port
        self.secret = secret

    def open(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def head(self, *lines: str) -> bytes:
        """The head of a POST with these more header lines."""
        common = (
            "POST /v1/events HTTP/1.1",
            "Host: test",
            "Content-Type: application/json",
            f"Authorization: Bearer {self.secret}",
        )
        return "\r\n".join([*common, *lines, "", ""]).encode()

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.secret}"})
        status = connection.getresponse().status
        connection.close()
        return status
