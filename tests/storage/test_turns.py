"""The writer lock gives turns in the order they were asked for."""

import threading

import pytest

from shared.storage.database import Database
from shared.storage.turns import Turns
from tests.storage.builders import PATIENCE, until


def take_turns(turns: Turns, rounds: int) -> list[str]:
    """Who of four threads wrote when, each asking again as soon as it has written.

    A holder leaves only when all who want more wait: what is seen is the order of the queue.
    """
    order: list[str] = []
    left = dict.fromkeys("abcd", rounds)
    turns.acquire(PATIENCE)

    def write(name: str) -> None:
        while left[name]:
            assert turns.acquire(PATIENCE)
            order.append(name)
            left[name] -= 1
            until(lambda: turns.waiting >= sum(1 for n in left if n != name and left[n]))
            turns.release()

    threads = []
    for number, name in enumerate("abcd", 1):
        threads.append(threading.Thread(target=write, args=(name,)))
        threads[-1].start()
        until(lambda number=number: turns.waiting == number)  # type: ignore[misc]
    turns.release()
    for thread in threads:
        thread.join(PATIENCE)
    return order


def test_nobody_is_overtaken() -> None:
    assert take_turns(Turns(), rounds=25) == list("abcd" * 25)


def test_a_database_s_writers_take_turns(sqlite_database: Database) -> None:
    order: list[str] = []
    turns = sqlite_database.turns
    assert turns is not None

    def write(name: str) -> None:
        with sqlite_database.write():
            order.append(name)

    threads = []
    with sqlite_database.write():
        for number, name in enumerate("abcdef", 1):
            threads.append(threading.Thread(target=write, args=(name,)))
            threads[-1].start()
            until(lambda number=number: turns.waiting == number)  # type: ignore[misc]
    for thread in threads:
        thread.join(PATIENCE)
    assert order == list("abcdef")


def test_who_waits_too_long_leaves_the_queue() -> None:
    turns = Turns()
    turns.acquire(0)
    failed: list[bool] = []
    thread = threading.Thread(target=lambda: failed.append(turns.acquire(0.01)))
    thread.start()
    thread.join(PATIENCE)
    assert failed == [False]
    assert turns.waiting == 0
    turns.release()
    assert turns.acquire(0)


def test_asking_twice_is_a_mistake_and_no_deadlock() -> None:
    turns = Turns()
    turns.acquire(0)
    with pytest.raises(RuntimeError, match="do not nest"):
        turns.acquire(0)
    turns.release()
    assert turns.acquire(0)


@pytest.mark.parametrize("called", [False, True])
def test_who_is_interrupted_while_waiting_holds_nothing(
    called: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns()

    class Interrupted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            if called:
                turns.release()  # the turn comes at the very moment of the interrupt
            raise KeyboardInterrupt

    holder = threading.Thread(target=turns.acquire, args=(0,))
    holder.start()
    holder.join(PATIENCE)
    with monkeypatch.context() as patch:
        patch.setattr(threading, "Event", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            turns.acquire(PATIENCE)
    if not called:
        turns.release()
    assert turns.acquire(0)
