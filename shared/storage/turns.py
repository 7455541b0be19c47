"""A lock that is given out in the order it was asked for."""

import threading
from collections import deque


class Turns:
    """Threads take turns strictly in order of asking, so that no busy thread starves another.

    threading.Lock and RLock promise no order: a thread that releases and asks again at once
    mostly gets the lock back. Not reentrant: asking again while holding it is a mistake that
    would never end, and raises RuntimeError.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._holder: int | None = None
        self._queue: deque[_Place] = deque()

    def acquire(self, seconds: float) -> bool:
        """Wait up to `seconds` for this thread's turn; False if it did not come."""
        me = threading.get_ident()
        with self._guard:
            if self._holder is None:
                self._holder = me
                return True
            if self._holder == me:
                raise RuntimeError("this thread is writing already; transactions do not nest")
            place = _Place(me)
            self._queue.append(place)
        try:
            place.called.wait(seconds)
        except BaseException:  # an interrupt: the turn must not be given to who has left
            if self._is_called(place):
                self.release()
            raise
        return self._is_called(place)

    def release(self) -> None:
        """Give the turn to the thread that has waited longest."""
        with self._guard:
            if not self._queue:
                self._holder = None
                return
            place = self._queue.popleft()
            self._holder = place.thread
            place.called.set()

    def _is_called(self, place: "_Place") -> bool:
        """Whether the turn is ours; if not, leave the queue."""
        with self._guard:
            if not place.called.is_set():
                self._queue.remove(place)
                return False
            return True

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        with self._guard:
            return len(self._queue)


class _Place:
    def __init__(self, thread: int) -> None:
        self.thread = thread
        self.called = threading.Event()
