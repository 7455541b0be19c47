"""Will the next eight weeks stay below half of the usual?

The rate may have changed in the past weeks or not; every possibility foretells the coming
counts, and each has the weight that the counts since then give it.
"""

from itertools import product

import numpy as np

from shared.domain.panel import SEASON
from shared.domain.prior import Gamma
from shared.domain.tail import Tail
from shared.domain.weeks import Floats, Ints

AHEAD = 8.0
CERTAIN = 1e-5
CHANCE = 0.02
# Weeks ago and the length of the stretch that stands for; new rate over old and its share.
CHANGED = ((1, 1), (2, 1), (3, 1), (4, 1), (6, 2), (8, 2), (12, 4))
RATIOS = ((0.05, 0.25), (0.2, 0.15), (0.4, 0.2), (0.65, 0.2), (1.5, 0.2))

_GRID = [(w, step, rho, share) for (w, step), (rho, share) in product(CHANGED, RATIOS)]
_WEEKS = np.array([0, *(row[0] for row in _GRID)])
_RATIO = np.array([1.0, *(row[2] for row in _GRID)])
_PRIOR_ODDS = np.array([1.0, *(CHANCE * step * share for _, step, _, share in _GRID)])


def outlook(counts: Floats, exposures: Floats, column: Ints, prior: Gamma, need: Floats) -> Floats:
    """Logit of the chance that the next eight weeks hold less than `need`; float64[n].

    counts: float64[c + 1, n], sums of the last rows; exposures: float64[c + 1, k], what these
    rows are worth; column: int64[n], each customer's column of it. The prior was made from those
    of the last 34 weeks.
    need: float64[n], in counts.
    """
    shape = counts[SEASON] + prior.shape
    rate = exposures[SEASON] + prior.rate
    changed = rate - (1.0 - _RATIO[:, None]) * exposures[_WEEKS]
    weight = np.log(rate / changed).take(column, axis=1)
    weight *= shape
    for row in range(1, len(_WEEKS)):
        weight[row] += counts[_WEEKS[row]] * np.log(_RATIO[row])
    weight -= weight.max(axis=0)
    np.exp(weight, out=weight)
    weight *= _PRIOR_ODDS[:, None]
    kept = changed / (changed + AHEAD * _RATIO[:, None])
    chance = Tail(shape, need).below(kept, column)
    chance *= weight
    p = chance.sum(axis=0) / weight.sum(axis=0)
    np.clip(p, CERTAIN, 1.0 - CERTAIN, out=p)
    logit: Floats = np.log(p / (1.0 - p))
    return logit
