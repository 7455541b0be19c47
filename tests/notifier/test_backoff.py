"""The waits between attempts."""

from datetime import timedelta
from random import Random

from services.notifier.backoff import LADDER, MOST_ATTEMPTS, wait


class Fixed(Random):
    """Luck that is always the worst or always the best."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = share

    def random(self) -> float:
        return self._share


def test_waits_grow_and_end() -> None:
    waits = [wait(n, scale=1, rng=Random(1)) for n in range(1, MOST_ATTEMPTS + 1)]
    assert waits[-1] is None
    for found, step in zip(waits, LADDER, strict=False):
        assert found is not None
        assert step / 2 <= found <= step


def test_together_they_outlast_a_days_outage_with_any_luck() -> None:
    worst = [wait(n, scale=1, rng=Fixed(0)) or timedelta(0) for n in range(1, MOST_ATTEMPTS)]
    assert sum(worst, timedelta(0)) > timedelta(hours=20)


def test_they_can_be_scaled() -> None:
    assert wait(1, scale=0.001, rng=Fixed(1)) == LADDER[0] / 1000


def test_deliveries_that_failed_together_come_back_apart() -> None:
    rng = Random(7)
    assert len({wait(3, scale=1, rng=rng) for _ in range(100)}) == 100
