"""Measures equal plain calculations, whatever ties there are, and weights are repetitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.backtest.measures import AveragePrecision, Ranking, Ratio, RocAuc
from services.backtest.resampling import difference, estimates
from tests.backtest import plain_grading as plain
from tests.backtest.builders import quiet

scored = st.lists(
    st.tuples(st.integers(0, 5).map(float), st.booleans()), min_size=2, max_size=40
).filter(lambda rows: len({left for _, left in rows}) == 2)


@given(scored)
def test_measures_equal_a_plain_calculation(rows: list[tuple[float, bool]]) -> None:
    scores, left = (list(column) for column in zip(*rows, strict=True))
    ranking = Ranking(np.array(scores), np.array(left))
    expected = plain.average_precision(scores, left)
    assert AveragePrecision(ranking).value() == pytest.approx(expected)
    assert RocAuc(ranking).value() == pytest.approx(plain.roc_auc(scores, left))


@given(scored, st.lists(st.integers(0, 3), min_size=40, max_size=40))
def test_a_weight_is_a_repetition(rows: list[tuple[float, bool]], weights: list[int]) -> None:
    weights = weights[: len(rows)]
    repeated = [row for row, times in zip(rows, weights, strict=True) for _ in range(times)]
    ranking = Ranking(*(np.array(column) for column in zip(*rows, strict=True)))
    weighted = np.array([weights], float)
    for measure in (AveragePrecision, RocAuc):
        (got,) = measure(ranking).drawn(weighted, weighted)
        if len({left for _, left in repeated}) < 2:
            continue
        again = Ranking(*(np.array(column) for column in zip(*repeated, strict=True)))
        assert got == pytest.approx(measure(again).value())


def test_nobody_to_find_has_no_measure() -> None:
    ranking = Ranking(np.arange(4.0), np.zeros(4, bool))
    assert np.isnan(AveragePrecision(ranking).value())
    assert np.isnan(RocAuc(ranking).value())
    assert np.isnan(Ratio(np.zeros(2), np.zeros(2)).value())


def test_rare_scores_below_all_others_are_ordered_last() -> None:
    ranking = Ranking(np.array([1.0, -np.inf, -np.inf]), np.array([True, False, True]))
    assert AveragePrecision(ranking).value() == pytest.approx((1 + 2 / 3) / 2)


def test_an_interval_holds_the_measure_of_new_companies() -> None:
    rng = np.random.default_rng(5)
    customers, weeks = 200, 10
    inside = 0
    for _ in range(60):
        habit = rng.random(customers) < 0.3  # the weeks of a customer are alike
        own = np.repeat(np.arange(customers), weeks)
        ratio = Ratio(np.where(habit, float(weeks), 0.0), np.full(customers, float(weeks)))
        found = estimates({"r": ratio}, own, resamples=200, seed=1, shown=quiet)["r"]
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= 0.3 <= found.high
    assert inside >= 51  # 95 % of them, give or take


def test_resampling_is_by_seed_and_can_be_left_out() -> None:
    own = np.repeat(np.arange(30), 4)
    ratio = Ratio(np.arange(30.0), np.full(30, 4.0))
    one, same, other = (
        estimates({"r": ratio}, own, resamples=50, seed=seed, shown=quiet)["r"]
        for seed in (1, 1, 2)
    )
    assert (one.low, one.high) == (same.low, same.high) != (other.low, other.high)
    without = estimates({"r": ratio}, own, resamples=0, seed=1, shown=quiet)["r"]
    assert (without.value, without.low, without.high) == (one.value, None, None)


def test_differences_are_taken_within_the_same_company() -> None:
    own = np.repeat(np.arange(40), 3)
    base = np.random.default_rng(3).random(40)
    measures = {"low": Ratio(base, np.ones(40)), "high": Ratio(base + 0.25, np.ones(40))}
    found = estimates(measures, own, resamples=100, seed=1, shown=quiet)
    ahead = difference(found["high"], found["low"])
    assert (ahead.value, ahead.low, ahead.high) == pytest.approx((0.25, 0.25, 0.25))
    assert found["high"].high > found["high"].low + 0.05  # type: ignore[operator]
