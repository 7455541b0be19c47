"""Customers who close at the same time every year."""

import numpy as np
import pytest

from shared.domain.closure import closed_chance, runs, strikingly_silent
from shared.domain.holiday import HolidayWeeks, holiday_weeks
from shared.domain.score import drops, portfolio, score
from shared.domain.weeks import Bools, Floats, Weeks, judged
from tests.domain.builders_season import WEEKS, no_calendar, openings, trade, walk

START = 60
UPTO = 115  # after the second summer


def history(*silences: tuple[int, int], width: int = 120) -> Floats:
    """Two purchase days a week but in the silences, each from so many weeks ago up to another."""
    days = np.full((1, width), 2.0)
    for begin, end in silences:
        days[0, width - begin : width - end] = 0.0
    return days


def calendar(week: int) -> HolidayWeeks:
    """A country without a single holiday."""
    return holiday_weeks({}, np.ones(7), 7 * (week + 1), min(week + 1, 104))


def test_runs_are_as_long_as_the_silence_that_holds_the_week() -> None:
    silent = np.array([[True, True, False, True, False, True, True, True]]).T
    assert runs(silent)[:, 0].tolist() == [2, 2, 0, 1, 0, 3, 3, 3]


@pytest.mark.parametrize(
    ("silences", "closed"),
    [
        ([(56, 51), (4, 0)], 4),  # the same weeks, still closed
        ([(56, 51), (12, 7)], 0),  # quite another time of the year
        ([(60, 50), (9, 6)], 3),  # closed and open again
        ([(4, 0)], 0),  # never before
        ([(56, 53), (5, 0)], 5),  # a week longer at either end
        ([(57, 54), (12, 0)], 5),  # much longer than last year: the rest is silence
        ([(110, 52), (4, 0)], 0),  # came back after a year: no closure
        ([(56, 51)], 0),  # closed last year, open this time
    ],
)
def test_silence_a_year_after_silence_may_be_the_yearly_closure(
    silences: list[tuple[int, int]], closed: int
) -> None:
    chance = closed_chance(history(*silences))[:, 0]
    assert (chance > 0.6).sum() == (chance > 0).sum() == closed


def test_who_often_pauses_has_no_closures() -> None:
    rng = np.random.default_rng(1)
    days = (rng.random((200, 120)) < 0.3).astype(np.float64)
    assert strikingly_silent(days).mean() < 0.35
    assert closed_chance(days)[:, strikingly_silent(days)].mean() < 0.1


def test_a_silence_before_the_first_purchase_is_none() -> None:
    days = history((120, 54), (4, 0))
    assert closed_chance(days).max() == 0


def closing_shops(seed: int) -> tuple[Weeks, Bools, Bools]:
    """50 shops; 15 close for 4 weeks every summer, 9 others leave; where both happen."""
    rng = np.random.default_rng(seed)
    rate = 2 * rng.gamma(4, 1 / 4, 50)[:, None] * np.ones(WEEKS)
    closed, left = np.zeros((50, WEEKS), bool), np.zeros((50, WEEKS), bool)
    for shop in range(15):
        begin = rng.integers(26, 32)
        for summer in (begin, begin + 52, begin + 104):
            closed[shop, summer : summer + 4] = True
    for shop in range(41, 50):
        left[shop, rng.integers(60, 110) :] = True
    spend, days = trade(rng, np.where(closed, 0.0, np.where(left, 0.1 * rate, rate)))
    return Weeks(spend, days, np.full(50, -100)), closed, left


def test_yearly_closures_alarm_less_and_leavers_are_found_as_before() -> None:
    alarms, found = {"on": 0, "off": 0}, {"on": 0, "off": 0}
    for seed in (3, 4):
        weeks, closed, left = closing_shops(seed)
        weeks = Weeks(weeks.spend[:, :UPTO], weeks.days[:, :UPTO], weeks.first)
        closed, left = closed[:, :UPTO], left[:, :UPTO]
        lately = closed.copy()
        for week in (1, 2):
            lately[:, week:] |= closed[:, :-week]
        for name, of in {"on": calendar, "off": no_calendar}.items():
            opened = openings(*walk(weeks, START, of)[:2], START)
            alarms[name] += int((opened & lately).sum())
            found[name] += int((opened & left).any(axis=1).sum())
    assert alarms["off"] >= 10
    assert alarms["on"] <= alarms["off"] / 4
    assert found["on"] >= found["off"] >= 14


def test_the_sentence_expects_nothing_of_who_is_closed() -> None:
    weeks, closed, _ = closing_shops(3)
    week = 52 + int(closed[0].argmax()) + 3
    seen = Weeks(weeks.spend[:, : week + 1], weeks.days[:, : week + 1], weeks.first)
    rows = judged(seen).judged
    expected = {}
    for holidays in (None, calendar(week)):
        numbers = portfolio(seen.take(rows), closed_cohort=False, holidays=holidays)
        told = drops(seen.take(slice(0, 1)), numbers)
        expected[numbers.closures] = float(told.expected[0] / told.window[0])
    assert expected[True] < 0.5 * expected[False]


def test_only_recent_weeks_are_needed_of_who_is_not_silent() -> None:
    """What lies more than a year back is read for the strikingly silent alone."""
    weeks, _, _ = closing_shops(4)
    at = 52 + 31
    seen = Weeks(weeks.spend[:, : at + 1], weeks.days[:, : at + 1], weeks.first)
    numbers = portfolio(seen, closed_cohort=False, holidays=calendar(at))
    days = seen.days.copy()
    days[~strikingly_silent(days), : at + 1 - 52] = 0.0
    assert 0 < strikingly_silent(days).sum() < 60
    forgot = Weeks(seen.spend, days, seen.first)
    np.testing.assert_array_equal(score(forgot, numbers, ()).raw, score(seen, numbers, ()).raw)
