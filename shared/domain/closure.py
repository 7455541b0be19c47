"""Yearly closures of single customers: who was closed at this time last year may be so again."""

import numpy as np

from shared.domain.panel import LONGEST, SEASON
from shared.domain.weeks import Bools, Floats

YEAR = 52
LOOKED_BACK = 2 * YEAR  # weeks
SHIFT = 1  # weeks by which a closure may move within the year
SHORTEST = 2
STRIKING = 0.5  # of such silences to be expected by chance in a year
LONGEST_CLOSURE = 26
RARE = 1.0  # odds: one in ten closes yearly; of ten others one falls silent just then
REPEATED = 0.9  # chance that a yearly closure comes again


def strikingly_silent(days: Floats) -> Bools:
    """Who had a silence in the last 34 weeks that a year of such weeks would hardly hold.

    days: float64[n, w], the last 52 columns count. Only for these the year before is asked.
    """
    silent = days[:, -LONGEST:].T == 0
    length = runs(silent)[-SEASON:].max(axis=0)
    weeks = len(silent) - (~silent).argmax(axis=0)  # since the first purchase in them
    striking: Bools = weeks * _by_chance(silent, weeks, length) < STRIKING
    striking &= length >= SHORTEST
    return striking


def closed_chance(days: Floats) -> Floats:
    """The chance that a customer is closed for the season in each of the last 34 weeks.

    It is above 0 in silent weeks that lie a year after a silence that ended and was too long for
    chance, give or take a week. days: float64[n, w] with more than 52 columns; up to 104 count.
    Returns float64[34, n].
    """
    silent = days[:, -LOOKED_BACK:].T == 0
    width = len(silent)
    began = (~silent).argmax(axis=0)
    length = runs(silent)
    # Before the first purchase and since the last one nobody knows how long it was.
    place = np.arange(width)[:, None]
    last = width - 1 - (~silent[::-1]).argmax(axis=0)
    ended = silent & (place > began) & (place < last)
    ended &= (length >= SHORTEST) & (length <= LONGEST_CLOSURE)
    weeks = width - began
    odds = RARE * weeks * _by_chance(silent, weeks, length)
    chance = np.where(ended, REPEATED / (1.0 + odds), 0.0)
    found = np.zeros((SEASON, len(days)))
    for shift in range(-SHIFT, SHIFT + 1):
        end = max(width - YEAR + shift, 0)
        rows = chance[max(end - SEASON, 0) : end]
        np.maximum(found[SEASON - len(rows) :], rows, out=found[SEASON - len(rows) :])
    found *= silent[-SEASON:]
    return found


def runs(silent: Bools) -> Floats:
    """The length of the silence that each week is part of, 0 where there is none; [w, n] both."""
    length = np.zeros(silent.shape)
    for week in range(len(silent)):
        length[week] = silent[week] * (1.0 + (length[week - 1] if week else 0.0))
    for week in range(len(silent) - 2, -1, -1):
        length[week] = np.where(silent[week] & silent[week + 1], length[week + 1], length[week])
    return length


def _by_chance(silent: Bools, weeks: Floats, length: Floats) -> Floats:
    """The chance that so many weeks in a row are silent, by the other weeks of the customer.

    weeks: float64[n], since the first purchase that is seen; length: float64[n] or [w, n].
    """
    quiet = silent.sum(axis=0) - (len(silent) - weeks)
    # Weeks before the first purchase are as silent as could be: whoever has more of them than
    # weeks since has no share.
    share = np.maximum(quiet - length + 1.0, 0.0) / np.maximum(weeks - length + 2.0, 1.0)
    chance: Floats = np.power(share, length)
    return chance
