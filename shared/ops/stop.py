"""Asking running work to end, and waiting in a way that notices being asked."""

import signal
import threading
from types import FrameType


class Stop:
    """A request to stop, shared by every thread of a process."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def request(self) -> None:
        self._event.set()

    @property
    def requested(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep up to `seconds`; True at once when stopping was requested."""
        return self._event.wait(seconds)

    def on_signals(self) -> None:
        """Let SIGTERM and SIGINT request the stop. Main thread only."""

        def handle(_number: int, _frame: FrameType | None) -> None:
            self.request()

        signal.signal(signal.SIGTERM, handle)
        signal.signal(signal.SIGINT, handle)
