"""The grades of the real sample equal the protocol, calculated once more in plain loops."""

from functools import cache
from statistics import median

import numpy as np
import pytest

from services.backtest.alerts import at_budget, paused
from services.backtest.grading import BUDGETS, Grader
from services.backtest.truths import KEY, truths
from services.backtest.walk import graded_weeks
from tests.backtest import plain_grading as plain
from tests.backtest.builders import (
    MONDAY,
    history_of,
    quiet,
    sample_history,
    sample_orders,
    sample_walk,
    walk_of,
)


@cache
def reference() -> plain.PlainGrading:
    return plain.PlainGrading(sample_orders())


def weeks_of() -> list[plain.Week]:
    walk, names = sample_walk(), sample_history().customers
    return [
        (names[row], week)
        for row, week in zip(walk.customer.tolist(), walk.week.tolist(), strict=True)
    ]


def test_weeks_and_who_is_judged() -> None:
    history, expected = sample_history(), reference()
    assert history.weeks == expected.weeks == 100
    assert graded_weeks(history.weeks) == expected.range
    for row, name in enumerate(history.customers):
        np.testing.assert_allclose(history.spend[row], expected.spend[name])
    assert sorted(weeks_of()) == sorted(expected.everybody())


def test_what_became_of_everybody() -> None:
    found = truths(sample_history(), sample_walk())
    expected = [reference().truth(*week) for week in weeks_of()]
    np.testing.assert_allclose(found.expected, [one.expected for one in expected])
    np.testing.assert_allclose(found.followed, [one.followed for one in expected], atol=1e-9)
    assert found.left.tolist() == [one.left for one in expected]
    assert 0.25 < found.left.mean() < 0.35


@pytest.mark.parametrize("share", BUDGETS)
def test_every_number_at_a_budget(share: float) -> None:
    walk, weeks = sample_walk(), weeks_of()
    became = truths(sample_history(), walk)
    scores = dict(zip(weeks, walk.score.tolist(), strict=True))
    outcome = {week: reference().truth(*week) for week in weeks}
    alerts = plain.at_budget(weeks, scores, share)
    grader = Grader(walk, became, resamples=0, seed=1, shown=quiet)
    found = grader.grades({"vigia": walk.score})["vigia"].budgets[share]
    assert [weeks[place] for place in found.places] == alerts
    assert len(alerts) == round(share * len(weeks))
    right = sum(outcome[week].left for week in alerts)
    false = (len(alerts) - right) / len(weeks) * 100 * 52 / 12
    assert found.precision.value == pytest.approx(right / len(alerts))
    assert found.false_alarms.value == pytest.approx(false)
    spells = plain.episodes(weeks, outcome)
    assert found.captured.value == pytest.approx(plain.captured(alerts, spells, outcome))
    lost = reference().lost(weeks)
    in_time = [(c, t) for c, t in alerts if c in lost and lost[c] - 8 <= t <= lost[c] + 11]
    assert found.found.value == pytest.approx(len({c for c, _ in in_time}) / len(lost))
    leads = {c: max(lost[c] + 12 - t for name, t in in_time if name == c) for c, _ in in_time}
    assert found.lead == median(leads.values())


def test_the_order_of_all_customer_weeks() -> None:
    walk = sample_walk()
    became = truths(sample_history(), walk)
    grader = Grader(walk, became, resamples=20, seed=1, shown=quiet)
    grade = grader.grades({"vigia": walk.score, "reversed": -walk.score})
    left = became.left.tolist()
    expected = plain.average_precision(walk.score.tolist(), left)
    assert grade["vigia"].average_precision.value == pytest.approx(expected)
    auc = plain.roc_auc(walk.score.tolist(), left)
    assert grade["vigia"].roc_auc.value == pytest.approx(auc)
    assert grade["reversed"].roc_auc.value == pytest.approx(1 - auc)
    alone = grader.orders({"vigia": walk.score})["vigia"]
    assert alone.low == grade["vigia"].average_precision.low


def test_equal_scores_alert_in_a_random_order() -> None:
    walk = walk_of([(customer, week) for customer in range(50) for week in range(25, 45)])
    scores = np.zeros(len(walk))
    drawn = [at_budget(walk, scores, 0.02, np.random.default_rng(seed)) for seed in (1, 2, 1)]
    assert [len(one) for one in drawn] == [20, 20, 20]
    assert drawn[0].tolist() == drawn[2].tolist() != drawn[1].tolist()
    assert np.ptp(walk.week[drawn[0]]) > 3


def test_eight_weeks_pass_between_alerts_about_a_customer() -> None:
    walk = walk_of([(0, week) for week in range(25, 45)] + [(1, 30), (1, 37), (1, 38)])
    places = paused(walk, np.ones(len(walk), bool))
    alerts = sorted(zip(walk.customer[places].tolist(), walk.week[places].tolist(), strict=True))
    assert alerts == [(0, 25), (0, 33), (0, 41), (1, 30), (1, 38)]


def test_spells_with_two_weeks_between_them_are_one() -> None:
    history = history_of({"a": {MONDAY + 7 * week: 10.0 for week in range(60)}})
    walk = walk_of([(0, week) for week in (25, 28, 32, 33)])
    assert not truths(history, walk).left.any()  # nothing was expected
    walk.usual[:] = 1000.0
    found = truths(history, walk).episodes
    assert (found.start % KEY).tolist() == [25, 32]
    assert (found.end % KEY).tolist() == [28, 33]
    assert found.of(walk, np.arange(4)).tolist() == [0, 0, 1, 1]
    others = walk_of([(0, 26), (0, 27), (0, 29), (0, 31)])
    assert found.of(others, np.arange(4)).tolist() == [0, 0, -1, -1]
