"""What was answered with 202 is counted once, however often the process is killed."""

import sqlite3
import threading
from pathlib import Path

import httpx

from tests.acceptance.running import NO_TLS, Vigia, wait_for

KILLS = 3


class Till:
    """Posts one purchase after the other, again while unsure, until it is told to stop."""

    def __init__(self, key: str) -> None:
        self.address = ""
        self.accepted: set[str] = set()
        self._key = key
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> "Till":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for_more(self, events: int) -> None:
        """Until so many more were accepted."""
        wanted = len(self.accepted) + events
        wait_for(lambda: len(self.accepted) >= wanted)

    def _work(self) -> None:
        number = 0
        while not self._stop.is_set():
            if self._post(f"r-{number}"):
                number += 1
            else:
                self._stop.wait(0.05)

    def _post(self, number: str) -> bool:
        event = {
            "id": number, "source": "till", "type": "purchase", "subject": "ana",
            "time": "2026-02-27T10:00:00Z", "data": {"amount": "1.10", "currency": "EUR"},
        }  # fmt: skip
        try:
            answer = httpx.post(
                f"{self.address}/v1/events",
                json=[event, {**event, "id": number + "-again"}, event],
                headers={"Authorization": f"Bearer {self._key}"},
                timeout=5,
                verify=NO_TLS,
            )
        except httpx.HTTPError:
            return False
        if answer.status_code == 202:
            self.accepted |= {number, number + "-again"}
        return answer.status_code == 202


def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(tmp_path: Path) -> None:
    vigia = Vigia(tmp_path / "data", now="2026-03-02T06:30:00Z")
    key = vigia("key", "create", "--scope", "ingest").split()[-1]
    with Till(key) as till:
        for _ in range(KILLS):
            with vigia.killed_up() as address:
                till.address = address
                till.wait_for_more(20)
    with vigia.up():
        vigia.wait_until_settled()
    with sqlite3.connect(tmp_path / "data" / "vigia.db") as connection:
        counted = {row[0] for row in connection.execute("SELECT id FROM report_event")}
        ((orders, amount),) = connection.execute(
            "SELECT orders, amount FROM report_customer_day"
        ).fetchall()
    assert till.accepted <= counted
    assert orders == len(counted)
    assert amount == f"{len(counted) * 1.1:.4f}"
    assert vigia.json("verify") == []
