"""What customers bought by category in the last weeks, with what was taken back left out.

A purchase day that netting took away holds no category either. A refund's line takes back the
latest day on which the customer bought of its category for the same amount within 90 days.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Connection, Select, select

from services.detector.histories import Histories
from services.detector.trade import raw_rows
from shared.domain.defection import Baskets
from shared.domain.history import REFUND_DAYS
from shared.domain.money import UNITS
from shared.domain.week import DAYS
from shared.domain.weeks import RECENT
from shared.storage import arrays
from shared.storage.tables import category_day

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
BLOCK = 2_000
Row = tuple[int, int, int, int, int]  # customer's row, category, day, amount, in own currency or 0


@dataclass(frozen=True, slots=True)
class Bought:
    """Baskets of customers, and what they spent on each of the pairs, float64[m], in the
    customer's own currency."""

    baskets: Baskets
    spent: Floats

    @classmethod
    def join(cls, parts: Sequence["Bought"]) -> "Bought":
        """The customers of all parts, at least one, whose last one knows all names."""
        offsets = np.cumsum([0, *(part.baskets.visits.shape[1] for part in parts)])
        whose = [part.baskets.whose + offset for part, offset in zip(parts, offsets, strict=False)]
        baskets = Baskets(
            np.concatenate([part.baskets.visits for part in parts], axis=1),
            np.concatenate(whose),
            np.concatenate([part.baskets.category for part in parts]),
            parts[-1].baskets.names,
            np.concatenate([part.baskets.days for part in parts], axis=1),
        )
        return cls(baskets, np.concatenate([part.spent for part in parts]))


def load_all_baskets(connection: Connection, histories: Histories, weeks: int) -> Bought:
    """The same for more customers than a few thousand."""
    codes: dict[str, int] = {}
    parts = []
    for start in range(0, max(len(histories.numbers), 1), BLOCK):
        block = histories.take(np.arange(start, min(start + BLOCK, len(histories.numbers))))
        parts.append(load_baskets(connection, block, weeks, codes))
    return Bought.join(parts)


def load_baskets(
    connection: Connection,
    histories: Histories,
    weeks: int = RECENT,
    codes: dict[str, int] | None = None,
) -> Bought:
    """What the customers of `histories` bought by category; a few thousand at a time.

    `codes` gives categories their places in `names`, and new ones are added to it.
    """
    since = histories.span.as_of - weeks * DAYS
    place = {number: row for row, number in enumerate(histories.numbers.tolist())}
    codes = {} if codes is None else codes
    found: list[Row] = []
    refunds: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    statement = _days(connection, histories.numbers, since - REFUND_DAYS, histories.span.as_of)
    for number, day, category, currency, orders, amount, back, refunded in chain.from_iterable(
        raw_rows(connection, statement)
    ):
        row, code = place[number], codes.setdefault(category, len(codes))
        own = int(currency == histories.currency[row])
        if orders:
            found.append((row, code, day, amount, own))
        if back:
            refunds[row, code].append((day, refunded))
    table = np.array(_kept(found, refunds), np.int64).reshape(-1, 5)
    return _bought(histories, table[table[:, 2] >= since], list(codes), weeks)


def _days(connection: Connection, numbers: Ints, since: int, until: int) -> Select[Any]:
    columns = ("customer", "day", "category", "currency", "orders", "amount", "refunds", "refunded")
    these = arrays.table(connection, [("number", BigInteger())], numbers.tolist())
    return (
        select(*(category_day.c[name] for name in columns))
        .join(these, these.c.number == category_day.c.customer)
        .where(category_day.c.day >= since, category_day.c.day < until)
    )


def _kept(found: Sequence[Row], refunds: dict[tuple[int, int], list[tuple[int, int]]]) -> list[Row]:
    """The days that refunds' lines leave; nearly always all of them."""
    bought: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in found:
        if row[:2] in refunds:
            bought[row[:2]].append(row)
    gone: set[Row] = set()
    for pair, mine in bought.items():
        mine.sort(key=itemgetter(2))
        for day, amount in sorted(refunds[pair]):
            same = [row for row in mine if row[3] == amount and 0 <= day - row[2] <= REFUND_DAYS]
            left = [row for row in same if row not in gone]
            gone.update(left[-1:])
    return [row for row in found if row not in gone] if gone else list(found)


def _bought(histories: Histories, table: Ints, names: list[str], weeks: int) -> Bought:
    """table: int64[k, 5], rows as in `load_baskets`."""
    start = histories.span.as_of - histories.bought.shape[1]
    inside = table[:, 2] >= start
    table = table[inside]
    table = table[histories.bought[table[:, 0], table[:, 2] - start]]
    keys = table[:, 0] * max(len(names), 1) + table[:, 1]
    pairs, pair = np.unique(keys, return_inverse=True)
    spent = np.bincount(pair, table[:, 3] * table[:, 4], len(pairs)) / UNITS
    _, first = np.unique(
        pair * weeks * DAYS + table[:, 2] - histories.span.as_of, return_index=True
    )
    week = weeks + (table[first, 2] - histories.span.as_of) // DAYS
    counts = np.bincount(pair[first] * weeks + week, minlength=len(pairs) * weeks)
    visits = np.zeros((weeks, len(histories.numbers)))
    known = min(weeks, histories.days.shape[1])
    visits[weeks - known :] = histories.days[:, histories.days.shape[1] - known :].T
    whose, category = np.divmod(pairs, max(len(names), 1))
    baskets = Baskets(
        visits, whose, category, names, counts.reshape(-1, weeks).T.astype(np.float64)
    )
    return Bought(baskets, spent)
