"""How often categories that Vigía calls left stay left, beside all others, on real sales.

    python bench/left_categories.py FOLDER [--every WEEKS]

FOLDER is the data folder of a company on SQLite whose purchases name categories. Every so many
weeks of its history the evaluation of that week is made again, with what was known then and nothing
later. Then the eight weeks after it show, for customers who bought on at least two days in them,
whether they bought of the category. Beside them: categories that were usual and absent for as
long, and all others that were usual.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, func, select

from services.detector.baskets import load_all_baskets
from services.detector.buyers import load_buyers
from services.detector.histories import rates_of
from services.detector.sample import load_sample, span_of
from shared.domain.defection import SILENT_WEEKS, STILL_BUYS, Baskets, defections, learn
from shared.domain.panel import last_sums
from shared.domain.week import DAYS
from shared.domain.weeks import RECENT, Bools, judged
from shared.ops.settings import Settings, load_settings
from shared.storage.database import Database
from shared.storage.tables import category_day, customer_day

AHEAD = 8
LOOKED_AT = 52  # weeks
CALLED, SILENT, OTHER = "called left", "absent as long, not called", "other usual categories"


def weeks(connection: Connection, every: int) -> Iterator[int]:
    """The days to judge up to: 26 weeks after the first purchase until 8 before the last."""
    first, last = connection.execute(
        select(func.min(customer_day.c.day), func.max(customer_day.c.day))
    ).one()
    monday = first + (4 - first) % DAYS  # day 4 is a Monday
    return iter(range(monday + RECENT * DAYS, last - AHEAD * DAYS, every * DAYS))


def outcomes(connection: Connection, as_of: int, settings: Settings) -> Counter[tuple[str, bool]]:
    """How many usual categories of each sort were and were not bought again."""
    buyers, rates = load_buyers(connection, as_of), rates_of(settings)
    span = span_of(buyers, as_of, LOOKED_AT)
    sample = load_sample(
        connection,
        buyers,
        span,
        rates,
        backs=[0],
        left_out=lambda numbers: np.zeros(len(numbers), bool),
    )
    now = sample.histories.take(np.flatnonzero(judged(sample.histories.weeks()).judged))
    baskets = load_all_baskets(connection, now, RECENT).baskets
    usual = baskets.usual()
    left = defections(baskets, learn(baskets), settings.category_odds)
    called = {*zip(left.whose.tolist(), left.category.tolist(), strict=True)}
    absent = _absent(usual)
    bought, categories = after(connection, as_of, now.numbers.tolist())
    found: Counter[tuple[str, bool]] = Counter()
    pairs = zip(usual.whose.tolist(), usual.category.tolist(), absent.tolist(), strict=True)
    for whose, category, gone in pairs:
        number = int(now.numbers[whose])
        if bought[number] >= STILL_BUYS:
            kind = CALLED if (whose, category) in called else SILENT if gone else OTHER
            found[kind, (number, baskets.names[category]) not in categories] += 1
    return found


def _absent(usual: Baskets) -> Bools:
    """Which pairs have no day for two weeks while the customer bought on two days since."""
    since = (usual.days[::-1] > 0).argmax(axis=0)
    visits = last_sums(usual.visits)[np.minimum(since, RECENT), usual.whose]
    found: Bools = (since >= SILENT_WEEKS) & (visits >= STILL_BUYS)
    return found


def after(
    connection: Connection, as_of: int, numbers: list[int]
) -> tuple[Counter[int], set[tuple[int, str]]]:
    """Purchase days of the eight weeks after by customer, and who bought which category."""
    known = {*numbers}
    days, goods = customer_day.c, category_day.c
    inside = (days.day >= as_of, days.day < as_of + AHEAD * DAYS, days.orders > 0)
    bought = Counter(
        {
            number: count
            for number, count in connection.execute(
                select(days.customer, func.count()).where(*inside).group_by(days.customer)
            )
            if number in known
        }
    )
    also = (goods.day >= as_of, goods.day < as_of + AHEAD * DAYS, goods.orders > 0)
    pairs = connection.execute(select(goods.customer, goods.category).where(*also).distinct())
    return bought, {(number, category) for number, category in pairs if number in known}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=4, help="weeks")
    options = parser.parse_args()
    database, found = (
        Database(f"sqlite:///{options.folder / 'vigia.db'}"),
        Counter[tuple[str, bool]](),
    )
    with database.read() as connection:
        judged_weeks = [*weeks(connection, options.every)]
        for as_of in judged_weeks:
            found += outcomes(connection, as_of, load_settings())
    database.close()
    print(f"{len(judged_weeks)} weeks")
    for kind in (CALLED, SILENT, OTHER):
        away, back = found[kind, True], found[kind, False]
        share = away / max(away + back, 1)
        print(f"{kind:<27} {away + back:>6}, of which {share:.0%} not bought for 8 more weeks")


if __name__ == "__main__":
    main()
