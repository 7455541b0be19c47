"""The year: seasons of each trade, closures in August, public holidays, slow ups and downs."""

import math
from collections.abc import Callable
from datetime import date, timedelta

import holidays
import numpy as np
from numpy.typing import NDArray

from services.simulation.chance import Chance, Floats, Ints
from services.simulation.trades import SeasonName, Trade
from shared.domain.week import day_date, day_number

# Where August is winter, the long holidays are half a year away.
SOUTHERN = frozenset({"AR", "AU", "BO", "BR", "CL", "NZ", "PE", "PY", "UY", "ZA"})
_HALF_A_YEAR = 183
_SCHOOL_SUMMER = (172, 252)  # days of the year: 21 June to 9 September
_AUGUST = 213  # day of the year
_CLOSED_LEVEL = 0.04  # of a school out of term: somebody looks after the house
_WAVES = (28, 84)  # days
_UNLIKE = 0.5  # spread of the logarithm of how much customers waver
SUNDAY = 6


def is_known_country(country: str) -> bool:
    """Whether its public holidays are known."""
    return country in holidays.list_supported_countries(include_aliases=False)


class Year:
    """The calendar of a known country (two letters of ISO 3166)."""

    def __init__(self, country: str) -> None:
        self._holidays = holidays.country_holidays(country)
        self._shift = _HALF_A_YEAR if country in SOUTHERN else 0

    def shops_closed(self, day: int) -> bool:
        """Sundays and public holidays: the company itself sells nothing."""
        on = day_date(day)
        return on.weekday() == SUNDAY or on in self._holidays

    def season(self, trade: Trade, chance: Chance, numbers: Ints, days: Ints) -> Floats:
        """Buying against the usual by the time of the year, customers by days."""
        level = _SEASONS[trade.season]
        shape = np.array([level(day_date(day), self._northern(day)) for day in days.tolist()])
        # No two customers have quite the same season.
        strength = chance.between(0.7, 1.3, "season", numbers)[:, None]
        return np.asarray(np.where(shape > _CLOSED_LEVEL, shape**strength, shape))

    def closed_in_august(
        self, trade: Trade, chance: Chance, numbers: Ints, days: Ints
    ) -> NDArray[np.bool_]:
        """Whether customers are closed for their weeks of August, customers by days."""
        closes = chance.uniform("closes", numbers) < trade.closes
        begins = _AUGUST + chance.below(12, "closes from", numbers)
        lasts = chance.below(11, "closed for", numbers) + 14
        since = np.array([self._northern(day) for day in days.tolist()]) - begins[:, None]
        return closes[:, None] & (since >= 0) & (since < lasts[:, None])

    def _northern(self, day: int) -> int:
        """The day of the year, 1 to 366, at which the north has this time of the year."""
        return (day_date(day) + timedelta(days=self._shift)).timetuple().tm_yday


def drift(trade: Trade, chance: Chance, numbers: Ints, days: Ints) -> Floats:
    """Slow ups and downs of single customers around 1, which mean nothing.

    Some come at an even pace, others waver much.
    """
    wavers = trade.drift * np.exp(_UNLIKE * chance.normal("wavers", numbers) - _UNLIKE**2)
    waves = sum(_wave(chance, numbers, days, length) for length in _WAVES) / len(_WAVES) ** 0.5
    spread = wavers[:, None]
    return np.asarray(np.exp(spread * waves - spread**2 / 2))


def _wave(chance: Chance, numbers: Ints, days: Ints, length: int) -> Floats:
    """Standard normal, alike on neighbouring days, unlike after twice `length` days."""
    node, rest = np.divmod(days, length)
    part = rest / length
    low = chance.normal(f"drift {length}", numbers[:, None], node)
    high = chance.normal(f"drift {length}", numbers[:, None], node + 1)
    # Without the divisor the spread would be smaller between the nodes.
    return np.asarray(((1 - part) * low + part * high) / np.hypot(1 - part, part))


# Each takes the date, and the day of the year at which the north has this time of the year.


def _bars(_day: date, northern: int) -> float:
    return 1 + 0.12 * math.cos(2 * math.pi * (northern - 200) / 365)


def _households(day: date, northern: int) -> float:
    if day.month == 12 and 10 <= day.day <= 24:
        return 1.25
    return 0.85 if _AUGUST <= northern < _AUGUST + 31 else 1.0


def _hotels(_day: date, northern: int) -> float:
    return 0.22 + 1.2 * math.exp(-(((northern - _AUGUST) / 62) ** 2))


def _schools(day: date, northern: int) -> float:
    first, last = _SCHOOL_SUMMER
    closed = first <= northern <= last or _christmas(day) or _holy_week(day)
    return _CLOSED_LEVEL if closed else 1.0


def _offices(day: date, _northern: int) -> float:
    return 0.4 if _christmas(day) else 1.0


def _christmas(day: date) -> bool:
    return (day.month, day.day) >= (12, 21) or (day.month, day.day) <= (1, 7)


def _holy_week(day: date) -> bool:
    return -7 <= day_number(day) - day_number(easter(day.year)) <= 1


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher's algorithm)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    corrected = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - corrected + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


_SEASONS: dict[SeasonName, Callable[[date, int], float]] = {
    "bars": _bars,
    "households": _households,
    "hotels": _hotels,
    "schools": _schools,
    "offices": _offices,
    "builders": _offices,
}
