"""How long to wait before a delivery is tried again."""

from datetime import timedelta
from random import Random

# The last wait matters: a provider may be down for a day before somebody notices.
LADDER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60))
MOST_ATTEMPTS = len(LADDER) + 1


def wait(attempts: int, *, scale: float, rng: Random) -> timedelta | None:
    """The wait after `attempts` failed attempts (from 1); None when it was the last.

    Between half of a step and the whole, so that deliveries that failed together do not come
    back together. Never less than half: all waits together outlast 20 hours, whatever the luck.
    """
    if attempts > len(LADDER):
        return None
    return LADDER[attempts - 1] * scale * rng.uniform(0.5, 1)
