"""Work that is done beside other work, and waited for when its result is needed."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """One call, begun at once on a thread of its own, which keeps no process from ending."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._found: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="ahead", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until it has ended, however."""
        self._thread.join()

    def result(self) -> T:
        """What the call returned; raises what it raised."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._found[0]

    def _run(self) -> None:
        try:
            self._found.append(self._work())
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result is told
            self._error = error
