"""What became of a customer is judged against what everybody did in the same weeks."""

import numpy as np
import pytest

from shared.domain.outcome import market, market_index, outcomes


def test_who_spends_half_of_the_expected_has_not_left() -> None:
    following = np.zeros((3, 8))
    following[:, 0] = (400.0, 399.99, 0.0)
    found = outcomes(np.full(3, 100.0), following, 1.0)
    assert found.left.tolist() == [False, True, True]
    assert found.missing.tolist() == pytest.approx([400.0, 400.01, 800.0])


def test_more_than_expected_misses_nothing() -> None:
    assert outcomes(np.ones(1), np.full((1, 8), 2.0), 1.0).missing.tolist() == [0.0]


def test_a_quiet_season_lowers_what_is_expected() -> None:
    week = np.where(np.arange(60) > 40, 0.6, 1.0)
    total = market(np.outer(np.full(500, 70.0), week))
    assert market_index(total, 40, closed_cohort=False) == pytest.approx(0.6)
    assert market_index(total, 40, closed_cohort=True) == 1.0
    assert market_index(total, 20, closed_cohort=False) == pytest.approx(1.0)


def test_the_index_stays_between_half_and_double() -> None:
    total = np.where(np.arange(60) > 40, 10.0, 1.0)
    assert market_index(total, 40, closed_cohort=False) == 2.0
    assert market_index(1 / total, 40, closed_cohort=False) == 0.5
    assert market_index(np.zeros(60), 40, closed_cohort=False) == 1.0


def test_one_huge_order_is_no_season() -> None:
    spend = np.full((500, 60), 70.0)
    spend[3, 44] = 1e7
    assert market_index(market(spend), 40, closed_cohort=False) == pytest.approx(1.0)


def test_the_market_of_nobody_is_nothing() -> None:
    assert market(np.zeros((4, 3))).tolist() == [0.0, 0.0, 0.0]
    assert market(np.zeros((0, 3))).tolist() == [0.0, 0.0, 0.0]
