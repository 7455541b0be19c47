"""Measures of how well a rule finds those who leave, for the company and for weighted ones.

A weighted company has each customer any number of times: float64[m, customers] describes m of
them, float64[m, n] the same for the n customer-weeks.
"""

from typing import Protocol

import numpy as np

from services.backtest.sales import Floats
from shared.domain.weeks import Bools


class Measure(Protocol):
    """Something that can be computed for the company itself and for weighted ones."""

    def value(self) -> float:
        """For the company itself; NaN where it cannot be computed."""

    def drawn(self, customers: Floats, weeks: Floats) -> Floats:
        """For m weighted companies, float64[m], by customers and by customer-weeks."""


class Ranking:
    """Customer-weeks by falling score; those with equal scores come all at once."""

    def __init__(self, scores: Floats, left: Bools) -> None:
        self._order = np.argsort(-scores, kind="stable")
        ordered = scores[self._order]
        self._left = left[self._order].astype(np.float64)
        # The last place of each run of equal scores.
        self._ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)[: len(scores)])
        self._counted: tuple[Floats, Floats, Floats] | None = None

    def counts(self, weeks: Floats) -> tuple[Floats, Floats]:
        """Who left and who was named in all, up to each score: float64[m, scores] each.

        All measures of a ranking ask for the same weeks one after the other.
        """
        if self._counted is None or self._counted[0] is not weeks:
            ordered = weeks[:, self._order]
            named = np.cumsum(ordered, axis=1)[:, self._ends]
            ordered *= self._left
            self._counted = weeks, np.cumsum(ordered, axis=1)[:, self._ends], named
        return self._counted[1:]

    @property
    def once(self) -> Floats:
        """The company itself."""
        return np.ones((1, len(self._order)))


class AveragePrecision:
    """Precision, averaged over the recall at which it is reached."""

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = ranking

    def value(self) -> float:
        return float(self.drawn(self._ranking.once, self._ranking.once)[0])

    def drawn(self, customers: Floats, weeks: Floats) -> Floats:
        hits, named = self._ranking.counts(weeks)
        new = np.diff(hits, axis=1, prepend=0.0)
        precision = np.divide(hits, named, out=np.zeros_like(hits), where=named > 0)
        return _divided((precision * new).sum(axis=1), new.sum(axis=1))


class RocAuc:
    """The chance that one who left has a higher score than one who stayed; ties count half."""

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = ranking

    def value(self) -> float:
        return float(self.drawn(self._ranking.once, self._ranking.once)[0])

    def drawn(self, customers: Floats, weeks: Floats) -> Floats:
        hits, named = self._ranking.counts(weeks)
        misses = np.diff(named - hits, axis=1, prepend=0.0)
        before = np.concatenate([np.zeros((len(hits), 1)), hits[:, :-1]], axis=1)
        area = (misses * (before + hits) / 2).sum(axis=1)
        return _divided(area, np.diff(hits, axis=1, prepend=0.0).sum(axis=1) * misses.sum(axis=1))


class Ratio:
    """One sum over customers divided by another; float64[customers] each."""

    def __init__(self, above: Floats, below: Floats) -> None:
        self._above, self._below = above, below

    def value(self) -> float:
        once = np.ones((1, len(self._above)))
        return float(self.drawn(once, once)[0])

    def drawn(self, customers: Floats, weeks: Floats) -> Floats:
        return _divided(customers @ self._above, customers @ self._below)


def _divided(above: Floats, below: Floats) -> Floats:
    """The quotients, NaN where there is nothing to divide by."""
    found: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return found
