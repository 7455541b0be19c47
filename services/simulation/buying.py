"""Who buys what on which day of a week: rhythm, year and plan put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from services.simulation.baskets import Baskets
from services.simulation.chance import Chance, Floats, Ints
from services.simulation.people import SimulatedCustomer
from services.simulation.plan import Levels
from services.simulation.rhythm import intended
from services.simulation.seasons import Year, drift
from services.simulation.trades import TRADES
from shared.domain.week import DAYS

_LOOK_BACK = 14  # days in which a closed shop may have moved an order into the week
_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Purchases:
    """One entry a purchase, by day and customer; `cents` and `articles` by category.

    A category that was not bought has 0 cents.
    """

    numbers: Ints
    days: Ints
    cents: Ints
    articles: Ints


class Buying:
    """The purchases of a company; any part of them can be made alone."""

    def __init__(
        self,
        chance: Chance,
        customers: Sequence[SimulatedCustomer],
        baskets: Baskets,
        levels: Levels,
        year: Year,
        first_day: int,
        growth: float,
    ) -> None:
        self._chance = chance
        self._baskets = baskets
        self._levels = levels
        self._year = year
        self._first_day = first_day
        self._growth = growth
        self._since = np.array([customer.since for customer in customers], np.int64)
        self._trades = np.array([customer.trade for customer in customers], dtype=object)

    def week(self, first: int, numbers: Ints | None = None) -> Purchases:
        """The purchases of the seven days from `first` on, of `numbers` alone if given."""
        chosen = self._everybody if numbers is None else numbers
        days = np.arange(first, first + DAYS)
        expected = self._expected(chosen, days)
        buys = self._chance.uniform("buys", chosen[:, None], days) < expected
        column, place = np.nonzero(buys.T)
        who, when = chosen[place], days[column]
        # What a day cannot hold in visits goes into the amount: money follows the plan exactly.
        factor = np.maximum(expected[place, column], 1.0)
        left = self._levels.of_categories(chosen, days)[place, column]
        cents = self._baskets.fill(who, when, factor, left)
        came = cents.any(axis=1)
        who, when = who[came], when[came]
        return Purchases(who, when, cents[came], self._baskets.articles(who, when))

    @cached_property
    def _everybody(self) -> Ints:
        return np.arange(len(self._since))

    def _expected(self, numbers: Ints, days: Ints) -> Floats:
        """Expected purchases, customers by days; above 1 where a day holds several."""
        wider = np.arange(days[0] - _LOOK_BACK, days[-1] + 1)
        found = np.zeros((len(numbers), len(days)))
        remains = self._levels.of_buying(numbers, wider)
        remains *= (1 + self._growth) ** ((wider - self._first_day) / _YEAR)
        remains *= wider >= self._since[numbers][:, None]
        shops_closed = np.array([self._year.shops_closed(day) for day in wider.tolist()])
        for name in sorted(set(self._trades[numbers])):
            trade = TRADES[name]
            rows = np.flatnonzero(self._trades[numbers] == name)
            own = numbers[rows]
            wants = intended(trade, self._chance, own, wider) * remains[rows]
            wants *= self._year.season(trade, self._chance, own, wider)
            wants *= drift(trade, self._chance, own, wider)
            closed = shops_closed | self._year.closed_in_august(trade, self._chance, own, wider)
            found[rows] = _moved(wants, closed, trade.makes_up)[:, _LOOK_BACK:]
        found *= remains[:, _LOOK_BACK:] > 0  # an order moves to no day after the last
        return found


def _moved(wants: Floats, closed: NDArray[np.bool_], share: float) -> Floats:
    """Nothing on closed days; `share` of what was wanted on them comes on the next open one."""
    found = np.zeros_like(wants)
    waiting = np.zeros(len(wants))
    for column in range(wants.shape[1]):
        shut = closed[:, column]
        found[:, column] = np.where(shut, 0.0, wants[:, column] + waiting)
        waiting = np.where(shut, share * (wants[:, column] + waiting), 0.0)
    return found
