"""Tail of the negative binomial distribution, fast enough for a million customers.

Peizer and Pratt's normal approximation of binomial tails (Journal of the American Statistical
Association 63, 1968), for real numbers of successes and failures, with a logistic curve in the
place of the normal distribution function.
"""

import numpy as np

from shared.domain.weeks import Floats, Ints

LEAST = 1e-3
NEARLY_ONE = 1e-3


class Tail:
    """A customer's shape and the number of counts below which it is asked to stay; float64[n]."""

    def __init__(self, shape: Floats, need: Floats) -> None:
        size = np.maximum(shape + need - 0.5, LEAST)
        self.share_low = np.maximum(need, LEAST) / size
        self.share_high = np.maximum(shape - 0.5, LEAST) / size
        self.log_low = np.log(self.share_low)
        self.log_high = np.log(self.share_high)
        self.low = need + 1.0 / 6.0
        self.centre = size + 1.0 / 3.0
        self.width = size + 1.0 / 6.0

    def below(self, kept: Floats, column: Ints) -> Floats:
        """Chance of less than the needed counts, for several chances and every customer.

        kept: float64[m, j], chance of «no further count» at each step; column: int64[n], each
        customer's column of it. Returns float64[m, n].
        """
        q = kept.take(column, axis=1)
        gone = 1.0 - kept
        p = gone.take(column, axis=1)
        z = self.width * p
        z *= q
        square = _skew(self.share_low / p, np.log(gone).take(column, axis=1), self.log_low)
        square *= q
        other = _skew(self.share_high / q, np.log(kept).take(column, axis=1), self.log_high)
        other *= p
        square += other
        square += 1.0
        square /= z
        np.sqrt(square, out=square)
        np.multiply(self.centre, p, out=z)
        np.subtract(self.low, z, out=z)
        z *= square
        return _logistic_normal(z, square)


def _skew(x: Floats, log_divisor: Floats, log_dividend: Floats) -> Floats:
    """(1 - x^2 + 2 x ln x) / (1 - x)^2, and 0 within a thousandth of x = 1.

    ln x comes as the difference of two logarithms that many cells share. Uses up its first two
    arguments.
    """
    np.subtract(log_dividend, log_divisor, out=log_divisor)
    log_divisor *= x
    log_divisor *= 2.0
    away = 1.0 - x
    # 1 - x^2 as a product keeps its digits near 1.
    x += 1.0
    x *= away
    x += log_divisor
    near = np.abs(away) < NEARLY_ONE
    away[near] = 1.0
    np.square(away, out=away)
    x /= away
    x[near] = 0.0
    return x


def _logistic_normal(z: Floats, room: Floats) -> Floats:
    """1 / (1 + exp(-(1.5976 z + .07056 z^3))), in place of z; `room` is used up."""
    np.square(z, out=room)
    room *= -0.07056
    room -= 1.5976
    z *= room
    with np.errstate(over="ignore"):
        np.exp(z, out=z)
    z += 1.0
    return np.reciprocal(z, out=z)
