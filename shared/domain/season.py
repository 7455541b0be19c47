"""What the time of the year does to a whole portfolio, so that nobody is blamed for August."""

import numpy as np

from shared.domain.panel import SEASON, Panel
from shared.domain.weeks import Floats

LEAST = 0.05
MOST = 3.0
STEADY_DAYS = 30.0
STEADY_SPEND = 10.0


def season(panel: Panel, live_values: Floats, steady: Floats, usual: Floats) -> Floats:
    """The index of each of the last 34 weeks: what live customers did against their own means.

    live_values: float64[c, n], days or spend in tickets, 0 where not live.
    usual: float64[34], 1 but for public holidays; the index of thin weeks is drawn to it.
    steady: float64[34], how much, in the unit of the values.
    Returns float64[34], oldest first.
    """
    values = live_values[-SEASON:]
    expected = expected_each(panel, values).sum(axis=1)
    return drawn(values.sum(axis=1), expected, steady, usual)


def expected_each(panel: Panel, values: Floats) -> Floats:
    """What each customer does in the mean of the live ones of the last 34 weeks.

    values: float64[34, n]. Returns float64[34, n], 0 where a customer is not live.
    """
    start = np.maximum(panel.live_from - (panel.rows - SEASON), 0)
    own = values.sum(axis=0) / np.maximum(SEASON - start, 1)
    return np.where(np.arange(SEASON)[:, None] >= start, own, 0.0)


def drawn(done: Floats, expected: Floats, steady: Floats, usual: Floats) -> Floats:
    """done / expected, each week drawn to `usual` as if `steady` more had been expected."""
    index: Floats = np.clip((done + steady * usual) / (expected + steady), LEAST, MOST)
    return index


def flat_season() -> Floats:
    """The index where there is no season."""
    return np.ones(SEASON)


def over_rows(index: Floats, rows: int) -> Floats:
    """The index for a panel of `rows` weeks, float64[rows, ...]: 1 in those before the last 34."""
    before = np.ones((rows - SEASON, *index.shape[1:]))
    return np.concatenate([before, index])
