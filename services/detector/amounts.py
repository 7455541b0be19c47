"""Computed money as it is kept: ten-thousandths, and what would be missing in a year."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.domain.money import UNITS

WEEKS_A_YEAR = 52
MOST_UNITS = 1e17  # a week; nonsense amounts must not end an evaluation
CENT = 100  # ten-thousandths


def to_units(money: NDArray[np.float64]) -> NDArray[np.int64]:
    """Ten-thousandths of computed money, no more than can be kept for a year."""
    return np.rint(np.minimum(money * UNITS, MOST_UNITS)).astype(np.int64)


def at_risk(
    usual: NDArray[np.int64], now: NDArray[np.int64], margins: Sequence[str | None]
) -> NDArray[np.int64]:
    """What would be missing in a year: of the margin where it is known, else of the revenue."""
    revenue = np.maximum(usual - now, 0) * WEEKS_A_YEAR
    share = np.array([1.0 if one is None else float(one) for one in margins])
    risk: NDArray[np.int64] = np.rint(revenue * share).astype(np.int64)
    return risk


def yearly(weekly: int, margin: str | None) -> int:
    """What is missing in a year when so much a week is."""
    return round(weekly * WEEKS_A_YEAR * (1.0 if margin is None else float(margin)))


def rounded(units: int) -> int:
    """Computed money, to the hundredth: more digits would claim to be exact."""
    return round(units / CENT) * CENT
