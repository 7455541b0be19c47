"""What the time of the year does to a whole portfolio, so that nobody is blamed for August."""

import numpy as np

from shared.domain.panel import SEASON, Panel
from shared.domain.weeks import Floats

LEAST = 0.05
MOST = 3.0
STEADY_DAYS = 30.0
STEADY_SPEND = 10.0


def season(panel: Panel, live_values: Floats, steady: float) -> Floats:
    """The index of each of the last 34 weeks: what live customers did against their own means.

    live_values: float64[c, n], days or spend in tickets, 0 where not live.
    steady: pulls the index of thin weeks towards 1; in the unit of the values.
    Returns float64[34], oldest first.
    """
    values = live_values[-SEASON:]
    start = np.maximum(panel.live_from - (panel.rows - SEASON), 0)
    own = values.sum(axis=0) / np.maximum(SEASON - start, 1)
    # Whoever is live from a row on is live in all later ones: expectations accumulate.
    joined = np.bincount(start, weights=own, minlength=SEASON)[:SEASON]
    expected = np.cumsum(joined)
    index: Floats = np.clip((values.sum(axis=1) + steady) / (expected + steady), LEAST, MOST)
    return index


def flat_season() -> Floats:
    """The index where there is no season."""
    return np.ones(SEASON)


def over_rows(index: Floats, rows: int) -> Floats:
    """The index for a panel of `rows` weeks: 1 in those before the last 34."""
    return np.concatenate([np.ones(rows - SEASON), index])
