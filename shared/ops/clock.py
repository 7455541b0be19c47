"""The only module that reads the clock. Everything else is given a Clock."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Business time and real time; they differ only where business time is simulated."""

    def now(self) -> datetime:
        """Business time, an aware datetime in UTC: what «today» and «this week» mean."""

    def real(self) -> datetime:
        """Real time in UTC: retries and timeouts live here, whatever business time says."""

    def monotonic(self) -> float:
        """Seconds that never run backwards, for measuring how long something took."""


class SystemClock:
    """Business time is real time, or begins at `start` when the clock is made and runs on."""

    def __init__(self, start: datetime | None = None) -> None:
        self._shift = timedelta(0) if start is None else start - self.real()

    def now(self) -> datetime:
        return self.real() + self._shift

    def real(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class SimulatedClock(SystemClock):
    """Business time stands still until it is moved: a year can pass in a minute."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self._now = start
        self._running_since: datetime | None = None
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            ran = timedelta(0) if self._running_since is None else self.real() - self._running_since
            return self._now + ran

    def run_on(self) -> None:
        """From here on business time passes as real time does."""
        with self._lock:
            self._running_since = self.real()

    def move_to(self, moment: datetime) -> None:
        """Move business time forward; moving it back would unhappen what was judged."""
        with self._lock:
            if moment < self._now:
                raise ValueError(f"business time cannot run back from {self._now} to {moment}")
            self._now = moment
