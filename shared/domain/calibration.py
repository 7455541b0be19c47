"""From a score to a percentage that can be believed, by what became of the company's own customers.

The score orders customers as log odds; how many of them really leave differs from company to
company. So its intercept is fitted anew on labels that are old enough to be known: those of the
weeks up to eight before. The order of customers never changes.
"""

from dataclasses import dataclass

import numpy as np
import scipy  # which loads scipy.special when it is first used

from shared.domain.outcome import AHEAD
from shared.domain.weeks import Bools, Floats, Ints

LEAST_LABELS = 200
LEAST_EACH = 20  # who left, and who stayed
REMEMBERED = 52  # weeks of labels
FARTHEST = 20.0  # an intercept, in log odds
STEPS = 60
WILSON_Z = 1.96


@dataclass(frozen=True, slots=True)
class Calibration:
    """intercept: added to a score it gives the log odds of leaving. labels: how many taught it."""

    intercept: float
    labels: int

    def chance(self, scores: Floats) -> Floats:
        """The chance of leaving, 0..1, for each score."""
        found: Floats = scipy.special.expit(scores + self.intercept)
        return found


def calibrate(scores: Floats, left: Bools) -> Calibration | None:
    """The intercept with which the mean chance equals the share that left.

    scores: float64[n] of customer-weeks at least eight weeks old; left: bool[n], what became of
    them. None where fewer than 200 are known, or fewer than 20 of them left or stayed: then no
    percentage is shown.
    """
    gone = int(left.sum())
    if len(left) < LEAST_LABELS or not LEAST_EACH <= gone <= len(left) - LEAST_EACH:
        return None
    low, high = -FARTHEST, FARTHEST
    for _ in range(STEPS):  # the mean chance rises with the intercept
        middle = (low + high) / 2
        if scipy.special.expit(scores + middle).sum() < gone:
            low = middle
        else:
            high = middle
    return Calibration((low + high) / 2, len(left))


def chances(weeks: Ints, scores: Floats, left: Bools) -> Floats:
    """Each customer-week's chance by the labels that were known in its week; NaN where too few.

    weeks: int64[n], each customer-week's number. What became of week w is known in w + 8.
    """
    found = np.full(len(scores), np.nan)
    for week in np.unique(weeks):
        known = (weeks <= week - AHEAD) & (weeks > week - AHEAD - REMEMBERED)
        calibration = calibrate(scores[known], left[known])
        if calibration is not None:
            now = weeks == week
            found[now] = calibration.chance(scores[now])
    return found


@dataclass(frozen=True, slots=True)
class Bin:
    """Customer-weeks of similar chance: what was said, and the share that left.

    low, high: the 95 % interval of the share by Wilson (Journal of the American Statistical
    Association 22, 1927), as if they were independent.
    """

    said: float
    share: float
    low: float
    high: float
    count: int


def reliability(chance: Floats, left: Bools, bins: int = 10) -> list[Bin]:
    """Customer-weeks in `bins` groups of equal size by rising chance; NaN are left out."""
    known = ~np.isnan(chance)
    order = np.argsort(chance[known], kind="stable")
    said, gone = chance[known][order], left[known][order]
    groups = [group for group in np.array_split(np.arange(len(said)), bins) if len(group)]
    return [_bin(said[group], gone[group]) for group in groups]


def _bin(said: Floats, gone: Bools) -> Bin:
    count, share = len(gone), float(gone.mean())
    low, high = wilson(int(gone.sum()), count)
    return Bin(float(said.mean()), share, low, high, count)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of `count`, at least 1, independent ones."""
    share, z = hits / count, WILSON_Z
    width = 1 + z * z / count
    middle = (share + z * z / (2 * count)) / width
    half = z / width * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(float(middle - half), 0.0), min(float(middle + half), 1.0)
