"""A bounded number of calls in threads at a time, and none that a caller waits for too long."""

import threading
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")


class GateFull(Exception):
    """Every place is taken; come back later."""


class GateTimeout(Exception):
    """The call goes on, but nobody waits for it any longer."""


class Gate:
    """`places` calls at a time. Keep the places of all gates below the thread pool's size.

    A call that outlives its caller keeps its place until it ends, so calls that hang fill the
    gate and not the pool: health and readiness go on answering.
    """

    def __init__(self, places: int) -> None:
        self._places = threading.Semaphore(places)

    async def run(self, work: Callable[[], T], *, seconds: float) -> T:
        """`work()` in a thread. Raises GateFull at once, GateTimeout after `seconds`."""
        if not self._places.acquire(blocking=False):
            raise GateFull
        claim = threading.Lock()  # taken by the thread, or by us if the thread never began

        def claimed() -> T:
            if not claim.acquire(blocking=False):
                raise GateTimeout
            try:
                return work()
            finally:
                self._places.release()

        try:
            with anyio.fail_after(seconds):
                return await anyio.to_thread.run_sync(claimed, abandon_on_cancel=True)
        except TimeoutError:
            raise GateTimeout from None
        finally:
            if claim.acquire(blocking=False):
                self._places.release()
