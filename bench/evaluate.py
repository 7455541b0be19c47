"""Evaluates 100,000 customers of 52 weeks from SQLite, beside reading the same rows.

    python bench/evaluate.py [--customers N] [--rate R] [--categories N]

The rival reads every row of customer_day that the evaluation looks at into Python lists with
plain sqlite3, batch by batch, and does nothing with them; with --categories also those of
category_day, of which each purchase day then holds some of so many. The evaluation is a live one,
the first: it scores a sample of eight earlier weeks too, and ends with its standings and due rows
committed.
"""

import argparse
import resource
import sqlite3
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.detector.held import NOTHING_MISSING
from services.detector.run import EvaluationRun, Surroundings, begin
from shared.domain.week import DAYS, Calendar
from shared.ops.clock import SystemClock
from shared.ops.settings import load_settings
from shared.storage.company import load_calendar
from shared.storage.database import Database
from shared.storage.lease import Lease
from shared.storage.schema import migrate

Ints = NDArray[np.int64]

WEEKS = 52
AS_OF = 20_360  # a Monday
BATCH = 5_000
READ = 100_000
CATEGORY_DAYS = (26 * DAYS) + 90  # half a year, and as long as a refund may come late
DAYS_READ = "SELECT customer, day, currency, orders, amount, refunds, refunded FROM customer_day"
CATEGORIES_READ = (
    "SELECT customer, day, category, currency, orders, amount, refunds, refunded"
    " FROM category_day WHERE day >= ?"
)


def prepare(path: Path, customers: int, rate: float, categories: int) -> int:
    """Write the customers and their days; how many rows of days there are.

    Rates are spread by a gamma distribution around `rate` purchase days a week; one customer in
    ten drops to a third in one of the last 20 weeks.
    """
    rng = np.random.default_rng(1)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.executemany(
            "INSERT INTO customer (number, id, version, rep, active, field_times)"
            " VALUES (?, ?, 1, ?, 1, '{}')",
            ((n, f"C{n:06d}", f"rep{n % 200}") for n in range(1, customers + 1)),
        )
        for start in range(0, customers, BATCH):
            size = min(BATCH, customers - start)
            daily = rng.gamma(2.0, rate / 2, size)[:, None] / DAYS
            since = np.where(rng.random(size) < 0.1, rng.integers(1, 20, size), 0)[:, None] * DAYS
            days = np.arange(-WEEKS * DAYS, 0)
            chance = 1 - np.exp(-np.where(days >= -since, daily / 3, daily))
            row, column = np.nonzero(rng.random(chance.shape) < chance)
            units = (rng.lognormal(3.5, 0.6, len(row)) * 100).astype(np.int64) * 100
            connection.executemany(
                "INSERT INTO customer_day VALUES (?, ?, 'EUR', 1, ?, 0, 0)",
                zip(
                    (row + start + 1).tolist(),
                    (days[column] + AS_OF).tolist(),
                    units.tolist(),
                    strict=True,
                ),
            )
            if categories:
                _write_categories(connection, row + start + 1, days[column] + AS_OF, categories)
        counts = ("SELECT count(*) FROM customer_day", "SELECT count(*) FROM category_day")
        rows: int = sum(connection.execute(count).fetchone()[0] for count in counts)
    connection.close()
    return rows


def _write_categories(
    connection: sqlite3.Connection, customer: Ints, day: Ints, categories: int
) -> None:
    """One in three of the categories on each day, by the customer's own taste."""
    rng = np.random.default_rng(int(customer[0]))
    taste = rng.random((int(customer[-1]) + 1, categories)) ** 2
    pair, category = np.nonzero(rng.random((len(customer), categories)) < taste[customer])
    connection.executemany(
        "INSERT INTO category_day VALUES (?, ?, ?, 'EUR', 1, 100000, 0, 0)",
        zip(
            customer[pair].tolist(),
            day[pair].tolist(),
            (f"category {n}" for n in category.tolist()),
            strict=True,
        ),
    )


def read(path: Path) -> None:
    """The rival: the same rows into lists, one batch after the other."""
    connection = sqlite3.connect(path)
    for statement in (DAYS_READ, CATEGORIES_READ):
        cursor = connection.execute(statement, (AS_OF - CATEGORY_DAYS,) * statement.count("?"))
        while cursor.fetchmany(READ):
            pass
    connection.close()


def evaluate(database: Database, calendar: Calendar) -> None:
    lease = Lease(database, "evaluation", "bench")
    lease.acquire()
    around = Surroundings(database, load_settings(), calendar, lease)
    now = calendar.starts_at(AS_OF, 6)
    row = begin(around, AS_OF, live=True, now=now)
    EvaluationRun(around, row, NOTHING_MISSING, now).execute(lambda _done, _total: None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=1.0, help="purchase days a week")
    parser.add_argument("--categories", type=int, default=0, help="0: purchases name none")
    options = parser.parse_args()
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vigia.db"
        database = Database(f"sqlite:///{path}")
        migrate(database, zone="UTC", first_weekday=0, at=clock.now())
        rows = prepare(path, options.customers, options.rate, options.categories)
        read(path)  # so that both find the file in the system's cache

        began = clock.monotonic()
        read(path)
        reading = clock.monotonic() - began
        began = clock.monotonic()
        evaluate(database, load_calendar(database))
        evaluating = clock.monotonic() - began
        database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{options.customers:,} customers, {WEEKS} weeks, {rows:,} rows")
    print(f"reading {reading:.1f} s, evaluating {evaluating:.1f} s, peak {peak:.0f} MB")
    print(f"ratio {evaluating / reading:.2f}")
    sys.exit(evaluating > 3 * reading or peak > 500)


if __name__ == "__main__":
    main()
