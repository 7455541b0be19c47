"""Telling a waiting worker that there is work, so that it need not poll fast."""

import threading
from collections import defaultdict
from typing import Protocol


class Wakeup(Protocol):
    """Bells by name. A bell rung while nobody waits is heard by the next who waits on it."""

    def ring(self, bell: str) -> None:
        """Wake whoever waits on `bell`, now or next."""

    def wait(self, bell: str, seconds: float) -> bool:
        """Wait up to `seconds` for the bell; True if it rang."""


class LocalWakeup:
    """Bells between the threads of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bells: dict[str, threading.Event] = defaultdict(threading.Event)

    def ring(self, bell: str) -> None:
        self._bell(bell).set()

    def wait(self, bell: str, seconds: float) -> bool:
        event = self._bell(bell)
        rang = event.wait(seconds)
        event.clear()
        return rang

    def _bell(self, bell: str) -> threading.Event:
        with self._lock:
            return self._bells[bell]
