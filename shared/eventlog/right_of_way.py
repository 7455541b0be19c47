"""Who goes first when two threads of a process both need the interpreter."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, event

T = TypeVar("T")


class RightOfWay:
    """Lets the thread that folds go before the one that reads ahead.

    A database works on a statement without the interpreter, so that the sooner it is given one,
    the more of the reading is done meanwhile. Left alone, the two would take turns whenever both
    have something to do, and the database would wait.
    """

    def __init__(self) -> None:
        self._free = threading.Event()
        self._free.set()

    @contextmanager
    def taken(self, connection: Connection) -> Iterator[None]:
        """Whoever is inside goes first, but for the time that a statement of `connection` takes.

        To be used once for a connection.
        """
        event.listen(connection, "before_cursor_execute", self._leave)
        event.listen(connection, "after_cursor_execute", self._take)
        self._take()
        try:
            yield
        finally:
            self._leave()

    def give(self, items: Iterable[T]) -> Iterator[T]:
        """The items, each once nobody goes first."""
        for item in items:
            if not self._free.is_set():
                self._free.wait()
            yield item

    def _take(self, *_: Any) -> None:
        self._free.clear()

    def _leave(self, *_: Any) -> None:
        self._free.set()
