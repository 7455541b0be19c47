"""What the longer story says: the level before, earlier dips that passed, the age."""

import numpy as np

from shared.domain.baseline import Baseline
from shared.domain.panel import Panel, last_sums
from shared.domain.prior import Gamma
from shared.domain.weeks import Floats

DIP_WEEKS = 8
DIP_HISTORY = 12
DIP_BASELINE_LEAST = 9
DIP_PRIOR = 12.0
DIP_SHARE = 0.28
DIP_SHARE_NEEDS = 200
TENURE_MOST = 39.0
# An exact half is no dip, whatever rounding makes of it.
HALF = 0.5 * (1.0 - 1e-12)


def longrun(counts: Floats, worth: Floats, prior: Gamma, need: Floats) -> Floats:
    """Log of the long-run rate against the baseline's; low where the baseline was a good spell.

    counts: float64[n], of all weeks looked at; worth: float64[n], their exposure; need: float64[n],
    half of the usual over eight weeks, in counts.
    """
    rate = (counts + prior.shape) / (worth + prior.rate)
    return np.clip(np.log(rate / (need / 4.0)), -2.0, 2.0)


def past_dips(panel: Panel, level: Baseline) -> tuple[Floats, Floats]:
    """How many of the customer's own past 8-week windows lay below half of the usual then.

    The usual before each window is the mean of the weeks 25 to 4 before it, as far back as the
    customer is known, at least nine weeks. Returns two float64[n]: dips, windows.
    """
    sums = last_sums(level.capped[::-1])  # of the first 0, 1, 2... rows
    known = panel.known_from
    dips = np.zeros(len(panel.age))
    windows = np.zeros(len(panel.age))
    for week in range(panel.begin + DIP_HISTORY, panel.rows - DIP_WEEKS):
        start, end = max(week - 25, 0), week - 3
        length = end - np.maximum(known, start)
        before = sums[end] - sums[start]
        counted = (length >= DIP_BASELINE_LEAST) & (before > 0)
        spent = sums[week + 1 + DIP_WEEKS] - sums[week + 1]
        before *= HALF * DIP_WEEKS
        spent *= length
        windows += counted
        dips += counted & (spent < before)
    return dips, windows


def dip_share(dips: Floats, windows: Floats) -> float:
    """The portfolio's share of windows that were dips; a common one where it has few windows."""
    seen = float(windows.sum())
    return float(dips.sum()) / seen if seen > DIP_SHARE_NEEDS else DIP_SHARE


def dips(own_dips: Floats, windows: Floats, share: float) -> Floats:
    """The share of own windows that were dips, drawn to the portfolio's by 12 windows."""
    return (own_dips + DIP_PRIOR * share) / (windows + DIP_PRIOR)


def tenure(panel: Panel) -> Floats:
    """Log of the weeks since the first purchase, which stops to tell anything after 39."""
    return np.log(np.minimum(panel.age + 1.0, TENURE_MOST))
