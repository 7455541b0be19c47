"""The rules that companies use today, scored on the same customer-weeks as Vigía.

Each looks at the weeks up to the judged one and gives float64[n], higher where it is more
alarmed. Where a rule has nothing to compare with, it sees no fall.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from services.backtest.history import TRIP, History
from services.backtest.mbg import alive_log_odds, fit
from services.backtest.sales import Floats, Ints
from services.backtest.walk import Shown, Walk, by_week
from shared.domain.week import DAYS
from shared.domain.weeks import RECENT

SHORT, LONG = 4, 12


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule may look at in one week: n judged customers.

    spend: float64[n, w], the last column is the judged week. first, last, count: int64[n], the
    first and the last purchase day, counted from before the data, and how many. recent_first,
    recent_count: the same of the last 26 weeks. today: the last day of the judged week.
    """

    spend: Floats
    first: Ints
    last: Ints
    count: Ints
    recent_first: Ints
    recent_count: Ints
    today: int


def look(history: History, column: int, rows: Ints) -> Seen:
    """What is known of these customers at the end of a column's week."""
    today = (column + 2) * DAYS - 1
    own = rows * TRIP
    begin, recent, end = (
        np.searchsorted(history.trips, own + day)
        for day in (0, today - RECENT * DAYS + 1, today + 1)
    )
    day = history.trips % TRIP
    return Seen(
        spend=history.spend[rows, : column + 1],
        first=day[begin],
        last=day[end - 1],
        count=end - begin,
        recent_first=day[recent],
        recent_count=end - recent,
        today=today,
    )


def week_over_week(seen: Seen) -> Floats:
    """The share by which the last week fell against the one before."""
    return _fall(seen.spend[:, -1], seen.spend[:, -2])


def four_against_twelve(seen: Seen) -> Floats:
    """The share by which the mean of the last 4 weeks fell against that of the 12 before."""
    recent = seen.spend[:, -SHORT:].mean(axis=1)
    return _fall(recent, seen.spend[:, -SHORT - LONG : -SHORT].mean(axis=1))


def _fall(now: Floats, before: Floats) -> Floats:
    """0 where nothing changed, -inf where there was nothing before."""
    known = before > 0
    new = np.where(now > 0, -np.inf, 0.0)
    return np.where(known, 1.0 - now / np.where(known, before, 1.0), new)


def silence(seen: Seen) -> Floats:
    """Days since the last purchase, in the customer's own mean interval of the last 26 weeks."""
    gaps = np.maximum(seen.recent_count - 1, 1)
    interval = np.maximum((seen.last - seen.recent_first) / gaps, 1.0)
    found: Floats = (seen.today - seen.last) / interval
    return found


def mbg_nbd(seen: Seen) -> Floats:
    """Log odds that the customer is gone, by the MBG/NBD model fitted to the judged customers."""
    repeats = (seen.count - 1).astype(np.float64)
    recency, age = (seen.last - seen.first) / DAYS, (seen.today - seen.first) / DAYS
    return -alive_log_odds(fit(repeats, recency, age), repeats, recency, age)


Rule = Callable[[Seen], Floats]
RULES: Mapping[str, Rule] = {
    "week_over_week": week_over_week,
    "four_against_twelve": four_against_twelve,
    "silence": silence,
    "mbg_nbd": mbg_nbd,
}


def rival_scores(history: History, walk: Walk, shown: Shown) -> dict[str, Floats]:
    """Each rule's scores of the walk's customer-weeks, by the rule's name."""
    found = {name: np.empty(len(walk)) for name in RULES}
    for done, rows in enumerate(by_week(walk.week), start=1):
        seen = look(history, int(walk.week[rows.start]), walk.customer[rows])
        for name, rule in RULES.items():
            found[name][rows] = rule(seen)
        shown(done)
    return found
