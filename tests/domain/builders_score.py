"""Simulated portfolios for the tests of the score."""

from typing import Any

import numpy as np

from shared.domain.weeks import Weeks, judged

CALM = (1.0,)
QUIET_NOW = (0.1,) * 5
BUSY_NOW = (0.05,) * 6 + (1.0,) * 6 + (6.0,) * 3


def some_weeks(
    seed: int,
    *,
    customers: int = 60,
    width: int = 52,
    youngest: int = 13,
    oldest: int = 120,
    lately: tuple[float, ...] = CALM,
) -> Weeks:
    """Customers of all rhythms, tickets and ages; a third falls to a tenth at some time.

    `lately` multiplies what all of them do in the last weeks.
    """
    rng = np.random.default_rng(seed)
    column = np.arange(width)
    rate = rng.gamma(2.0, 0.7, customers)[:, None] * (1 + 0.5 * np.sin(column / 8))
    falls = np.where(rng.random(customers) < 0.3, rng.integers(0, width, customers), width)
    rate = np.where(column >= falls[:, None], 0.1 * rate, rate)
    rate[:, -len(lately) :] *= lately
    first = width - 1 - rng.integers(youngest, oldest, customers)
    days = np.minimum(rng.poisson(rate), 7).astype(np.float64)
    days[column < first[:, None]] = 0.0
    inside = np.flatnonzero(first >= 0)
    days[inside, first[inside]] = np.maximum(days[inside, first[inside]], 1.0)
    ticket = rng.lognormal(4, 1, customers)[:, None] * rng.lognormal(0, 0.6, days.shape)
    large = np.where(rng.random(days.shape) < 0.02, 20.0, 1.0)
    return Weeks(np.round(days * ticket * large, 2), days, first)


def characters(width: int = 52) -> Weeks:
    """Four who go to the limits, known for ever.

    One buys every day, another did until ten weeks ago, one fell from daily to rarely before
    the baseline's weeks, one has large tickets in thin weeks and tiny ones in busy weeks.
    """
    column = np.arange(width)
    steady = np.full(width, 7.0)
    gone = np.where(column < width - 10, 7.0, 0.0)
    faded = np.where(column < width - 27, 7.0, (column % 3 == 0) * 1.0)
    odd = np.where(column % 26 < 12, 7.0, 1.0)
    days = np.array([steady, gone, faded, odd])
    spend = np.round(days * (31.0 + np.sin(column)), 2)
    spend[3] = np.where(odd > 1, 0.07 * column + 0.01, 400.0 + column)
    return Weeks(spend, days, np.full(4, -100))


def all_weeks(seed: int, *, ordinary: bool = False, **shape: Any) -> Weeks:
    """`some_weeks` and, unless they shall be `ordinary`, the `characters`."""
    weeks = some_weeks(seed, **shape)
    others = characters(weeks.spend.shape[1])
    others = others.take(slice(0, 0 if ordinary else None))
    return Weeks(
        np.concatenate([weeks.spend, others.spend]),
        np.concatenate([weeks.days, others.days]),
        np.concatenate([weeks.first, others.first]),
    )


def judged_weeks(seed: int, **shape: Any) -> Weeks:
    """The judged ones of `all_weeks`."""
    weeks = all_weeks(seed, **shape)
    return weeks.take(judged(weeks).judged)
