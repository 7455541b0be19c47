"""Rows and threads for the tests of storage."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table

from shared.storage.database import Database

T = TypeVar("T")
PATIENCE = 30.0  # seconds after which a test gives up, never a measure


def put(database: Database, table: Table, *rows: dict[str, Any]) -> None:
    """Insert rows as they are."""
    with database.write() as connection:
        for row in rows:  # each may name other columns
            connection.execute(table.insert(), row)


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """What the works return, each run by its own thread, all let go together."""
    gate = threading.Barrier(len(works))
    results: dict[int, T] = {}

    def run(number: int) -> None:
        gate.wait(PATIENCE)
        results[number] = works[number]()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return [results[n] for n in range(len(works))]


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that another thread brings about."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.005)):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("it never came about")
