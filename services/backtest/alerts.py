"""Which customer-weeks alert: at a budget with hindsight, and as a live Vigía would have chosen."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from services.backtest.history import History
from services.backtest.sales import Floats, Ints
from services.backtest.walk import Walk, by_week
from shared.domain.histogram import Histogram, histogram, quantile
from shared.domain.money import UNITS
from shared.domain.verdict import Budgets, Candidate, priority, select
from shared.domain.weeks import Bools

PAUSE = 8  # weeks from one alert about a customer to the next
FLOOR_WEEKS = 8


def at_budget(walk: Walk, scores: Floats, budget: float, rng: np.random.Generator) -> Ints:
    """The customer-weeks that alert at one threshold over all weeks, as rising places [k].

    The threshold is the highest at which, with the pause, `budget` times as many alerts arise as
    there are customer-weeks. It uses no outcome. Equal scores are put in a random order.
    """
    place = np.empty(len(scores), np.int64)
    place[np.lexsort((rng.random(len(scores)), -scores))] = np.arange(len(scores))
    wanted = round(budget * len(scores))
    low, high = 0, len(scores)
    while low < high:  # the more may alert, the more alerts remain after pauses
        middle = (low + high) // 2
        if len(paused(walk, place < middle)) >= wanted:
            high = middle
        else:
            low = middle + 1
    return paused(walk, place < low)


def paused(walk: Walk, wanted: Bools) -> Ints:
    """Of the customer-weeks that would alert, bool[n], those that do not fall into a pause."""
    last = np.full(int(walk.customer.max(initial=0)) + 1, -PAUSE)
    found = []
    for rows in by_week(walk.week):
        places = rows.start + np.flatnonzero(wanted[rows])
        week = int(walk.week[rows.start])
        places = places[week - last[walk.customer[places]] >= PAUSE]
        last[walk.customer[places]] = week
        found.append(places)
    return np.concatenate([np.empty(0, np.int64), *found])


@dataclass(frozen=True, slots=True)
class Choosing:
    """How a running Vigía chooses: the floor is a quantile of the scores of the last 8 weeks,
    above it each rep gets the first customers of a week, as many as the budget has.
    """

    floor: float
    budgets: Budgets


def as_run(history: History, walk: Walk, choosing: Choosing) -> Ints:
    """The customer-weeks about which a running Vigía would have alerted, as rising places.

    Nothing of a later week is used. Customers without a rep are one rep's.
    """
    last = np.full(len(history.customers), -PAUSE)
    recent: deque[Histogram] = deque(maxlen=FLOOR_WEEKS)
    found: list[int] = []
    for rows in by_week(walk.week):
        recent.append(histogram(walk.score[rows], walk.raw[rows], walk.confirmed[rows]))
        level = quantile(recent, choosing.floor)
        floor = -np.inf if level is None else level
        week = int(walk.week[rows.start])
        free = (walk.confirmed[rows] >= floor) & (week - last[walk.customer[rows]] >= PAUSE)
        places = rows.start + np.flatnonzero(free)
        chosen = select((_candidate(history, walk, place) for place in places), choosing.budgets)
        alerts = [one.customer for one in chosen if one.verdict == "alert"]
        last[walk.customer[alerts]] = week
        found += sorted(alerts)
    return np.array(found, np.int64)


def _candidate(history: History, walk: Walk, place: int) -> Candidate:
    """A customer-week that competes for the rep's budget; it is named by its place."""
    row = int(walk.customer[place])
    urgency = priority(float(walk.confirmed[place]), round(walk.usual[place] * UNITS), 1.0)
    return Candidate(int(place), history.customers[row], history.reps.get(row), urgency)
