"""Scores a million simulated customers over 52 weeks, beside sorting the same numbers.

    python bench/score_million.py [--customers N]

The rival is `np.sort(spend, axis=1)` on the same array in the same run: the work of touching
every customer's weeks once in earnest. Everything lies in memory and runs on one core.
"""

import argparse
import resource
import time

import numpy as np

from shared.domain.score import portfolio, score
from shared.domain.weeks import Weeks, judged

WEEKS = 52
CHUNK = 20_000
SAMPLE = 20_000


def simulate(customers: int, rng: np.random.Generator) -> Weeks:
    """Customers who differ in rhythm, ticket and age; one in ten drops to a third at some time."""
    weeks = Weeks(
        np.empty((customers, WEEKS)),
        np.empty((customers, WEEKS)),
        np.empty(customers, dtype=np.int64),
    )
    season = 1 + 0.3 * np.sin(np.arange(WEEKS) / WEEKS * 2 * np.pi)
    column = np.arange(WEEKS)
    for start in range(0, customers, CHUNK):
        size = min(CHUNK, customers - start)
        part = slice(start, start + size)
        rate = np.clip(rng.gamma(2.0, 0.6, size), 0.3, 5.0)[:, None] * season
        drop = np.where(rng.random(size) < 0.1, rng.integers(30, WEEKS, size), WEEKS)
        rate = np.where(column >= drop[:, None], 0.3 * rate, rate)
        first = rng.integers(-150, WEEKS - 14, size)
        days = np.minimum(rng.poisson(rate), 7.0)
        days[column < first[:, None]] = 0.0
        days[np.flatnonzero(first >= 0), first[first >= 0]] = 1.0
        ticket = rng.lognormal(4.0, 1.0, size)[:, None] * rng.lognormal(0.0, 0.4, days.shape)
        weeks.spend[part] = np.round(days * ticket, 2)
        weeks.days[part] = days
        weeks.first[part] = first
    return weeks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, default=1_000_000)
    customers = parser.parse_args().customers
    rng = np.random.default_rng(1)
    weeks = simulate(customers, rng)

    began = time.perf_counter()
    np.sort(weeks.spend, axis=1)
    sorting = time.perf_counter() - began

    began = time.perf_counter()
    scored = 0
    sample = weeks.take(rng.choice(customers, min(SAMPLE, customers), replace=False))
    numbers = portfolio(sample.take(judged(sample).judged), closed_cohort=False)
    for start in range(0, customers, CHUNK):
        part = weeks.take(slice(start, start + CHUNK))
        part = part.take(judged(part).judged)
        scored += len(score(part, numbers, ()).score)
    scoring = time.perf_counter() - began

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{customers} customers x {WEEKS} weeks, of whom {scored} were judged and scored")
    print(f"score        {scoring:7.2f} s")
    print(f"np.sort      {sorting:7.2f} s")
    print(f"ratio        {scoring / sorting:7.1f}")
    print(f"peak memory  {peak:7.0f} MB")


if __name__ == "__main__":
    main()
