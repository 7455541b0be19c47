"""The MBG/NBD model of customers who buy at random and may drop out after any purchase.

Batislam, Denizel and Filiztekin, «Empirical validation and comparison of models for customer base
analysis», International Journal of Research in Marketing 24 (2007).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import betaln, gammaln

from services.backtest.sales import Floats

BOUND = 6.0  # of a parameter's log
PRECISE = 1e-10  # the likelihood is flat where nearly nobody drops out
SAMPLE = 5_000  # customers are enough for four parameters


class Model(NamedTuple):
    """Purchase rates are gamma(r, alpha) a week, dropping out after a purchase is beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float


def fit(repeats: Floats, recency: Floats, age: Floats) -> Model:
    """The model under which these customers' purchases are likeliest.

    float64[n] each: purchases after the first, weeks from the first to the last, weeks from the
    first to today. Beyond 5,000 customers every k-th one is looked at.
    """
    from scipy.optimize import minimize

    step = -(-len(repeats) // SAMPLE) or 1
    seen = repeats[::step], recency[::step], age[::step]
    if not len(repeats):
        return Model(1.0, 1.0, 1.0, 1.0)
    # L-BFGS-B hands tiny matrices to threads, which on a busy machine takes ten times as long.
    best = minimize(
        _surprise,
        np.zeros(4),
        args=seen,
        method="SLSQP",
        bounds=[(-BOUND, BOUND)] * 4,
        options={"ftol": PRECISE},
    )
    return Model(*np.exp(best.x).tolist())


def _surprise(logs: Floats, repeats: Floats, recency: Floats, age: Floats) -> float:
    """The mean negative log likelihood, equation for equation, of the logs of the parameters."""
    model = Model(*np.exp(logs).tolist())
    shape = model.r + repeats
    both = gammaln(shape) - gammaln(model.r) + model.r * np.log(model.alpha)
    both -= betaln(model.a, model.b)
    stays = betaln(model.a, model.b + repeats + 1) - shape * np.log(model.alpha + age)
    gone = betaln(model.a + 1, model.b + repeats) - shape * np.log(model.alpha + recency)
    return -float((both + np.logaddexp(stays, gone)).mean())


def alive_log_odds(model: Model, repeats: Floats, recency: Floats, age: Floats) -> Floats:
    """Log odds that each customer has not dropped out; arguments as in `fit`."""
    waited = np.log((model.alpha + age) / (model.alpha + recency))
    odds: Floats = np.log((model.b + repeats) / model.a) - (model.r + repeats) * waited
    return odds
