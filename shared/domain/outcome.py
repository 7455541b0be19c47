"""What became of judged customers in the eight weeks that followed."""

from dataclasses import dataclass

import numpy as np

from shared.domain.weeks import FREE_RECENT, RECENT, Bools, Floats

AHEAD = 8  # weeks until it is known what became of a customer
LEFT_BELOW = 0.5  # of the spend that was to be expected
CAP_QUANTILE = 0.995
LEAST_INDEX = 0.5
MOST_INDEX = 2.0


@dataclass(frozen=True, slots=True)
class Outcomes:
    """expected, followed: float64[n], money in the eight weeks after the judged one."""

    expected: Floats
    followed: Floats

    @property
    def left(self) -> Bools:
        """Who spent less than half of what was to be expected."""
        return self.followed < LEFT_BELOW * self.expected

    @property
    def missing(self) -> Floats:
        """Money that was expected and did not come; never negative."""
        return np.maximum(self.expected - self.followed, 0.0)


def market(spend: Floats) -> Floats:
    """What all customers together spend in each week, float64[w].

    spend: float64[n, w] of everybody, whenever they joined. A customer's week counts for at most
    the 99.5 % quantile of all weeks with purchases, so that one huge order moves nothing.
    """
    bought = spend[spend > 0]
    if not len(bought):
        return np.zeros(spend.shape[1])
    cap = float(np.quantile(bought, CAP_QUANTILE))
    total: Floats = np.minimum(spend, cap).sum(axis=0)
    return total


def market_index(market: Floats, week: int, *, closed_cohort: bool) -> float:
    """The market of the eight weeks after `week` against the baseline's weeks; from .5 to 2.

    Where nobody joins any more a falling total is customers leaving, and the index is 1.
    """
    before = market[max(week + 1 - RECENT, 0) : week - FREE_RECENT]
    if closed_cohort or not before.sum() > 0:
        return 1.0
    index = market[week + 1 : week + 1 + AHEAD].mean() / before.mean()
    return float(np.clip(index, LEAST_INDEX, MOST_INDEX))


def outcomes(usual: Floats, following: Floats, index: float) -> Outcomes:
    """What was expected of each customer and what came.

    usual: float64[n], money a week in the baseline. following: float64[n, 8], the spend of the
    weeks after the judged one. index: of the market in these weeks.
    """
    return Outcomes(AHEAD * usual * index, following.sum(axis=1))
