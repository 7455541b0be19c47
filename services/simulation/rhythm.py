"""On which days customers of each rhythm mean to buy, before season, closures and changes.

Every function gives the expected number of purchases, customers by days.
"""

import numpy as np

from services.simulation.chance import Chance, Floats, Ints
from services.simulation.trades import Trade

_PATTERNS = np.array(  # order days of a week, Monday first
    [
        [1, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0], [1, 0, 0, 1, 0, 0, 0],
        [0, 1, 0, 0, 1, 0, 0], [1, 0, 0, 0, 1, 0, 0], [1, 0, 1, 0, 1, 0, 0],
    ],
    np.float64,
)  # fmt: skip
_FORTNIGHTLY = 0.2  # share of those with weekly orders who order every second week
_UNPLANNED = 0.03  # orders on any other working day
_BURSTS_A_WEEK = 3.5
_BETWEEN_A_WEEK = 0.15


def weekdays(days: Ints) -> Ints:
    """0 for Monday; day 0, 1970-01-01, was a Thursday."""
    found: Ints = (days + 3) % 7
    return found


def intended(trade: Trade, chance: Chance, numbers: Ints, days: Ints) -> Floats:
    """Purchases that customers `numbers` of this trade mean to make on `days`."""
    if trade.rhythm == "orders":
        return _orders(chance, numbers, days)
    if trade.rhythm == "monthly":
        return _monthly(chance, numbers, days)
    share = np.array(trade.weekdays)[weekdays(days)] / sum(trade.weekdays)
    if trade.rhythm == "bursts":
        return _in_bursts(chance, numbers, days) * share
    rate = trade.rate * np.exp(trade.rate_spread * chance.normal("rate", numbers))
    return np.clip(rate, 0.3, 5.0)[:, None] * share


def _orders(chance: Chance, numbers: Ints, days: Ints) -> Floats:
    """The same weekdays every week, or every second; now and then one is left out."""
    pattern = _PATTERNS[chance.below(len(_PATTERNS), "order days", numbers)][:, weekdays(days)]
    keeps = chance.between(0.6, 0.95, "keeps", numbers)[:, None]
    fortnightly = chance.uniform("fortnightly", numbers)[:, None] < _FORTNIGHTLY
    first_week = chance.below(2, "first week", numbers)[:, None]
    off = fortnightly & ((days // 7 + first_week) % 2 == 0)
    working = weekdays(days) < 5
    return np.where(pattern > 0, keeps * ~off, _UNPLANNED * working)


def _monthly(chance: Chance, numbers: Ints, days: Ints) -> Floats:
    """One order every 26 to 33 days, some days sooner or later."""
    every = chance.between(26, 33, "every", numbers)[:, None]
    phase = chance.uniform("phase", numbers)[:, None] * every
    found = np.zeros((len(numbers), len(days)))
    about = np.floor((days - phase) / every)
    for turn in (about, about + 1):
        moved = np.clip(3 * chance.normal("moved", numbers[:, None], turn), -9, 9)
        found += np.floor(phase + turn * every + moved) == days
    return found


def _in_bursts(chance: Chance, numbers: Ints, days: Ints) -> Floats:
    """Purchases a week: many for 3 to 7 weeks in every 10 to 15, nearly none in between."""
    every = 7 * chance.between(10, 15, "every", numbers)[:, None]
    phase = chance.uniform("phase", numbers)[:, None] * every
    turn = np.floor((days - phase) / every)
    begins = 21 * chance.uniform("begins", numbers[:, None], turn)
    lasts = chance.between(21, 49, "lasts", numbers[:, None], turn)
    since = days - phase - turn * every - begins
    return np.where((since >= 0) & (since < lasts), _BURSTS_A_WEEK, _BETWEEN_A_WEEK)
