"""How sure a measure is: computed again for companies made of randomly drawn customers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from services.backtest.measures import Measure
from services.backtest.sales import Floats, Ints
from services.backtest.walk import Shown

CELLS = 1_000_000  # customer-weeks of resampled companies at a time
LEVEL = 0.95
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure and its 95 % interval; None where it cannot be computed or was not resampled.

    draws: its values in resampled companies, float64[m]; the m-th of every measure is of the same.
    """

    value: float | None
    low: float | None
    high: float | None
    draws: Floats


def estimates(
    measures: Mapping[Key, Measure], own: Ints, *, resamples: int, seed: int, shown: Shown
) -> dict[Key, Estimate]:
    """Each measure, with its interval over `resamples` companies; none of them gives none.

    own: int64[n], whose each customer-week is, customers counted from 0.
    """
    draws = {key: np.full(resamples, np.nan) for key in measures}
    for block, customers in _companies(own, resamples, seed):
        weeks = customers[:, own]
        for key, measure in measures.items():
            draws[key][block] = measure.drawn(customers, weeks)
        shown(block.stop)
    return {key: _estimate(measure.value(), draws[key]) for key, measure in measures.items()}


def difference(one: Estimate, other: Estimate) -> Estimate:
    """One measure minus another, resampled in pairs."""
    if one.value is None or other.value is None:
        return Estimate(None, None, None, one.draws - other.draws)
    return _estimate(one.value - other.value, one.draws - other.draws)


def _companies(own: Ints, resamples: int, seed: int) -> Iterator[tuple[slice, Floats]]:
    """Blocks of resamples: how often each customer is drawn, with replacement, as many as are."""
    size = int(own.max(initial=-1)) + 1
    if not size:
        return
    rng = np.random.default_rng(seed)
    block = max(CELLS // len(own), 1)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        drawn = rng.integers(0, size, (rows, size)) + np.arange(rows)[:, None] * size
        counts = np.bincount(drawn.ravel(), minlength=rows * size)
        yield slice(start, start + rows), counts.reshape(rows, size).astype(np.float64)


def _estimate(value: float, draws: Floats) -> Estimate:
    if not np.isfinite(value):
        return Estimate(None, None, None, draws)
    known = draws[np.isfinite(draws)]
    if not len(known):
        return Estimate(value, None, None, draws)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(known, (tail, 1 - tail))
    return Estimate(value, float(low), float(high), draws)
