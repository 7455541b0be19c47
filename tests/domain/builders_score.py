"""Simulated portfolios for the tests of the score."""

import numpy as np

from shared.domain.weeks import Weeks, judged


def some_weeks(
    seed: int, *, customers: int = 60, width: int = 52, youngest: int = 13, oldest: int = 120
) -> Weeks:
    """Customers of all rhythms, tickets and ages; a third falls to a tenth at some time."""
    rng = np.random.default_rng(seed)
    column = np.arange(width)
    rate = rng.gamma(2.0, 0.7, customers)[:, None] * (1 + 0.5 * np.sin(column / 8))
    falls = np.where(rng.random(customers) < 0.3, rng.integers(0, width, customers), width)
    rate = np.where(column >= falls[:, None], 0.1 * rate, rate)
    first = width - 1 - rng.integers(youngest, oldest, customers)
    days = np.minimum(rng.poisson(rate), 7).astype(np.float64)
    days[column < first[:, None]] = 0.0
    inside = np.flatnonzero(first >= 0)
    days[inside, first[inside]] = np.maximum(days[inside, first[inside]], 1.0)
    ticket = rng.lognormal(4, 1, customers)[:, None] * rng.lognormal(0, 0.6, days.shape)
    large = np.where(rng.random(days.shape) < 0.02, 20.0, 1.0)
    return Weeks(np.round(days * ticket * large, 2), days, first)


def judged_weeks(seed: int, **shape: int) -> Weeks:
    """The judged ones of `some_weeks`."""
    weeks = some_weeks(seed, **shape)
    return weeks.take(judged(weeks).judged)
