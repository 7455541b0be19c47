"""Who left a category, and what is told of it."""

from collections import defaultdict

import numpy as np
from sqlalchemy import Connection

from services.detector.amounts import rounded, to_units
from services.detector.baskets import load_baskets
from services.detector.histories import Histories
from services.detector.verdicts import Left
from shared.domain.defection import Baskets, Defections, Tastes, defections
from shared.domain.evidence import Item
from shared.domain.money import to_text
from shared.domain.taken import Shelf
from shared.domain.week import DAYS, day_date
from shared.domain.weeks import RECENT, Ints, judged
from shared.ops.settings import Settings

MOST = 3  # categories that are told


def load_left(
    connection: Connection, histories: Histories, tastes: Tastes, settings: Settings
) -> dict[int, Left]:
    """By customer number, who of those that are judged left a category; for a few thousand."""
    if not tastes.priors:
        return {}
    some = histories.take(judged(histories.weeks()).judged.nonzero()[0])
    bought = load_baskets(connection, some)
    found = defections(bought.baskets, tastes, settings.category_odds)
    baskets = bought.baskets
    place = np.searchsorted(_pairs(baskets, baskets), _pairs(found, baskets))
    spent = to_units(bought.spent[place] / np.maximum(RECENT - found.weeks_since, 1))
    left: dict[int, list[tuple[Item, Shelf]]] = defaultdict(list)
    money: dict[int, int] = defaultdict(int)
    for n, whose in enumerate(found.whose.tolist()):
        number, since = int(some.numbers[whose]), int(found.weeks_since[n])
        weekly = rounded(int(spent[n]))
        money[number] += weekly
        name = baskets.names[found.category[n]]
        item: Item = {
            "kind": "category",
            "category": name,
            "weeks_since": since,
            "usual_days": round(float(found.usual_days[n]), 1),
            "weekly_usual": to_text(weekly),
            "currency": some.currency[whose],
            "day": day_date(histories.span.as_of - since * DAYS).isoformat(),
        }
        left[number].append((item, _shelf(baskets, int(place[n]), name)))
    return {number: _left(told[:MOST], money[number], settings) for number, told in left.items()}


def _pairs(of: Baskets | Defections, baskets: Baskets) -> Ints:
    """A number for each pair of a customer and a category; those of baskets rise."""
    return of.whose * max(len(baskets.names), 1) + of.category


def _shelf(baskets: Baskets, pair: int, name: str) -> Shelf:
    days, visits = baskets.days[:, pair], baskets.visits[:, baskets.whose[pair]]
    return Shelf(name, tuple(days.tolist()), tuple(visits.tolist()))


def _left(told: list[tuple[Item, Shelf]], weekly: int, settings: Settings) -> Left:
    items, shelves = zip(*told, strict=True)
    return Left(len(told) * settings.evidence_category, weekly, items, shelves)
