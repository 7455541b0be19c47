"""How many events a key may post: a token bucket for each, in this process."""

import math
import threading
from dataclasses import dataclass

from shared.ops.clock import Clock

BURST_SECONDS = 60  # a till that was offline sends its backlog at once


@dataclass(slots=True)
class _Bucket:
    events: float
    at: float


class Pace:
    """`rate` events a second for each key, a minute's worth of them at once; 0 sets no limit.

    A body is taken whole and may overdraw: the key then waits until the debt is paid. Safe to
    share between threads.
    """

    def __init__(self, rate: int, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def wait(self, key: str) -> int:
        """Seconds until the key may post again, rounded up; 0: now."""
        if not self._rate:
            return 0
        with self._lock:
            debt = 1 - self._filled(key).events
        return max(0, math.ceil(debt / self._rate))

    def spend(self, key: str, events: int) -> None:
        """Count events that the key posted."""
        if self._rate:
            with self._lock:
                self._filled(key).events -= events

    def _filled(self, key: str) -> _Bucket:
        """The key's bucket as it is now."""
        now, full = self._clock.monotonic(), float(self._rate * BURST_SECONDS)
        bucket = self._buckets.setdefault(key, _Bucket(full, now))
        bucket.events = min(full, bucket.events + (now - bucket.at) * self._rate)
        bucket.at = now
        return bucket
