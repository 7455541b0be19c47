"""The kinds of trade, and the companies that are mixed from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Rhythm = Literal["visits", "orders", "monthly", "bursts"]
SeasonName = Literal["bars", "households", "hotels", "schools", "offices", "builders"]

CATEGORIES = (
    "coffee", "drinks", "bread", "dairy", "frozen", "snacks", "cleaning", "paper",
)  # fmt: skip
_WEEKDAYS = (1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)  # Monday first


@dataclass(frozen=True, slots=True)
class Trade:
    """How one kind of customer buys.

    `rate` and `rate_spread`: median purchase days a week and the spread of its logarithm between
    customers (visits only). `ticket`, `ticket_spread`, `order_spread`: the median amount, its
    spread between customers and between the orders of one. `drift`: the spread of the slow ups
    and downs of a customer. `makes_up`: share of an order that moves to the next open day when
    the day is closed. `closes`: share of customers who close for weeks in August. `refunded`:
    share of purchases. `categories`: how gladly each of CATEGORIES is bought.
    """

    segment: str
    rhythm: Rhythm
    season: SeasonName
    ticket: float
    ticket_spread: float
    order_spread: float
    drift: float
    categories: tuple[int, ...]
    rate: float = 1.0
    rate_spread: float = 0.0
    weekdays: tuple[float, ...] = _WEEKDAYS
    makes_up: float = 0.5
    closes: float = 0.0
    refunded: float = 0.01
    invoiced: bool = True
    visited: bool = True


TRADES: Mapping[str, Trade] = MappingProxyType(
    {
        "wholesale": Trade(
            "bars", "orders", "bars", ticket=210, ticket_spread=0.6, order_spread=0.3, drift=0.35,
            makes_up=0.7, closes=0.25, categories=(9, 9, 5, 5, 5, 4, 2, 2),
        ),
        "grocery": Trade(
            "households", "visits", "households", ticket=27, ticket_spread=0.4, order_spread=0.6,
            drift=0.5, rate=1.5, rate_spread=0.5, weekdays=(0.9, 0.8, 0.9, 1.0, 1.3, 1.8, 0.0),
            closes=0.3, refunded=0.015, invoiced=False, visited=False,
            categories=(4, 5, 8, 8, 5, 5, 3, 3),
        ),
        "monthly": Trade(
            "workshops", "monthly", "offices", ticket=560, ticket_spread=0.6, order_spread=0.35,
            drift=0.15, makes_up=1.0, closes=0.3, categories=(6, 4, 0, 1, 0, 2, 7, 8),
        ),
        "school": Trade(
            "schools", "orders", "schools", ticket=330, ticket_spread=0.5, order_spread=0.25,
            drift=0.25, makes_up=0.7, categories=(1, 4, 8, 8, 7, 3, 5, 5),
        ),
        "hotel": Trade(
            "hotels", "visits", "hotels", ticket=380, ticket_spread=0.6, order_spread=0.4,
            drift=0.35, rate=2.2, rate_spread=0.3, weekdays=(1.2, 1.0, 1.0, 1.1, 1.4, 0.3, 0.0),
            categories=(8, 8, 7, 7, 5, 2, 6, 5),
        ),
        "office": Trade(
            "offices", "orders", "offices", ticket=95, ticket_spread=0.5, order_spread=0.25,
            drift=0.3, closes=1.0, categories=(9, 6, 1, 4, 0, 4, 2, 5),
        ),
        "bursts": Trade(
            "builders", "bursts", "builders", ticket=240, ticket_spread=0.6, order_spread=0.5,
            drift=0.3, closes=0.5, refunded=0.03, categories=(4, 5, 1, 0, 0, 3, 7, 6),
        ),
    }
)  # fmt: skip

CHANGES: Mapping[str, float] = MappingProxyType(
    {
        "left": 0.04,
        "faded": 0.04,
        "complained": 0.02,
        "missed_payment": 0.015,
        "detractor": 0.015,
        "neglected": 0.015,
        "cancelled": 0.01,
        "away": 0.04,
        "lost_category": 0.03,
        "grew": 0.02,
        "large_order": 0.03,
        "returns": 0.03,
        "group_left": 0.2,
        "competitor": 0.6,
        "price": 0.5,
    }
)
# Of these the share is of those whom the event can reach: of the groups, of the customers beside
# the competitor, of the buyers of the category.
COMMON = frozenset({"group_left", "competitor", "price"})


@dataclass(frozen=True, slots=True)
class Mixture:
    """A company by its shares of trades; `growth` of its customers' buying a year, and the share
    of customers who join while it is watched.
    """

    trades: Mapping[str, float]
    growth: float = 0.03
    joining: float = 0.15


COMPANIES: Mapping[str, Mixture] = MappingProxyType(
    {
        "mixed": Mixture(
            {
                "wholesale": 0.36, "grocery": 0.2, "monthly": 0.1, "school": 0.08, "hotel": 0.1,
                "office": 0.08, "bursts": 0.08,
            }
        ),
        "wholesale": Mixture({"wholesale": 0.8, "hotel": 0.12, "bursts": 0.08}),
        "grocery": Mixture({"grocery": 1.0}, joining=0.3),
        "monthly": Mixture({"monthly": 1.0}),
        "seasonal": Mixture({"school": 0.4, "hotel": 0.4, "office": 0.2}),
        "growing": Mixture({"wholesale": 0.5, "grocery": 0.5}, growth=0.4, joining=0.6),
    }
)  # fmt: skip
