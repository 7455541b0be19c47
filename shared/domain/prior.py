"""What a portfolio says about the rate of a customer one knows little of."""

from typing import NamedTuple

import numpy as np

from shared.domain.weeks import Floats

SPREAD_LEAST = 0.05
RATE_LEAST = 1e-3


class Gamma(NamedTuple):
    """A gamma distribution of rates: mean shape / rate."""

    shape: float
    rate: float


UNKNOWN = Gamma(1.0, 1.0)


def gamma_prior(counts: Floats, exposures: Floats) -> Gamma:
    """The gamma distribution that fits the portfolio's rates by their moments.

    The spread of the observed rates k / B holds the true spread and the noise of counting,
    mean / B; what is left after the noise is the variance, at least a twentieth of the squared
    mean. A portfolio that bought nothing in these weeks is taken to buy once in 1,000 weeks.

    counts, exposures: float64[n]; exposures above 0.
    """
    total = exposures.sum()
    mean = max(float(counts.sum() / total), RATE_LEAST)
    seen = float((np.square(counts / exposures - mean) * exposures).sum() / total)
    noise = mean * float((1.0 / exposures).mean())
    variance = max(seen - noise, SPREAD_LEAST * mean * mean)
    return Gamma(mean * mean / variance, mean / variance)
