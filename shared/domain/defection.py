"""Categories that a customer no longer buys, though still a customer.

The method is that of `change`, on the purchase days with the category. What a week is worth is not
time but the customer's purchase days in it, in the season of the category: somebody who buys less
of everything has left no category, and nobody is blamed for ice cream in November.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from shared.domain.change import change, window_priors
from shared.domain.panel import last_sums
from shared.domain.prior import Gamma
from shared.domain.week import DAYS
from shared.domain.weeks import RECENT, Bools, Floats, Ints

LEAST_DAYS = 6.0  # purchase days with the category in 26 weeks, that make it a usual one
LEAST_WEEKS = 4  # and in so many weeks
SILENT_WEEKS = 2
STILL_BUYS = 2.0  # purchase days since
STEADY = 10.0  # purchase days that draw a category's season to 1
LOWEST, HIGHEST = 0.05, 3.0
MOST_CATEGORIES = 500  # with a season of their own; they are stored with every evaluation
CHANCES = 4  # decimals that are kept of a season


@dataclass(frozen=True, slots=True)
class Baskets:
    """n customers and m pairs of a customer and a category, in 26 weeks, oldest first.

    visits: float64[26, n], purchase days. whose: int64[m], the customer of a pair; category:
    int64[m], its place in `names`. days: float64[26, m], purchase days with the category.
    """

    visits: Floats
    whose: Ints
    category: Ints
    names: Sequence[str]
    days: Floats

    def take(self, pairs: Bools) -> "Baskets":
        """The same of some of the pairs."""
        return Baskets(
            self.visits, self.whose[pairs], self.category[pairs], self.names, self.days[:, pairs]
        )

    def recent(self) -> "Baskets":
        """The last 26 weeks of baskets that go back further."""
        return replace(self, visits=self.visits[-RECENT:], days=self.days[-RECENT:])

    def usual(self) -> "Baskets":
        """The pairs of a customer and a category that is usual for that customer."""
        days, weeks = self.days.sum(axis=0), (self.days > 0).sum(axis=0)
        return self.take((days >= LEAST_DAYS) & (weeks >= LEAST_WEEKS))


@dataclass(frozen=True, slots=True)
class Tastes:
    """What a portfolio says about categories: the season of the largest ones, 26 weeks each, and
    the priors for windows of 1..12 weeks. With none of them nobody has left a category."""

    seasons: Mapping[str, tuple[float, ...]]
    priors: tuple[Gamma, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        seasons = {name: list(index) for name, index in self.seasons.items()}
        return {"seasons": seasons, "priors": [list(prior) for prior in self.priors]}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        seasons = {name: tuple(index) for name, index in stored["seasons"].items()}
        return cls(seasons, tuple(Gamma(*prior) for prior in stored["priors"]))


UNKNOWN = Tastes({}, ())


def learn(baskets: Baskets) -> Tastes:
    """The tastes of judged customers, all of them or a random 20,000."""
    pairs = baskets.usual()
    if not len(pairs.whose):
        return UNKNOWN
    seasons = _seasons(pairs)
    tastes = Tastes(seasons, ())
    counts, exposures, column = _counts(pairs, tastes)
    return Tastes(seasons, window_priors(counts, exposures, column))


def _seasons(pairs: Baskets) -> dict[str, tuple[float, ...]]:
    """Each category's days against what its buyers' own shares lead to expect."""
    expected = pairs.visits[:, pairs.whose] * _shares(pairs)
    size = len(pairs.names)
    done, due = (
        np.array([np.bincount(pairs.category, row, size) for row in values])
        for values in (pairs.days, expected)
    )
    index = np.clip((done + STEADY) / (due + STEADY), LOWEST, HIGHEST)
    buyers = np.bincount(pairs.category, minlength=size)
    bought = [int(n) for n in np.flatnonzero(buyers)]
    largest = sorted(bought, key=lambda n: (-buyers[n], pairs.names[n]))
    return {
        pairs.names[n]: tuple(np.round(index[:, n], CHANCES).tolist())
        for n in largest[:MOST_CATEGORIES]
    }


def _shares(pairs: Baskets) -> Floats:
    """The share of each customer's purchase days that hold the category; float64[m]."""
    visits = pairs.visits.sum(axis=0)[pairs.whose]
    shares: Floats = pairs.days.sum(axis=0) / np.maximum(visits, 1.0)
    return shares


def _counts(pairs: Baskets, tastes: Tastes) -> tuple[Floats, Floats, Ints]:
    """Sums of the last weeks, of days and of what they are worth, and each pair's column."""
    flat = (1.0,) * RECENT
    index = np.array([tastes.seasons.get(name, flat) for name in pairs.names]).T
    worth = pairs.visits[:, pairs.whose] * index[:, pairs.category]
    return last_sums(pairs.days), last_sums(worth), np.arange(len(pairs.whose))


@dataclass(frozen=True, slots=True)
class Defections:
    """Categories that customers have left, k of them, the clearest first.

    whose, category: int64[k] as in Baskets. odds: float64[k], log odds. weeks_since: int64[k],
    whole weeks without the category. usual_days: float64[k] between purchases of it before.
    """

    whose: Ints
    category: Ints
    odds: Floats
    weeks_since: Ints
    usual_days: Floats


def odds(pairs: Baskets, tastes: Tastes) -> Floats:
    """Log odds that each pair's customer left its category; float64[m]."""
    counts, exposures, column = _counts(pairs, tastes)
    return change(counts, exposures, column, tastes.priors)


def defections(baskets: Baskets, tastes: Tastes, least: float) -> Defections:
    """The categories of which it is clear, by log odds of at least `least`, that they were left.

    Such a category was usual, at least two whole weeks hold nothing of it, and the customer
    bought on at least two days since.
    """
    pairs = baskets.usual()
    if not tastes.priors or not len(pairs.whose):
        nobody = np.zeros(0, np.int64)
        return Defections(nobody, nobody, np.zeros(0), nobody, np.zeros(0))
    said = odds(pairs, tastes)
    since = (pairs.days[::-1] > 0).argmax(axis=0)
    visits = last_sums(pairs.visits)[since, pairs.whose]
    left = (said >= least) & (since >= SILENT_WEEKS) & (visits >= STILL_BUYS)
    chosen = np.flatnonzero(left)[np.argsort(-said[left], kind="stable")]
    before = RECENT - since - (pairs.days > 0).argmax(axis=0)
    usual = DAYS * before / pairs.days.sum(axis=0)
    return Defections(
        whose=pairs.whose[chosen],
        category=pairs.category[chosen],
        odds=said[chosen],
        weeks_since=since[chosen],
        usual_days=usual[chosen],
    )
