"""Compares the score with a reference of every judged customer-week of a sales file.

    python bench/score_reference.py --data FOLDER

FOLDER holds online_retail.csv.gz (order_id, occurred_at, customer_id, amount by order line) and
reference_online_retail.csv.gz (customer, week_end, the seven parts, raw, score). Refunds are not
netted. Prints the largest difference of each part; ends with 1 where one exceeds 1e-6.
"""

import argparse
import csv
import gzip
import sys
from collections import defaultdict, deque
from datetime import date
from pathlib import Path

import numpy as np

from shared.domain.score import WEIGHTS, portfolio, score
from shared.domain.weeks import Weeks, closed_cohort, judged

PARTS = (*WEIGHTS, "raw", "score")
Reference = dict[int, dict[str, list[float]]]


def purchases(path: Path) -> dict[tuple[str, int], float]:
    """Money by customer and day (as `date.toordinal`) of the orders that are no refunds."""
    orders: dict[str, float] = defaultdict(float)
    where: dict[str, tuple[str, int]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            order = row["order_id"]
            orders[order] += float(row["amount"])
            if order not in where:
                day = date.fromisoformat(row["occurred_at"][:10]).toordinal()
                where[order] = (row["customer_id"], day)
    days: dict[tuple[str, int], float] = defaultdict(float)
    for order, amount in orders.items():
        if amount > 0:
            days[where[order]] += amount
    return days


def whole_weeks(days: dict[tuple[str, int], float]) -> tuple[list[str], int, Weeks]:
    """Customers, the ordinal of the first Monday, and their weeks from Monday to Sunday."""
    first_day = min(day for _, day in days)
    start = first_day + -(first_day - 1) % 7
    count = (max(day for _, day in days) + 2 - start) // 7
    names = sorted({customer for customer, _ in days})
    number = {name: row for row, name in enumerate(names)}
    spend, visits = np.zeros((len(names), count)), np.zeros((len(names), count))
    first = np.full(len(names), count, dtype=np.int64)
    for (customer, day), amount in days.items():
        row, week = number[customer], (day - start) // 7
        first[row] = min(first[row], week)
        if 0 <= week < count:
            spend[row, week] += amount
            visits[row, week] += 1
    return names, start, Weeks(spend, visits, first)


def reference(path: Path, start: int) -> Reference:
    """By week and customer the values in the order of PARTS."""
    weeks: Reference = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            week = (date.fromisoformat(row["week_end"]).toordinal() - start) // 7
            weeks[week][row["customer"]] = [float(row[part]) for part in PARTS]
    return weeks


def compare(names: list[str], weeks: Weeks, expected: Reference) -> tuple[np.ndarray, int]:
    """The largest difference of each part, and how many customer-weeks were compared."""
    worst, compared = np.zeros(len(PARTS)), 0
    means: deque[float] = deque(maxlen=26)
    for week in sorted(expected):
        seen = Weeks(weeks.spend[:, : week + 1], weeks.days[:, : week + 1], weeks.first)
        rows = np.flatnonzero(judged(seen).judged)
        if [names[row] for row in rows] != sorted(expected[week]):
            raise SystemExit(f"week {week}: other customers are judged than in the reference")
        known = weeks.first <= week
        new = int((known & (weeks.first > week - 13)).sum())
        chosen = seen.take(rows)
        numbers = portfolio(chosen, closed_cohort=closed_cohort(new, int(known.sum())))
        scores = score(chosen, numbers, tuple(means))
        means.append(numbers.mean_raw)
        got = np.array([getattr(scores, part) for part in PARTS]).T
        difference = np.abs(got - [expected[week][names[row]] for row in rows])
        worst = np.maximum(worst, difference.max(axis=0))
        compared += len(rows)
    return worst, compared


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of the two files")
    data = parser.parse_args().data
    names, start, weeks = whole_weeks(purchases(data / "online_retail.csv.gz"))
    expected = reference(data / "reference_online_retail.csv.gz", start)
    worst, compared = compare(names, weeks, expected)
    print(f"{compared} customer-weeks compared; largest differences:")
    for part, difference in zip(PARTS, worst, strict=True):
        print(f"  {part:8} {difference:.1e}")
    return int(not worst.max() < 1e-6)


if __name__ == "__main__":
    sys.exit(main())
