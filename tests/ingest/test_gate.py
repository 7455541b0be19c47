"""Calls in threads: bounded, and never waited for too long."""

import threading

import anyio
import pytest

from services.ingest.gate import Gate, GateFull, GateTimeout


def test_a_call_returns_its_value_and_gives_its_place_back() -> None:
    async def main() -> list[int]:
        gate = Gate(1)
        return [await gate.run(lambda: 7, seconds=5) for _ in range(3)]

    assert anyio.run(main) == [7, 7, 7]


def test_an_error_passes_and_gives_the_place_back() -> None:
    async def main() -> None:
        gate = Gate(1)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await gate.run(lambda: 1 // 0, seconds=5)

    anyio.run(main)


def test_a_hanging_call_is_left_alone_but_keeps_its_place() -> None:
    release = threading.Event()

    async def main() -> str:
        gate = Gate(1)
        with pytest.raises(GateTimeout):
            await gate.run(lambda: release.wait(30), seconds=0.01)
        with pytest.raises(GateFull):
            await gate.run(lambda: None, seconds=5)
        release.set()
        while True:
            try:
                return await gate.run(lambda: "free again", seconds=5)
            except GateFull:
                await anyio.sleep(0.001)

    assert anyio.run(main) == "free again"


def test_a_call_that_never_began_gives_its_place_back() -> None:
    async def main() -> str:
        limiter = anyio.to_thread.current_default_thread_limiter()
        limiter.total_tokens = 1
        release = threading.Event()
        gate = Gate(1)
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, lambda: release.wait(30))
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(GateTimeout):
                await gate.run(lambda: None, seconds=0.01)
            release.set()
        return await gate.run(lambda: "a place", seconds=5)

    assert anyio.run(main) == "a place"
