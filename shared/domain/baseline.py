"""The usual spend of a customer a week, and how the newest weeks stand against it."""

from dataclasses import dataclass

import numpy as np

from shared.domain.panel import Panel, middle
from shared.domain.weeks import Floats, Ints

WINDOW = slice(-26, -4)
CAP = 4.0
CAP_NEEDS = 4
SEASON_FLOOR = 0.05


@dataclass(frozen=True, slots=True)
class Baseline:
    """usual: float64[n], money a week. capped: float64[c, n], the spend under the cap."""

    usual: Floats
    capped: Floats


def baseline(panel: Panel) -> Baseline:
    """The usual spend: the mean of weeks t-25..t-4 since the first purchase.

    A week counts for at most four times the customer's median week with purchases (of those
    same weeks, where there are four or more), so that one large order makes no new normal.
    """
    window = panel.spend[WINDOW]
    median, count = middle(window)
    cap = np.where(count >= CAP_NEEDS, CAP * median, np.inf)
    capped = np.minimum(panel.spend, cap)
    end = panel.rows + WINDOW.stop
    length = end - np.maximum(panel.known_from, panel.rows + WINDOW.start)
    usual = capped[WINDOW].sum(axis=0) / np.maximum(length, 1)
    return Baseline(usual, capped)


def spend_now(level: Baseline, worth: Floats, column: Ints) -> Floats:
    """Money a week in the last four weeks, with the season of spend taken out.

    worth: float64[c, k], what spend to expect of each row; column: int64[n], each customer's
    column of it.
    """
    index = np.maximum(worth[-4:].mean(axis=0), SEASON_FLOOR)
    recent: Floats = level.capped[-4:].mean(axis=0) / index.take(column)
    return recent


def level4(now: Floats, usual: Floats) -> Floats:
    """Log of the last four weeks' spend against the usual, both raised by a tenth of the usual."""
    return np.clip(np.log((now + 0.1 * usual) / (1.1 * usual)), -4.0, 4.0)


def swing(level: Baseline) -> Floats:
    """Log of the squared coefficient of variation of the five four-week sums over t-23..t-4."""
    sums = level.capped[-24:-4].reshape(5, 4, -1).sum(axis=1)
    mean = sums.mean(axis=0)
    ratio = np.square(sums - mean).mean(axis=0) / np.square(mean)
    size: Floats = np.log(ratio + 0.03)
    return np.clip(size, -4.0, 4.0)
