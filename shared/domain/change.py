"""Did buying drop within the last twelve weeks? Counts before against counts since.

A customer's counts are Poisson with a gamma rate. Given the weeks before, the odds of the
counts since under a rate cut to rho against an unchanged rate have a closed form.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # which loads scipy.special when it is first used

from shared.domain.prior import Gamma, gamma_prior
from shared.domain.weeks import RECENT, Floats, Ints

WINDOWS = range(1, 13)
CUTS = (0.05, 0.35)
CUT_SPOKEN = 0.35
LOG_ODDS_BEFORE = float(np.log(0.5 * 0.01))
SINCE_LEAST = 0.05
BEFORE_LEAST = 0.5
ONCE_IN_MOST = 9999.0


def window_priors(counts: Floats, exposures: Floats, column: Ints) -> tuple[Gamma, ...]:
    """For each window of 1..12 weeks the prior from the rest of the 26 weeks.

    counts: float64[c + 1, n], sums of the last rows. exposures: float64[c + 1, k], what these
    rows are worth; column: int64[n], each customer's column of it.
    """
    return tuple(
        gamma_prior(
            counts[RECENT] - counts[window],
            np.maximum(exposures[RECENT] - exposures[window], BEFORE_LEAST).take(column),
        )
        for window in WINDOWS
    )


def change(counts: Floats, exposures: Floats, column: Ints, priors: Sequence[Gamma]) -> Floats:
    """Log odds that the rate fell to 5 % or 35 % in one of the last twelve weeks; float64[n].

    Each week and each cut has the same small chance beforehand. Arguments as in
    `window_priors`, which made the priors.
    """
    odds = np.concatenate([_log_odds(counts, exposures, column, priors, cut) for cut in CUTS])
    top = odds.max(axis=0)
    odds -= top
    np.exp(odds, out=odds)
    found: Floats = np.log(odds.sum(axis=0)) + top + LOG_ODDS_BEFORE
    return found


def _log_odds(
    counts: Floats, exposures: Floats, column: Ints, priors: Sequence[Gamma], cut: float
) -> Floats:
    """Log odds of «cut w weeks ago» against «unchanged», float64[12, n] for w = 1..12."""
    shape = np.array([prior.shape for prior in priors])[:, None]
    since, rate = _window_rates(exposures, priors)
    # Counts before and since add up to the 26 weeks' counts, whatever the window.
    odds = np.log((rate + since) / (rate + cut * since)).take(column, axis=1)
    odds *= counts[RECENT] + shape
    odds += counts[WINDOWS.start : WINDOWS.stop] * np.log(cut)
    return odds


def _window_rates(exposures: Floats, priors: Sequence[Gamma]) -> tuple[Floats, Floats]:
    """Exposure since, and prior rate plus exposure before; each [12, k]."""
    windows = exposures[WINDOWS.start : WINDOWS.stop]
    since = np.maximum(windows, SINCE_LEAST)
    rates = np.array([prior.rate for prior in priors])[:, None]
    return since, rates + np.maximum(exposures[RECENT] - windows, BEFORE_LEAST)


@dataclass(frozen=True, slots=True)
class Drop:
    """The window in which a drop is most plausible, in purchase days; arrays of n.

    window: int64, weeks. days: purchase days seen in it. expected: purchase days expected.
    once_in: float64, among how many such windows one holds so few days; at most 9,999.
    """

    window: Ints
    days: Floats
    expected: Floats
    once_in: Floats


def best_window(counts: Floats, exposures: Floats, column: Ints, priors: Sequence[Gamma]) -> Ints:
    """In which of the last 1..12 weeks a cut to 35 % is most plausible; int64[n]."""
    odds = _log_odds(counts, exposures, column, priors, CUT_SPOKEN)
    row: Ints = odds.argmax(axis=0)
    return row + WINDOWS.start


def drop(counts: Floats, exposures: Floats, column: Ints, priors: Sequence[Gamma]) -> Drop:
    """The most plausible window of a cut to 35 %, and how rare so few days in it would be.

    Without a change, days in a window follow a negative binomial distribution. A third of its
    tail pays for having looked for the most striking window.
    """
    window = best_window(counts, exposures, column, priors)
    row = window - WINDOWS.start
    since, rate = (table[row, column] for table in _window_rates(exposures, priors))
    days = np.floor(counts[window, np.arange(len(window))])
    shape = np.array([prior.shape for prior in priors])[row] + counts[RECENT] - days
    tail = scipy.special.betainc(shape, days + 1.0, rate / (rate + since))
    once_in = 1.0 / (3.0 * np.maximum(tail, 1.0 / (3.0 * ONCE_IN_MOST)))
    return Drop(window, days, shape / rate * since, once_in)
