"""The walk is the live score, week by week, and knows nothing of what comes later."""

from dataclasses import replace

import numpy as np
import pytest

from services.backtest.alerts import Choosing, as_run
from services.backtest.comparing import compare, variants
from services.backtest.grading import Grader
from services.backtest.history import History, frame
from services.backtest.rivals import RULES, rival_scores
from services.backtest.truths import truths
from services.backtest.walk import PARTS, graded_weeks, shifted, walk
from shared.domain.score import portfolio, score
from shared.domain.verdict import Budgets
from shared.domain.weeks import Weeks, judged
from tests.backtest.builders import (
    MONDAY,
    history_of,
    quiet,
    sample_days,
    sample_history,
    sample_walk,
)


def scrambled(after: int, seed: int) -> History:
    """The sample up to a column, and then another company: other buyers, money and newcomers."""
    history, rng = sample_history(), np.random.default_rng(seed)
    until, last = history.week_end(after), history.week_end(history.weeks - 1)
    bought = {
        name: {day: amount for day, amount in days.items() if day <= until}
        for name, days in sample_days().items()
    }
    for name in [*bought, "new one", "new two"]:
        days = rng.integers(until + 1, last + 1, rng.integers(0, 60))
        for day in days.tolist():
            bought.setdefault(name, {})[day] = round(float(rng.lognormal(5, 2)), 2)
    bought["new one"][last] = 1.0
    return history_of(bought)


@pytest.mark.parametrize("after", [25, 80])
def test_scrambling_the_future_changes_no_score(after: int) -> None:
    history, whole = sample_history(), sample_walk()
    changed = scrambled(after, seed=after)
    assert changed.weeks == history.weeks
    again = walk(changed, graded_weeks(history.weeks), quiet)
    for name in ("customer", "week", "parts", "raw", "score", "confirmed", "usual"):
        before, now = getattr(whole, name), getattr(again, name)
        np.testing.assert_array_equal(before[whole.week <= after], now[again.week <= after])
    assert not np.array_equal(whole.score[whole.week > after], again.score[again.week > after])
    rivals, theirs = rival_scores(history, whole, quiet), rival_scores(changed, again, quiet)
    for name in RULES:
        np.testing.assert_array_equal(
            rivals[name][whole.week <= after], theirs[name][again.week <= after], err_msg=name
        )
    chosen, now = (
        as_run(company, one, Choosing(0.95, Budgets(5)))
        for company, one in ((history, whole), (changed, again))
    )
    assert chosen[whole.week[chosen] <= after].tolist() == now[again.week[now] <= after].tolist()


def test_each_week_is_scored_as_a_live_evaluation_scores_it() -> None:
    history, whole = sample_history(), sample_walk()
    means: list[float] = []
    for column in graded_weeks(history.weeks)[:40]:
        every = Weeks(history.spend[:, : column + 1], history.days[:, : column + 1], history.first)
        weeks = every.take(judged(every).judged)
        learnt = portfolio(weeks, closed_cohort=history.closed_cohort(column))
        scores = score(weeks, learnt, means[-26:])
        means.append(learnt.mean_raw)
        rows = whole.week == column
        np.testing.assert_array_equal(whole.score[rows], scores.score)
        for place, part in enumerate(PARTS):
            np.testing.assert_array_equal(whole.parts[rows, place], getattr(scores, part))


def test_the_weekly_shift_can_be_done_again() -> None:
    whole = sample_walk()
    np.testing.assert_allclose(shifted(whole.raw, whole.week), whole.score, atol=1e-12)


@pytest.mark.parametrize(
    ("first", "last", "start", "weeks"),
    [
        (0, 6, 0, 1),  # Monday to Sunday
        (0, 5, 0, 1),  # a last week that lacks only its Sunday counts
        (0, 4, 0, 0),
        (1, 13, 7, 1),  # begins on a Tuesday: that week is not whole
        (1, 12, 7, 1),
        (6, 20, 7, 2),
        (3, 4, 7, 0),
    ],
)
def test_whole_weeks(first: int, last: int, start: int, weeks: int) -> None:
    days = np.array([MONDAY + first, MONDAY + last])
    assert frame(days, 0) == (MONDAY + start, weeks)


def test_weeks_may_begin_on_another_day() -> None:
    assert frame(np.array([MONDAY, MONDAY + 19]), 6) == (MONDAY + 6, 2)
    found = history_of({"a": {MONDAY + 6: 5.0, MONDAY + 19: 7.0}}, first_weekday=6)
    assert found.spend.tolist() == [[5.0, 7.0]]
    assert found.week_end(0) == MONDAY + 12


def test_purchases_of_a_day_are_one_purchase_day() -> None:
    found = history_of({"a": {MONDAY: 5.25, MONDAY + 1: 1.0}, "b": {MONDAY + 13: 2.0}})
    assert found.spend.tolist() == [[6.25, 0.0], [0.0, 2.0]]
    assert found.days.tolist() == [[2.0, 0.0], [0.0, 1.0]]
    assert found.first.tolist() == [0, 1]


def test_a_purchase_before_the_first_whole_week_is_older_than_the_data() -> None:
    found = history_of({"a": {MONDAY - 2: 5.0, MONDAY + 3: 1.0}, "b": {MONDAY + 6: 2.0}})
    assert found.first.tolist() == [-1, 0]
    assert found.spend.tolist() == [[1.0], [2.0]]


def test_a_history_without_purchases_has_no_weeks() -> None:
    found = history_of({})
    assert found.weeks == 0
    assert list(graded_weeks(found.weeks)) == []


@pytest.mark.parametrize(("weeks", "graded"), [(33, []), (34, [25]), (36, [25, 26, 27])])
def test_34_weeks_are_needed(weeks: int, graded: list[int]) -> None:
    assert list(graded_weeks(weeks)) == graded


def test_a_part_that_orders_customers_is_missed() -> None:
    history, whole = sample_history(), sample_walk()
    grader = Grader(whole, truths(history, whole), resamples=60, seed=1, shown=quiet)
    found = compare(grader, variants(whole))
    assert found["whole"].worth.value == 0.0
    assert (found["without change"].worth.low or 0.0) > 0
    nothing = replace(whole, parts=np.zeros_like(whole.parts))
    same = variants(nothing)
    np.testing.assert_allclose(same["without tenure"], whole.score, atol=1e-12)
