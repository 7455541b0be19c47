"""Weeks with public holidays."""

from datetime import date

import numpy as np
import pytest

from shared.domain.holiday import HolidayWeeks, holiday_weeks, usual_weeks
from shared.domain.score import portfolio, score
from shared.domain.week import day_number
from shared.domain.weeks import Weeks

SHOPS = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0])  # closed on Sundays
DATES = {
    date(2024, 3, 29): "Good Friday",
    date(2024, 4, 1): "Easter Monday",
    date(2025, 4, 18): "Good Friday",
    date(2025, 4, 21): "Easter Monday",
    date(2025, 5, 1): "May Day",
    date(2025, 5, 4): "Sunday of the tests",
}
HOLIDAYS = {day: frozenset([name]) for day, name in DATES.items()}
AS_OF = day_number(date(2025, 5, 12))  # a Monday


def weeks_of(count: int = 104) -> HolidayWeeks:
    return holiday_weeks(HOLIDAYS, SHOPS, AS_OF, count)


def test_a_week_is_open_for_the_share_of_purchases_its_other_days_bring() -> None:
    weeks = weeks_of()
    np.testing.assert_allclose(weeks.open[-5:], [1, 5 / 6, 5 / 6, 5 / 6, 1])
    told = [sorted(names) for names in weeks.names[-4:-1]]
    assert told == [["Good Friday"], ["Easter Monday"], ["May Day", "Sunday of the tests"]]
    assert sorted(weeks.until(3).names[-1]) == ["Good Friday"]
    assert len(weeks.until(3).open) == 101


def test_nothing_known_of_weekdays_is_every_day_alike() -> None:
    weeks = holiday_weeks(HOLIDAYS, np.zeros(7), AS_OF, 34)
    assert weeks.open[-2] == pytest.approx(5 / 7)


def test_without_the_year_before_open_days_are_all_that_is_known() -> None:
    usual = usual_weeks(weeks_of(), np.full(40, 200.0))
    np.testing.assert_allclose(usual.index[-5:], [1, 5 / 6, 5 / 6, 5 / 6, 1])
    np.testing.assert_allclose(usual.pull[-5:], [1, 4 / 30, 4 / 30, 4 / 30, 1])
    assert usual.index[:-5].tolist() == usual.pull[:-5].tolist() == [1.0] * 29


def test_easter_is_expected_as_it_was_though_it_moved() -> None:
    days = np.full(104, 300.0)
    last_year = (day_number(date(2024, 3, 25)) - AS_OF) // 7 + 104
    days[last_year] = 30.0  # Good Friday's week was all but closed
    usual = usual_weeks(weeks_of(), days)
    assert usual.index[-4] == pytest.approx((30 + 4 * 5 / 6) / 304)
    assert usual.index[-3] == pytest.approx((300 + 4 * 5 / 6) / 304)
    assert usual.index[-2] == pytest.approx(5 / 6)  # May Day is new
    assert usual.pull[-4:].tolist() == [1.0, 1.0, 4 / 30, 1.0]


def test_of_a_year_before_that_is_partly_known_no_more_is_used() -> None:
    last_year = (AS_OF - day_number(date(2024, 3, 25))) // 7
    days = np.full(last_year, 300.0)
    days[0] = 0.0
    assert usual_weeks(weeks_of(), days).index[-4] < 0.02
    assert usual_weeks(weeks_of(), days[1:]).index[-4] == pytest.approx(5 / 6)


def regulars(customers: int) -> Weeks:
    """Small firms that buy on four days in every week but that of Good Friday."""
    days = np.full((customers, 104), 4.0)
    for friday in (date(2024, 3, 29), date(2025, 4, 18)):
        days[:, (day_number(friday) - AS_OF) // 7 + 104] = 0.0
    days[:, -3:] = 4.0
    return Weeks(days * 25.0, days, np.full(customers, -50))


@pytest.mark.parametrize("closed_cohort", [False, True])
@pytest.mark.parametrize("width", [40, 101])
def test_the_week_of_a_holiday_is_no_drop(closed_cohort: bool, width: int) -> None:
    """Also without a year before, and where nobody joins any more."""
    weeks = regulars(6)
    columns = slice(101 - width, 101)  # up to Good Friday's week
    seen = Weeks(weeks.spend[:, columns], weeks.days[:, columns], weeks.first)
    plain = portfolio(seen, closed_cohort=closed_cohort)
    known = portfolio(seen, closed_cohort=closed_cohort, holidays=weeks_of().until(3))
    assert plain.season_days[-1] > 0.5
    assert known.season_days[-1] < 0.2 or (closed_cohort and width == 40)
    rise = [float(score(seen, each, ()).change.mean()) for each in (known, plain)]
    assert rise[0] < rise[1] - 0.5
