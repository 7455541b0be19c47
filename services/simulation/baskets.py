"""What is in an order: lines of categories, each customer with its own favourites."""

from collections.abc import Sequence

import numpy as np

from services.simulation.chance import Chance, Floats, Ints
from services.simulation.trades import CATEGORIES, TRADES

_FEWEST, _MOST = 3, 6  # categories of a customer
_MAIN = 0.95  # how often the first category is in an order
_RARE, _OFTEN = 0.25, 0.85  # and the others
_LARGE_SHARE = 0.004  # of orders, without any meaning
_LEAST_CENTS = 50
_ARTICLES = 30  # of a category


class Baskets:
    """The habits of all customers; arrays are customers by categories."""

    def __init__(self, chance: Chance, trades: Sequence[str]) -> None:
        self._chance = chance
        numbers = np.arange(len(trades))
        kinds = [TRADES[name] for name in trades]
        columns = np.arange(len(CATEGORIES))
        likes = np.array([kind.categories for kind in kinds], np.float64).reshape(-1, len(columns))
        drawn = chance.uniform("category", numbers[:, None], columns)
        # The highest keys are a sample weighted by what the trade likes (Efraimidis and Spirakis).
        keys = np.where(likes > 0, drawn ** (1 / np.maximum(likes, 1)), 0)
        rank = np.argsort(np.argsort(-keys, axis=1), axis=1)
        many = _FEWEST + chance.below(_MOST - _FEWEST + 1, "categories", numbers)
        has = (rank < many[:, None]) & (likes > 0)
        often = chance.between(_RARE, _OFTEN, "often", numbers[:, None], columns)
        self.often: Floats = np.where(has, np.where(rank == 0, _MAIN, often), 0.0)
        """How often a category is in an order."""
        weight = -np.log(chance.uniform("weight", numbers[:, None], columns)) + 0.3
        self._share = np.where(has, weight, 0) / np.sum(np.where(has, weight, 0), axis=1)[:, None]
        spread = np.array([kind.ticket_spread for kind in kinds])
        medians = np.array([kind.ticket for kind in kinds])
        self._ticket = medians * np.exp(spread * chance.normal("ticket", numbers))
        self._spread = np.array([kind.order_spread for kind in kinds])

    def fill(self, numbers: Ints, days: Ints, factor: Floats, left: Floats) -> Ints:
        """Amounts in cents, purchases by categories, of orders that `numbers` place on `days`.

        `factor` multiplies an order's money; `left` is what remains of each category. A row
        without any amount is an order of nothing: the customer did not come.
        """
        columns = np.arange(len(CATEGORIES))
        at = numbers[:, None], days[:, None], columns
        wanted = self._chance.uniform("line", *at) < self.often[numbers] * left
        spread = self._spread[numbers]
        order = np.exp(spread * self._chance.normal("order", numbers, days) - spread**2 / 2)
        large = self._chance.uniform("large", numbers, days)
        order = np.where(large < _LARGE_SHARE, order * (3 + 5 * large / _LARGE_SHARE), order)
        line = np.exp(0.3 * self._chance.normal("amount", *at) - 0.045)
        money = (self._ticket[numbers] * order * factor)[:, None] * self._share[numbers] * line
        cents = np.maximum(np.round(100 * money), _LEAST_CENTS).astype(np.int64)
        return np.where(wanted, cents, 0)

    def usual_cents(self, number: int) -> int:
        """The customer's median order."""
        return round(100 * float(self._ticket[number]))

    def articles(self, numbers: Ints, days: Ints) -> Ints:
        """Which article of each category is taken, purchases by categories: one of the
        customer's own three.
        """
        columns = np.arange(len(CATEGORIES))
        at = numbers[:, None], days[:, None], columns
        favourite = self._chance.below(3, "favourite", *at)
        return self._chance.below(_ARTICLES, "article", numbers[:, None], columns, favourite)


def line(category: int, article: int, cents: int) -> dict[str, str]:
    """The line of a receipt."""
    price = 120 + 35 * article
    name = CATEGORIES[category]
    return {
        "sku": f"{name}-{article:02d}",
        "category": name,
        "quantity": str(max(1, round(cents / price))),
        "amount": money_text(cents),
    }


def money_text(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
