"""What became of the customers that were judged: the truth that every rule is graded against."""

from dataclasses import dataclass

import numpy as np

from services.backtest.history import TRIP, History
from services.backtest.sales import Floats, Ints
from services.backtest.walk import Walk, by_week
from shared.domain.outcome import AHEAD, market, market_index, outcomes
from shared.domain.week import DAYS
from shared.domain.weeks import SILENT_WEEKS, Bools

MERGED = 2  # weeks between two spells below half that belong to one episode
BEFORE_LAST = 8  # weeks before the last purchase in which an alert finds a lost customer
KEY = 2**24  # more than any column


@dataclass(frozen=True, slots=True)
class Episodes:
    """Spells in which a customer's next eight weeks stayed below half of what was expected.

    start, end: int64[e], customer x KEY + column, rising. missing: float64[e], money.
    """

    start: Ints
    end: Ints
    missing: Floats

    def of(self, walk: Walk, places: Ints) -> Ints:
        """For each customer-week its episode, -1 where it lies in none."""
        if not len(self.start):
            return np.full(len(places), -1)
        key = walk.customer[places] * KEY + walk.week[places]
        at = np.maximum(np.searchsorted(self.start, key, side="right") - 1, 0)
        return np.where((self.start[at] <= key) & (key <= self.end[at]), at, -1)


@dataclass(frozen=True, slots=True)
class Lost:
    """Customers whose last purchase was followed by more than 12 silent weeks, as far as any rule
    could have told: judged at least once from 8 weeks before it to 11 after it.

    customer: int64[k], rising. last: int64[k], column of the last purchase.
    """

    customer: Ints
    last: Ints


@dataclass(frozen=True, slots=True)
class Truths:
    """expected, followed: float64[n], money of the eight weeks after each customer-week. left:
    bool[n]. episodes and lost as described there."""

    expected: Floats
    followed: Floats
    left: Bools
    episodes: Episodes
    lost: Lost

    @property
    def missing(self) -> Floats:
        """Money that was expected and did not come."""
        return np.maximum(self.expected - self.followed, 0.0)


def truths(history: History, walk: Walk) -> Truths:
    """What became of every customer-week of a walk over weeks that can be graded."""
    expected, followed, left = np.zeros(len(walk)), np.zeros(len(walk)), np.zeros(len(walk), bool)
    everybody = market(history.spend)
    for rows in by_week(walk.week):
        column = int(walk.week[rows.start])
        index = market_index(everybody, column, closed_cohort=history.closed_cohort(column))
        following = history.spend[walk.customer[rows], column + 1 : column + 1 + AHEAD]
        found = outcomes(walk.usual[rows], following, index)
        expected[rows], followed[rows], left[rows] = found.expected, found.followed, found.left
    return Truths(
        expected,
        followed,
        left,
        _episodes(walk, left, np.maximum(expected - followed, 0.0)),
        _lost(history, walk),
    )


def _episodes(walk: Walk, left: Bools, missing: Floats) -> Episodes:
    """Spells of one customer with at most two weeks between them are one."""
    below = np.flatnonzero(left)
    key = walk.customer[below] * KEY + walk.week[below]
    order = np.argsort(key)
    key, missing = key[order], missing[below[order]]
    begins = np.flatnonzero(np.diff(key, prepend=-KEY) > MERGED + 1)
    if not len(begins):
        return Episodes(key, key, missing)
    ends = np.append(begins[1:], len(key)) - 1
    return Episodes(key[begins], key[ends], np.add.reduceat(missing, begins))


def _lost(history: History, walk: Walk) -> Lost:
    customer = history.trips // TRIP
    last = np.full(len(history.customers), -1, np.int64)
    np.maximum.at(last, customer, history.trips % TRIP // DAYS - 1)
    near = walk.week - last[walk.customer]
    could = (near >= -BEFORE_LAST) & (near < SILENT_WEEKS)
    gone = history.weeks - 1 - last[walk.customer] > SILENT_WEEKS
    found = np.unique(walk.customer[could & gone])
    return Lost(found, last[found])
