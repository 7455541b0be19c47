"""Occasional buyers, graded apart; and a quiet Christmas, in which nobody is alarmed."""

import random
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from services.backtest.alerts import at_budget
from services.backtest.history import History
from services.backtest.occasional import GAPS, grade_silences, walk_silences
from services.backtest.walk import graded_weeks
from shared.domain.sector import sectors
from shared.domain.week import day_date
from tests.backtest.builders import MONDAY, history_of, quiet, sample_history, sample_walk
from tests.backtest.test_walk import scrambled

WEEKS = 100


def scores(history: History, columns: range) -> dict[tuple[int, int], list[float]]:
    """By customer and week, the scores of every rule."""
    found = walk_silences(history, columns, quiet)
    keys = zip(found.customer.tolist(), found.week.tolist(), strict=True)
    rows = np.array([*found.scores.values()]).T.tolist()
    return dict(zip(keys, rows, strict=True))


@pytest.mark.parametrize("after", [30, 70])
def test_scrambling_the_future_changes_no_score(after: int) -> None:
    columns = range(after - 1, after + 1)
    before, now = scores(sample_history(), columns), scores(scrambled(after, after), columns)
    both = before.keys() & now.keys()  # it differs whose future is known
    assert len(both) > 30
    for key in both:
        assert before[key] == pytest.approx(now[key], rel=1e-9)


def test_what_followed_is_looked_at_for_two_usual_gaps() -> None:
    every = {f"c{n}": {MONDAY + n % 9 + 30 * k: 5.0 for k in range(24)} for n in range(30)}
    stops = {f"s{n}": {MONDAY + n % 9 + 30 * k: 5.0 for k in range(16)} for n in range(30)}
    late = {f"l{n}": {**stops[f"s{n}"], MONDAY + n % 9 + 30 * 17 + 10: 5.0} for n in range(30)}
    history = history_of({**every, **stops, **late})
    # The sixteenth purchase lies in week 64; in week 66 about two weeks of silence have passed.
    found = walk_silences(history, range(66, 67), quiet)
    names = [history.customers[row] for row in found.customer]
    left = dict(zip(names, found.left.tolist(), strict=True))
    assert {left[name] for name in every} == {False}
    assert {left[name] for name in stops} == {True}
    assert {left[name] for name in late} == {False}  # 70 days after the last one


def planted() -> History:
    """A hundred who buy about every month; of every third one the silence is for good."""
    rng = random.Random(8)
    bought = {}
    for n in range(150):
        every, day, days = rng.uniform(15, 45), MONDAY + rng.uniform(0, 40), {}
        end = MONDAY + 7 * rng.uniform(40, 90) if n % 3 == 0 else MONDAY + 7 * WEEKS
        while day < end:
            days[int(day)] = 20.0
            day += every * rng.gammavariate(4, 0.25)
        bought[f"c{n}"] = days
    bought["edge"] = {MONDAY: 1.0, MONDAY + 7 * WEEKS - 1: 1.0}
    return history_of(bought)


def test_planted_silences_are_found() -> None:
    found = walk_silences(planted(), graded_weeks(WEEKS), quiet)
    grades = grade_silences(found, resamples=20, seed=1, shown=quiet)
    ours = grades[GAPS].average_precision
    assert ours.value is not None
    assert ours.low is not None
    assert ours.value > 3 * found.left.mean()
    best = max(one.average_precision.value or 0 for one in grades.values())
    assert ours.value > best - 0.05
    assert all(0 <= (one.value or 0) <= 1 for one in grades[GAPS].precision.values())


def test_segments_and_regions_make_no_score() -> None:
    known = sample_history()
    named = sectors((f"s{place % 3}", None) for place in range(len(known.customers)))
    columns = graded_weeks(known.weeks)[:4]
    plain = scores(known, columns)
    assert len(plain) > 30
    assert scores(replace(known, sectors=named), columns) == plain


def test_nobody_is_graded_where_nobody_is() -> None:
    history = history_of({"a": {MONDAY: 1.0, MONDAY + 7 * 60: 1.0}})
    found = walk_silences(history, graded_weeks(history.weeks), quiet)
    assert (len(found), grade_silences(found, resamples=5, seed=1, shown=quiet)) == (0, {})


def test_the_week_after_christmas_alarms_hardly_anybody() -> None:
    """Of the whole data set it has 2 alerts at 5 %; the sample is a part of it."""
    history, walk = sample_history(), sample_walk()
    places = at_budget(walk, walk.score, 0.05, np.random.default_rng(1))
    ends = [day_date(history.week_end(int(column))) for column in walk.week[places]]
    weeks = len(graded_weeks(history.weeks))
    assert len(places) / weeks > 0.5
    assert ends.count(date(2011, 1, 2)) <= max(2 * len(places) / weeks, 2)
