"""Notices a reader that gets nothing although there is more to read."""

from collections.abc import Callable, Mapping

from shared.ops.clock import Clock
from shared.ops.errors import LogStalled, LogUnavailable

LOOK_SECONDS = 10.0
STALLED_SECONDS = 30.0


class Watch:
    """Told of polls that brought nothing, it looks from time to time at what they could bring."""

    def __init__(self, clock: Clock, topic: str) -> None:
        self._clock = clock
        self._topic = topic
        self._look_at = 0.0
        self._standing: dict[int, tuple[int, float]] = {}  # partition -> where, since when

    def nothing_came(
        self, reached: Mapping[int, int], readable: Callable[[], Mapping[int, int]]
    ) -> None:
        """`reached` and `readable()` are offsets by partition.

        Raises LogStalled, again and again, while a partition stands for 30 s and has more.
        """
        now = self._clock.monotonic()
        if now < self._look_at:
            return
        try:
            ends = readable()
        except LogUnavailable:  # an absent broker explains the silence
            self.forget()
            return
        standing = {p: at for p, at in reached.items() if at < ends.get(p, at)}
        self._standing = {
            p: known if (known := self._standing.get(p)) and known[0] == at else (at, now)
            for p, at in standing.items()
        }
        oldest = min((since for _, since in self._standing.values()), default=now)
        if now - oldest >= STALLED_SECONDS:
            raise LogStalled(
                f"nothing of {self._topic} arrives though more is there: its reader is stuck; "
                "it is started anew with the process"
            )
        self._look_at = now + LOOK_SECONDS

    def forget(self) -> None:
        """Begin to watch anew."""
        self._standing = {}
        self._look_at = self._clock.monotonic() + LOOK_SECONDS
