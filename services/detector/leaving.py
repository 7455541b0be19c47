"""Who left a category, and what is told of it."""

from collections import defaultdict

import numpy as np
from sqlalchemy import Connection

from services.detector.amounts import rounded, to_units
from services.detector.baskets import load_baskets
from services.detector.histories import Histories
from services.detector.verdicts import Left
from shared.domain.defection import Tastes, defections
from shared.domain.evidence import Item
from shared.domain.money import to_text
from shared.domain.week import DAYS, day_date
from shared.domain.weeks import RECENT, judged
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
    spent = {
        (int(whose), int(category)): float(money)
        for whose, category, money in zip(
            baskets.whose, baskets.category, bought.spent, strict=True
        )
    }
    left: dict[int, list[Item]] = defaultdict(list)
    money: dict[int, int] = defaultdict(int)
    columns = (found.whose, found.category, found.weeks_since, found.usual_days)
    for whose, category, since, usual in zip(*(each.tolist() for each in columns), strict=True):
        number = int(some.numbers[whose])
        usually = np.array([spent[whose, category] / max(RECENT - since, 1)])
        weekly = rounded(int(to_units(usually)[0]))
        money[number] += weekly
        left[number].append(
            {
                "kind": "category",
                "category": baskets.names[category],
                "weeks_since": since,
                "usual_days": round(usual, 1),
                "weekly_usual": to_text(weekly),
                "currency": some.currency[whose],
                "day": day_date(histories.span.as_of - since * DAYS).isoformat(),
            }
        )
    return {number: _left(items[:MOST], money[number], settings) for number, items in left.items()}


def _left(items: list[Item], weekly: int, settings: Settings) -> Left:
    return Left(len(items) * settings.evidence_category, weekly, tuple(items))
