"""Evaluates a million customers of 52 weeks from PostgreSQL, beside reading the same rows.

    python bench/evaluate_postgres.py [--customers N] [--small N] [--rate R] [--profile]

The rival selects customer, day and amount of every row that the evaluation looks at through a
server-side cursor and makes numpy arrays of them, batch by batch. The evaluation is a live one,
the first: it scores a sample of eight earlier weeks too, and ends with its standings and due rows
committed to the disk. A smaller company of `--small` customers tells whether the cost of each
customer stays what it is. PostgreSQL is real and on the same machine; its memory does not count.
"""

import argparse
import cProfile
import pstats
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import make_url

from bench.kafka_purchases import postgres, told_load
from services.detector.held import NOTHING_MISSING
from services.detector.run import EvaluationRun, Surroundings, begin
from shared.domain.week import DAYS
from shared.ops.settings import load_settings
from shared.storage.company import load_calendar
from shared.storage.database import Database
from shared.storage.lease import Lease

WEEKS = 52
AS_OF = 20_360  # a Monday
BATCH = 5_000
READ = 100_000
SEGMENTS = ("school", "hotel", "shop", "office")
MOST_MB = 2_000
MOST_RATIO = 3.0
MOST_GROWTH = 1.2


@contextmanager
def connect(url: str) -> Iterator[psycopg.Connection]:
    """A connection past the settings of the system."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        yield connection


def fill(url: str, customers: int, rate: float) -> int:
    """Write the customers and their days; how many rows of customer_day there are.

    Rates are spread by a gamma distribution around `rate` purchase days a week; one customer in
    ten drops to a third in one of the last 20 weeks. Each has a segment.
    """
    with connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy(
            "COPY customer (number, id, version, rep, segment, active, field_times) FROM STDIN"
        ) as copy:
            for n in range(1, customers + 1):
                segment = SEGMENTS[n % len(SEGMENTS)]
                copy.write_row((n, f"C{n:07d}", 1, f"rep{n % 2_000}", segment, True, "{}"))
        with cursor.copy(
            "COPY customer_day (customer, day, currency, orders, amount, refunds, refunded)"
            " FROM STDIN"
        ) as copy:
            rows = sum(_write(copy, part) for part in _days(customers, rate))
        connection.commit()
        connection.autocommit = True
        cursor.execute("VACUUM ANALYZE")
    return rows


def _days(customers: int, rate: float) -> Iterator[tuple[Any, Any, Any]]:
    """Customer, day and amount of every purchase day, some thousand customers at a time."""
    rng = np.random.default_rng(1)
    days = np.arange(-WEEKS * DAYS, 0)
    for start in range(0, customers, BATCH):
        size = min(BATCH, customers - start)
        daily = rng.gamma(2.0, rate / 2, size)[:, None] / DAYS
        since = np.where(rng.random(size) < 0.1, rng.integers(1, 20, size), 0)[:, None] * DAYS
        chance = 1 - np.exp(-np.where(days >= -since, daily / 3, daily))
        row, column = np.nonzero(rng.random(chance.shape) < chance)
        units = (rng.lognormal(3.5, 0.6, len(row)) * 100).astype(np.int64) * 100
        yield row + start + 1, days[column] + AS_OF, units


def _write(copy: psycopg.Copy, part: tuple[Any, Any, Any]) -> int:
    lines = zip(*(values.tolist() for values in part), strict=True)
    copy.write("".join([f"{n}\t{day}\tEUR\t1\t{units}\t0\t0\n" for n, day, units in lines]))
    return len(part[0])


def read(url: str) -> float:
    """The rival; the seconds it takes."""
    began = time.perf_counter()
    with connect(url) as connection, connection.cursor(name="rival") as cursor:
        cursor.itersize = READ
        cursor.execute(
            "SELECT customer, day, amount FROM customer_day WHERE day >= %s AND day < %s",
            (AS_OF - WEEKS * DAYS, AS_OF),
        )
        while rows := cursor.fetchmany(READ):
            np.array(rows, dtype=np.int64)
    return time.perf_counter() - began


def evaluate(url: str) -> float:
    """The system; the seconds it takes."""
    database = Database(url)
    calendar = load_calendar(database)
    lease = Lease(database, "evaluation", "bench")
    lease.acquire()
    around = Surroundings(database, load_settings(), calendar, lease)
    now = calendar.starts_at(AS_OF, 6)
    began = time.perf_counter()
    row = begin(around, AS_OF, live=True, now=now)
    EvaluationRun(around, row, NOTHING_MISSING, now).execute(lambda _done, _total: None)
    spent = time.perf_counter() - began
    database.close()
    return spent


def peak() -> float:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=1.0, help="purchase days a week")
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    options = parser.parse_args()
    profile = cProfile.Profile() if options.profile else None
    with postgres() as server:
        each = {}
        for customers in (options.small, options.customers):
            with server.fresh() as url:
                rows = fill(url, customers, options.rate)
                read(url)  # so that both find in memory what has room there
                with profile or nullcontext():
                    evaluating = evaluate(url)
                most = peak()
                reading = read(url)
            each[customers] = evaluating / customers
            print(f"{customers:,} customers, {WEEKS} weeks, {rows:,} rows; {told_load()}")
            print(f"reading {reading:.1f} s, evaluating {evaluating:.1f} s, peak {most:.0f} MB")
            print(f"ratio {evaluating / reading:.2f}, {each[customers] * 1e6:.0f} us a customer")
    growth = each[options.customers] / each[options.small]
    print(f"a customer of the larger company costs {growth:.2f} times one of the smaller")
    if profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(40)
    sys.exit(evaluating > MOST_RATIO * reading or most > MOST_MB or growth > MOST_GROWTH)


if __name__ == "__main__":
    main()
