"""Whether a customer's purchase days scatter more or less than counts by chance do."""

import numpy as np

from shared.domain.panel import Panel
from shared.domain.weeks import Floats, Ints

BLOCKS = 11
EXPOSURE_LEAST = 0.5
EXPECTED_LEAST = 0.15
MOST = 9.0
PRIOR_BLOCKS = 8.0


def scatter(panel: Panel, worth: Floats, column: Ints) -> tuple[Floats, Floats]:
    """Squared deviations of two-week blocks from the customer's own rate, and their freedom.

    The eleven blocks lie in t-25..t-4. Each deviation is divided by its expectation, which is
    at least .15, and counts for at most 9; blocks with hardly any exposure are left out.

    worth: float64[c, k], what purchase days to expect of each row; column: int64[n], each
    customer's column of it. Returns two float64[n].
    """
    first, last = panel.rows - 4 - 2 * BLOCKS, panel.rows - 4
    blocks = worth[first:last].reshape(BLOCKS, 2, -1).sum(axis=1)
    blocks[blocks <= EXPOSURE_LEAST] = 0.0
    expected = blocks.take(column, axis=1)
    used = expected > 0
    days = panel.days[first:last:2] + panel.days[first + 1 : last : 2]
    days *= used
    total = expected.sum(axis=0)
    expected *= days.sum(axis=0) / np.where(total > 0, total, 1.0)
    days -= expected
    np.square(days, out=days)
    days /= np.maximum(expected, EXPECTED_LEAST, out=expected)
    np.minimum(days, MOST, out=days)
    freedom = np.maximum(used.sum(axis=0) - 1, 0).astype(np.float64)
    return days.sum(axis=0), freedom


def portfolio_scatter(squares: Floats, freedom: Floats) -> float:
    """The portfolio's squared deviation a degree of freedom; 1, pure chance, where unknown."""
    total = float(freedom.sum())
    return float(squares.sum()) / total if total > 0 else 1.0


def dispersion(squares: Floats, freedom: Floats, portfolio: float) -> Floats:
    """The customer's dispersion, drawn towards the portfolio's by eight blocks; float64[n]."""
    drawn = (squares + PRIOR_BLOCKS * portfolio) / (freedom + PRIOR_BLOCKS)
    return np.sqrt(np.clip(drawn, 0.25, 2.5))
