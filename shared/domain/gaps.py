"""Occasional buyers: is the present silence still one of the customer's own gaps?

Gaps between purchase days are gamma distributed with a shape that says how regular a customer buys
and a rate of the customer's own, itself gamma distributed over the customers: a mixture over four
shapes, so that a silence is compared with what is known of the customer and not with one number.
After each purchase a customer may be gone for good, with the chance of Laplace's rule: one in two
plus the times the customer came back. See docs/detection.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy  # which loads scipy.special when it is first used

from shared.domain.prior import Gamma, gamma_prior
from shared.domain.week import DAYS
from shared.domain.weeks import Bools, Floats, Ints

LOOKED_BACK = 364  # days
SHAPES = (1, 2, 4, 8)  # from purchases at random to nearly equal gaps
LEAST_GAPS = 2
KNOWN_DAYS = 56.0  # since the first purchase
RARE = 0.1  # a silence that more gaps last out is none
LOST_DAYS = 84
LOST_GAPS = 3.0
DRAWN = 2.0  # typical gaps that draw the usual one
TYPICAL = 30.0  # days, where nobody is known
AHEAD = 2.0  # usual gaps: the time in which nothing is feared
ONCE_IN_MOST = 9999.0
CERTAIN = 1e-6
_ROUNDS = 20
_SHORTEST = 0.1  # days of a gap across weeks in which nobody buys


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps of n customers before a day; float64[n] each.

    count: gaps between purchase days of the last 364 days. total: their days, silent: days since
    the last purchase. Weighed by the season (a week in which half of the usual is bought counts
    half): season_total, season_silent, and logs, the sum of the logarithms of the gaps.
    """

    count: Floats
    total: Floats
    silent: Floats
    season_total: Floats
    season_silent: Floats
    logs: Floats

    def take(self, rows: Bools | Ints) -> "Gaps":
        return Gaps(*(getattr(self, name)[rows] for name in self.__slots__))


def gaps(rows: Ints, days: Ints, as_of: int, index: Floats, column: Ints) -> Gaps:
    """The gaps of n customers from their purchase days before day `as_of`.

    rows, days: int64[k], whose day each is, sorted by both, each pair once. index: float64[m, s],
    seasons of the last weeks, oldest first; earlier ones count fully. column: int64[n], whose
    season each customer follows.
    """
    customers = len(column)
    inside = (days < as_of) & (days >= as_of - LOOKED_BACK)
    rows, days = rows[inside], days[inside]
    clock = np.zeros((LOOKED_BACK + 1, index.shape[1]))
    recent = np.repeat(index, DAYS, axis=0)[-LOOKED_BACK:]
    clock[1:] = 1.0
    clock[len(clock) - len(recent) :] = recent
    np.cumsum(clock, axis=0, out=clock)
    at = clock[days - (as_of - LOOKED_BACK), column[rows]]
    same = np.flatnonzero(rows[1:] == rows[:-1])
    whose = rows[same]
    long, weighed = (days[1:] - days[:-1])[same], np.maximum((at[1:] - at[:-1])[same], _SHORTEST)
    last = np.full(customers, -1)
    last[rows] = np.arange(len(rows))  # the later of a customer's days overwrites the earlier
    seen = last >= 0
    silent, season_silent = np.full(customers, np.inf), np.full(customers, np.inf)
    silent[seen] = as_of - days[last[seen]]
    season_silent[seen] = clock[-1, column[seen]] - at[last[seen]]

    def summed(values: Floats) -> Floats:
        return np.bincount(whose, values, customers).astype(np.float64)

    return Gaps(
        count=summed(np.ones(len(whose))),
        total=summed(long.astype(np.float64)),
        silent=silent,
        season_total=summed(weighed),
        season_silent=season_silent,
        logs=summed(np.log(weighed)),
    )


@dataclass(frozen=True, slots=True)
class Rhythms:
    """How a company's occasional buyers buy: the share of each shape, the rates of customers of
    that shape, and the typical days of a gap."""

    shares: tuple[float, ...]
    rates: tuple[Gamma, ...]
    typical: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        rates = [list(rate) for rate in self.rates]
        return {"shares": list(self.shares), "rates": rates, "typical": self.typical}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        rates = tuple(Gamma(*rate) for rate in stored["rates"])
        return cls(tuple(stored["shares"]), rates, stored["typical"])


EQUAL = Rhythms(
    tuple(1 / len(SHAPES) for _ in SHAPES), tuple(Gamma(2.0, 60.0 / r) for r in SHAPES), TYPICAL
)


def learn(own: Gaps) -> Rhythms:
    """The rhythms of customers with enough gaps, all of them or a random 20,000."""
    known = own.take(own.count >= LEAST_GAPS)
    if not len(known.count):
        return EQUAL
    rates = tuple(gamma_prior(shape * known.count, known.season_total) for shape in SHAPES)
    likely = _likelihoods(known, rates)
    shares = np.full(len(SHAPES), 1 / len(SHAPES))
    for _ in range(_ROUNDS):
        shares = _posterior(likely, shares).mean(axis=1)
    typical = float(np.median(known.total / known.count))
    return Rhythms(tuple(shares.tolist()), rates, typical)


def usual(own: Gaps, rhythms: Rhythms) -> Floats:
    """Days of a usual gap, drawn to the typical one by two gaps; float64[n]."""
    return (own.total + DRAWN * rhythms.typical) / (own.count + DRAWN)


def occasional(own: Gaps, rhythms: Rhythms) -> Bools:
    """Who is known for eight weeks, has two gaps to be judged by, and is not silent for so long
    that it is over: twelve weeks and three usual gaps.
    """
    over = np.maximum(float(LOST_DAYS), LOST_GAPS * usual(own, rhythms))
    known: Bools = (own.count >= LEAST_GAPS) & (own.total + own.silent >= KNOWN_DAYS)
    return known & (own.silent < over)


def lately(own: Gaps) -> Bools:
    """Who has two gaps and bought within twelve weeks: they show what the season is."""
    found: Bools = (own.count >= LEAST_GAPS) & (own.silent < LOST_DAYS)
    return found


@dataclass(frozen=True, slots=True)
class Silence:
    """float64[n] each. score: log odds that nothing is bought within the next two usual gaps.

    chance: that a gap of the customer lasts so long; ahead: and two usual gaps more. gone: the
    chance that no gap follows a purchase at all. once_in: `chance` as one in so many gaps, at most
    9,999. usual: days of a usual gap.
    """

    score: Floats
    chance: Floats
    ahead: Floats
    gone: Floats
    once_in: Floats
    usual: Floats


def silence(own: Gaps, rhythms: Rhythms) -> Silence:
    """What the present silence of each customer says."""
    weight = _posterior(_likelihoods(own, rhythms.rates), np.array(rhythms.shares))
    days = usual(own, rhythms)
    now, ahead = (
        (weight * _lasting(own, rhythms.rates, lasts)).sum(axis=0)
        for lasts in (own.season_silent, own.season_silent + AHEAD * days)
    )
    gone = 1.0 / (own.count + 2.0)
    nothing = (gone + (1.0 - gone) * ahead) / (gone + (1.0 - gone) * now)
    nothing = np.clip(nothing, CERTAIN, 1.0 - CERTAIN)
    once_in = np.minimum(1.0 / np.maximum(now, 1.0 / ONCE_IN_MOST), ONCE_IN_MOST)
    score: Floats = np.log(nothing / (1.0 - nothing))
    return Silence(score, now, ahead, gone, once_in, days)


def _likelihoods(own: Gaps, rates: Sequence[Gamma]) -> Floats:
    """Log likelihood of each customer's gaps under each shape; float64[shapes, n]."""
    return np.array(
        [
            (r - 1) * own.logs
            - own.count * scipy.special.gammaln(r)
            + rate.shape * np.log(rate.rate)
            - scipy.special.gammaln(rate.shape)
            + scipy.special.gammaln(rate.shape + r * own.count)
            - (rate.shape + r * own.count) * np.log(rate.rate + own.season_total)
            for r, rate in zip(SHAPES, rates, strict=True)
        ]
    )


def _posterior(likely: Floats, shares: Floats) -> Floats:
    """The chance of each shape for each customer; float64[shapes, n]."""
    with np.errstate(divide="ignore"):
        weight = likely + np.log(shares)[:, None]
    weight -= weight.max(axis=0)
    np.exp(weight, out=weight)
    weight /= weight.sum(axis=0)
    return weight


def _lasting(own: Gaps, rates: Sequence[Gamma], lasts: Floats) -> Floats:
    """The chance that a gap lasts so many season days, for each shape; float64[shapes, n].

    The share of the silence in all known days is beta distributed; for a whole shape r the tail
    is a sum of r terms.
    """
    found = np.empty((len(SHAPES), len(lasts)))
    for row, (r, rate) in enumerate(zip(SHAPES, rates, strict=True)):
        known = rate.rate + own.season_total
        shape = rate.shape + r * own.count
        kept = known / (known + lasts)
        term = np.power(kept, shape)
        total = term.copy()
        for step in range(1, r):
            term *= (1.0 - kept) * (shape + step - 1.0) / step
            total += term
        found[row] = np.minimum(total, 1.0)
    return found
