"""Sales for the tests of the backtest: a sample of real ones, and planted ones."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from services.backtest.history import History, history
from services.backtest.sales import Sales
from services.backtest.walk import Walk, graded_weeks, walk
from shared.domain.history import Rates
from shared.domain.week import day_number

SAMPLE = Path(__file__).parent / "data" / "online_retail_300.csv.gz"
GBP = Rates("GBP", {})
MONDAY = day_number(date(2025, 1, 6))


def quiet(_done: int) -> None:
    """Progress that nobody looks at."""


@cache
def sample_orders() -> tuple[tuple[str, str, float], ...]:
    """Customer, day as text, and money of the sample's purchases."""
    orders: dict[str, tuple[str, str, float]] = {}
    with gzip.open(SAMPLE, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            amount = float(row["amount"])
            orders[row["order_id"]] = row["customer_id"], row["occurred_at"][:10], amount
    return tuple(order for order in orders.values() if order[2] > 0)


@cache
def sample_days() -> dict[str, dict[int, float]]:
    """The sample's money by customer and day."""
    bought: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for customer, day, amount in sample_orders():
        bought[customer][day_number(date.fromisoformat(day))] += amount
    return {customer: dict(days) for customer, days in bought.items()}


@cache
def sample_history() -> History:
    """The weeks of the sample."""
    return history_of(sample_days())


@cache
def sample_walk() -> Walk:
    """The walk over all graded weeks of the sample."""
    found = sample_history()
    return walk(found, graded_weeks(found.weeks), quiet)


def history_of(bought: Mapping[str, Mapping[int, float]], **options: int) -> History:
    """The weeks of customers who spent so much on these days."""
    return history(sales_of(bought), GBP, **options)


def sales_of(bought: Mapping[str, Mapping[int, float]]) -> Sales:
    """Purchases in pounds: customer -> day -> money."""
    rows = [
        (number, day, round(amount * 10_000), 0)
        for number, days in enumerate(bought.values())
        for day, amount in days.items()
    ]
    table = np.array(rows, np.int64).reshape(-1, 4)
    return Sales(list(bought), table[:, 0], table[:, 1], table[:, 2], table[:, 3], ["GBP"])


def walk_of(rows: Sequence[tuple[int, int]]) -> Walk:
    """A walk of these customers in these weeks; every score and baseline is 0."""
    customer, week = np.array(sorted(rows, key=lambda row: row[::-1]), np.int64).reshape(-1, 2).T
    zeros = np.zeros(len(rows))
    return Walk(customer, week, np.zeros((len(rows), 7)), *[zeros] * 4)
