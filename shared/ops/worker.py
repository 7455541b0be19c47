"""A worker: one step again and again, woken when there is work, ended when it cannot go on."""

import threading
from collections.abc import Callable, Sequence

import structlog

from shared.ops.clock import Clock
from shared.ops.errors import VigiaError
from shared.ops.stop import Stop
from shared.ops.wakeup import Wakeup

POLL_SECONDS = 2.0  # another process may have written without ringing our bell
APART_SECONDS = 0.04  # more than a look for work takes
FAILURES_BEFORE_GIVING_UP = 8
LONGEST_PAUSE_SECONDS = 10.0


def periodically(work: Callable[[], object], seconds: float, clock: Clock) -> Callable[[], bool]:
    """A step that does `work` at once and then every `seconds`; in between there is nothing."""
    due = clock.monotonic()

    def step() -> bool:
        nonlocal due
        if clock.monotonic() >= due:
            due = clock.monotonic() + seconds
            work()
        return False

    return step


def patience(place: int) -> float:
    """How many seconds the worker at that place of a service waits for its bell: two at most.

    Each a little less than the one before it. Otherwise all of them, which begin together, would
    look for work at the same moment again and again, and what comes just then would wait for all
    these looks.
    """
    return POLL_SECONDS - place * APART_SECONDS


def crew(
    work: Sequence[tuple[str, Callable[[], bool], str]], stop: Stop, wakeup: Wakeup
) -> list["Worker"]:
    """The workers of a service, each of a name, a step and a bell."""
    return [
        Worker(name, step, stop=stop, wakeup=wakeup, bell=bell, patience=patience(place))
        for place, (name, step, bell) in enumerate(work)
    ]


class Worker:
    """Runs `step` until it reports no work, then waits for `bell`, `patience` seconds at most.

    A step that raises is retried after a growing pause; after eight failures in a row the
    worker keeps the error in `failure` and requests the stop: the process ends with its reason
    and whoever supervises it starts another.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], bool],
        *,
        stop: Stop,
        wakeup: Wakeup,
        bell: str,
        patience: float = POLL_SECONDS,
    ) -> None:
        self.name = name
        self.failure: Exception | None = None
        self._step = step
        self._stop = stop
        self._wakeup = wakeup
        self._bell = bell
        self._patience = patience
        self._log = structlog.get_logger("vigia.worker").bind(worker=name)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Wait for the worker's end; False if it still runs."""
        self._wakeup.ring(self._bell)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        failures = 0
        while not self._stop.requested:
            try:
                busy = self._step()
                failures = 0
            except Exception as error:  # noqa: BLE001 - the supervisor of all steps
                failures += 1
                self._report(error, failures)
                if failures >= FAILURES_BEFORE_GIVING_UP:
                    self.failure = error
                    self._stop.request()
                    return
                self._stop.wait(min(0.1 * 2**failures, LONGEST_PAUSE_SECONDS))
                continue
            if not busy:
                self._wakeup.wait(self._bell, self._patience)

    def _report(self, error: Exception, failures: int) -> None:
        if isinstance(error, VigiaError):
            self._log.warning("step failed", reason=str(error), failures=failures)
        else:
            # The message of a foreign error may quote data; its type and place may not.
            self._log.error("step failed", error=type(error).__name__, failures=failures)
