"""The year of a company: seasons, closures and the rhythms of its trades."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from services.simulation.seasons import easter
from shared.domain.week import day_number
from tests.simulation.companies import START, simulated

FIRST = day_number(START)  # Monday, 6 January 2025


@cache
def days_bought(trade: str, weeks: int = 52, country: str = "ES") -> dict[int, list[int]]:
    """By customer, the day numbers of the purchases of a year in which nothing happens."""
    company = simulated({trade: 1}, {}, customers=80, weeks=weeks, country=country)
    found: dict[int, list[int]] = defaultdict(list)
    for week in range(weeks):
        part = company.buying.week(FIRST + 7 * week)
        for number, day in zip(part.numbers.tolist(), part.days.tolist(), strict=True):
            found[number].append(day)
    return found


def a_week(found: dict[int, list[int]], first: date, last: date) -> float:
    """Purchases a week and customer between two dates."""
    low, high = day_number(first), day_number(last)
    count = sum(low <= day <= high for days in found.values() for day in days)
    return 7 * count / (high - low + 1) / 80


def test_schools_buy_nearly_nothing_out_of_term_and_come_back() -> None:
    found = days_bought("school")
    term = a_week(found, date(2025, 9, 15), date(2025, 12, 14))
    assert term > 0.8
    assert a_week(found, date(2025, 6, 23), date(2025, 9, 7)) < 0.15 * term
    assert a_week(found, date(2025, 4, 14), date(2025, 4, 20)) < 0.2 * term  # the holy week
    assert a_week(found, date(2025, 12, 22), date(2026, 1, 4)) < 0.15 * term


def test_in_the_south_the_long_holidays_are_half_a_year_away() -> None:
    found = days_bought("school", country="AR")
    winter = a_week(found, date(2025, 6, 23), date(2025, 9, 7))
    assert winter > 0.7
    assert a_week(found, date(2025, 1, 6), date(2025, 2, 28)) < 0.2 * winter


def test_hotels_live_from_the_summer() -> None:
    found = days_bought("hotel")
    summer = a_week(found, date(2025, 7, 7), date(2025, 8, 24))
    assert summer > 3 * a_week(found, date(2025, 11, 3), date(2025, 12, 14))


def test_offices_close_for_weeks_in_august() -> None:
    found = days_bought("office")
    usual = a_week(found, date(2025, 5, 5), date(2025, 6, 29))
    assert usual > 0.8
    assert a_week(found, date(2025, 8, 13), date(2025, 8, 14)) == 0
    assert a_week(found, date(2025, 9, 8), date(2025, 9, 28)) > 0.8 * usual


def test_some_wholesale_customers_close_in_august_and_others_do_not() -> None:
    within = day_number(date(2025, 8, 13))
    closed = 0
    for days in days_bought("wholesale").values():
        before, after = max(d for d in days if d < within), min(d for d in days if d >= within)
        usual = float(np.quantile(np.diff(days), 0.9))
        closed += bool(after - before >= 14 > usual)
    assert 8 <= closed <= 40  # of 80


def test_orders_come_on_the_customers_own_weekdays() -> None:
    for days in days_bought("wholesale").values():
        weekdays = Counter((day + 3) % 7 for day in days)
        assert sum(count for _, count in weekdays.most_common(3)) > 0.75 * len(days)


def test_an_order_for_a_holiday_mostly_comes_on_the_next_open_day() -> None:
    # Friday, 15 August 2025 is a holiday, and so are the Sunday and nothing else around it.
    friday = day_number(date(2025, 8, 15))
    on: Counter[int] = Counter()
    for days in days_bought("wholesale").values():
        on.update(days)
    assert on[friday] == 0
    saturdays = [on[friday + 1 - 7 * back] for back in range(1, 20)]
    assert on[friday + 1] > 3 * max(float(np.mean(saturdays)), 1)


def test_monthly_orders_are_a_month_apart() -> None:
    # Ends before August, in which some of them close.
    gaps = [np.diff(days) for days in days_bought("monthly", weeks=28).values()]
    together = np.concatenate(gaps)
    assert 26 < np.median(together) < 33
    assert np.quantile(together, 0.05) > 14
    assert np.quantile(together, 0.9) < 50


def test_bursts_are_weeks_of_much_and_weeks_of_nothing() -> None:
    quiet, busy = [], []
    for days in days_bought("bursts", weeks=28).values():
        weeks = np.bincount([(day - FIRST) // 7 for day in days], minlength=28)
        quiet.append(np.mean(weeks == 0))
        busy.append(np.mean(weeks >= 3))
    assert 0.3 < np.mean(quiet) < 0.8
    assert 0.1 < np.mean(busy) < 0.5


def test_grocery_customers_come_most_before_the_weekend() -> None:
    weekdays: Counter[int] = Counter()
    for days in days_bought("grocery").values():
        weekdays.update((day + 3) % 7 for day in days)
    assert weekdays.most_common(1)[0][0] == 5
    assert weekdays[6] == 0


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2000, 4, 23), (2008, 3, 23), (2025, 4, 20), (2038, 4, 25)]
)
def test_easter(year: int, month: int, day: int) -> None:
    assert easter(year) == date(year, month, day)
    assert easter(year) - timedelta(days=7) < easter(year)
