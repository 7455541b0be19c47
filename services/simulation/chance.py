"""Random numbers that hang on what they are for, not on the order in which they are drawn.

The same seed, purpose and coordinates (a customer's number, a day) always give the same number: so
any part of a company's trade can be made alone, and equals that part of the whole.
"""

import hashlib

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)


class Chance:
    """Everything random that comes from one seed. Coordinates broadcast against each other."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def uniform(self, purpose: str, *coordinates: ArrayLike) -> Floats:
        """Numbers above 0 and below 1."""
        name = hashlib.blake2b(f"{self._seed}/{purpose}".encode(), digest_size=8).digest()
        state: Words = np.array([int.from_bytes(name)], np.uint64)
        for coordinate in coordinates:
            at = np.atleast_1d(np.asarray(coordinate, np.int64)).astype(np.uint64)
            state = _mixed(state + _STEP * (at + np.uint64(1)))
        found: Floats = ((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
        return found

    def normal(self, purpose: str, *coordinates: ArrayLike) -> Floats:
        """Numbers of the standard normal distribution."""
        found: Floats = ndtri(self.uniform(purpose, *coordinates))
        return found

    def below(self, count: int | Ints, purpose: str, *coordinates: ArrayLike) -> Ints:
        """Whole numbers from 0 to `count` - 1."""
        return np.floor(self.uniform(purpose, *coordinates) * count).astype(np.int64)

    def between(self, low: float, high: float, purpose: str, *coordinates: ArrayLike) -> Floats:
        """Numbers from `low` to `high`."""
        return low + (high - low) * self.uniform(purpose, *coordinates)


def _mixed(state: Words) -> Words:
    """The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable generators, 2014)."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
