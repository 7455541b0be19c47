"""Workers of one service, and when each looks for work."""

import threading

from shared.ops.stop import Stop
from shared.ops.worker import POLL_SECONDS, crew, patience


class Bells:
    """Notes how long each bell is waited for; none ever rings."""

    def __init__(self, stop: Stop) -> None:
        self.waited: dict[str, float] = {}
        self.every = threading.Event()
        self._stop = stop

    def ring(self, bell: str) -> None:
        pass

    def wait(self, bell: str, seconds: float) -> bool:
        self.waited[bell] = seconds
        if len(self.waited) == 12:
            self._stop.request()
            self.every.set()
        self.every.wait(30)
        return False


def test_no_two_workers_of_a_service_look_at_the_same_pace() -> None:
    stop = Stop()
    bells = Bells(stop)
    workers = crew([(f"w{n}", lambda: False, f"b{n}") for n in range(12)], stop, bells)
    for worker in workers:
        worker.start()
    assert all(worker.join(30) for worker in workers)
    assert [bells.waited[f"b{n}"] for n in range(12)] == [patience(n) for n in range(12)]
    assert len({*bells.waited.values()}) == 12
    assert POLL_SECONDS / 2 < min(bells.waited.values()) <= max(bells.waited.values())
    assert max(bells.waited.values()) == POLL_SECONDS
