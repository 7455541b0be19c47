"""What evidence beside buying was worth in a company's own history, beside what the score knew.

Each ratio is the log odds that an item adds to the score. It is estimated where it is used: in a
logistic regression of what became of the customers on score and evidence together, so that what
buying had told already is not counted again. The estimate is drawn to its default as if the
default had been seen in some twenty customers (a normal prior; Gelman and others, Annals of
Applied Statistics 2, 2008, argue for such priors).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from services.backtest.sales import Floats
from shared.domain.likelihood import RATIOS
from shared.domain.outcome import AHEAD
from shared.domain.weeks import Bools

LEAST_WEEKS = 200  # customer-weeks without evidence, to tell what the score alone says
LEAST_EACH = 20  # of them who left, and who stayed
DEFAULT_SD = 0.5  # of the prior, in log odds
SLOPE_SD = 0.25  # around 1
STEPS = 50
CLOSE = 1e-10


@dataclass(frozen=True, slots=True)
class Learnt:
    """One ratio: its default, the estimate and its standard deviation, in log odds.

    customers: who ever had such evidence while judged. weeks: customer-weeks with it, each worth
    an eighth, because eight of them share most of what came after. left, foretold: how many of
    `weeks` were followed by leaving, and how many would have been by buying alone. Where nobody
    had any, the estimate is the default.
    """

    ratio: str
    default: float
    value: float
    deviation: float
    customers: int
    weeks: float
    left: float
    foretold: float


def learn(
    customer: np.ndarray,
    score: Floats,
    left: Bools,
    evidence: Floats,
    defaults: Mapping[str, float],
) -> list[Learnt] | None:
    """Estimate every ratio from n customer-weeks of which it is known what became.

    customer: int64[n]. evidence: float64[n, ratios], as `measures` gives it. None where there is
    too little to tell what the score alone says.
    """
    bare = ~evidence.any(axis=1)
    gone = int(left[bare].sum())
    if bare.sum() < LEAST_WEEKS or not LEAST_EACH <= gone <= bare.sum() - LEAST_EACH:
        return None
    intercept, slope = _alone(score[bare], left[bare])
    alone = intercept + slope * score
    prior = np.array([defaults[name] for name in RATIOS])
    value, deviation = _ratios(alone, slope * evidence, left, prior)
    said = expit(alone) / AHEAD
    found = []
    for n, name in enumerate(RATIOS):
        has = evidence[:, n] > 0
        found.append(
            Learnt(
                name,
                float(prior[n]),
                float(value[n]),
                float(deviation[n]),
                len(np.unique(customer[has])),
                float(has.sum()) / AHEAD,
                float(left[has].sum()) / AHEAD,
                float(said[has].sum()),
            )
        )
    return found


def _alone(score: Floats, left: Bools) -> tuple[float, float]:
    """Intercept and slope of the log odds of leaving by the score, without any evidence.

    The slope is drawn to 1, which it is where the score is what it claims.
    """
    design = np.column_stack([np.ones(len(score)), score])
    found = _fit(np.zeros(len(score)), design, left, np.array([0.0, 1.0]), np.array([0, SLOPE_SD]))
    return float(found[0][0]), float(found[0][1])


def _ratios(alone: Floats, evidence: Floats, left: Bools, prior: Floats) -> tuple[Floats, Floats]:
    return _fit(alone, evidence, left, prior, np.full(len(prior), DEFAULT_SD))


def _fit(
    offset: Floats, design: Floats, left: Bools, prior: Floats, spread: Floats
) -> tuple[Floats, Floats]:
    """The most plausible coefficients, and their standard deviations, by Newton's method.

    spread: of the normal prior around `prior`; 0 is none. Rows count an eighth each. The steps
    are halved while they lead down, so it ends wherever it begins.
    """
    precision = np.divide(1.0, spread**2, out=np.zeros_like(spread, dtype=float), where=spread > 0)
    value, best = prior.astype(float), -np.inf
    step = np.zeros_like(value)
    curve = np.diag(precision)
    for _ in range(STEPS):
        chance = expit(offset + design @ value)
        plausible = _plausible(chance, left, value - prior, precision)
        if plausible < best:
            step /= 2
            value = value - step
            continue
        best = plausible
        curve = (design.T * (chance * (1 - chance) / AHEAD)) @ design + np.diag(precision)
        slope = design.T @ ((left - chance) / AHEAD) - precision * (value - prior)
        step = np.linalg.solve(curve, slope)
        value = value + step
        if np.abs(step).max() < CLOSE:
            break
    return value, np.sqrt(np.diag(np.linalg.inv(curve)))


def _plausible(chance: Floats, left: Bools, apart: Floats, precision: Floats) -> float:
    sure = np.where(left, chance, 1 - chance)
    told = np.log(np.maximum(sure, np.finfo(float).tiny)).sum() / AHEAD
    return float(told - 0.5 * (precision * apart**2).sum())
