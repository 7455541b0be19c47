"""A percentage is as many as leave, learnt from nothing that was not yet known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit

from shared.domain.calibration import (
    LEAST_EACH,
    LEAST_LABELS,
    calibrate,
    chances,
    reliability,
    wilson,
)

Portfolio = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]


def portfolio(seed: int, shift: float, weeks: int = 40, customers: int = 60) -> Portfolio:
    """Weeks, scores, and who left: log odds lie `shift` above the scores."""
    rng = np.random.default_rng(seed)
    number = np.repeat(np.arange(weeks), customers)
    scores = rng.normal(-1.0, 1.0, len(number))
    return number, scores, rng.random(len(number)) < expit(scores + shift)


@given(st.integers(0, 50), st.floats(-1.5, 1.5))
def test_the_mean_chance_is_the_share_that_left(seed: int, shift: float) -> None:
    _, scores, left = portfolio(seed, shift)
    found = calibrate(scores, left)
    assert found is not None
    assert found.labels == len(left)
    assert found.chance(scores).mean() == pytest.approx(left.mean(), abs=1e-9)


def test_the_order_of_customers_stays() -> None:
    _, scores, left = portfolio(1, 0.7)
    found = calibrate(scores, left)
    assert found is not None
    assert (np.argsort(found.chance(scores)) == np.argsort(scores)).all()


@pytest.mark.parametrize(
    ("labels", "left", "enough"),
    [
        (LEAST_LABELS, LEAST_EACH, True),
        (LEAST_LABELS - 1, LEAST_EACH, False),
        (LEAST_LABELS, LEAST_EACH - 1, False),
        (LEAST_LABELS, LEAST_LABELS - LEAST_EACH, True),
        (LEAST_LABELS, LEAST_LABELS - LEAST_EACH + 1, False),
        (0, 0, False),
    ],
)
def test_too_few_labels_give_no_percentage(labels: int, left: int, enough: bool) -> None:
    assert (calibrate(np.zeros(labels), np.arange(labels) < left) is not None) is enough


def test_a_chance_knows_no_outcome_of_the_last_eight_weeks() -> None:
    weeks, scores, left = portfolio(2, 0.5)
    before = chances(weeks, scores, left)
    other = np.where(weeks > 20, ~left, left)
    after = chances(weeks, scores, other)
    np.testing.assert_array_equal(before[weeks <= 28], after[weeks <= 28])
    assert (before[weeks == 29] != after[weeks == 29]).all()
    assert np.isnan(before[weeks < 8 + 3]).all()
    assert not np.isnan(before[weeks > 12]).any()


def test_calibrated_chances_lie_on_the_diagonal() -> None:
    weeks, scores, left = portfolio(3, -0.8, weeks=60, customers=500)
    bins = reliability(chances(weeks, scores, left), left)
    assert len(bins) == 10
    assert [one.said for one in bins] == sorted(one.said for one in bins)
    assert sum(one.count for one in bins) == (weeks >= 8).sum()
    inside = sum(one.low <= one.said <= one.high for one in bins)
    assert inside >= 8
    far = reliability(expit(scores + 1.0), left)
    assert sum(one.low <= one.said <= one.high for one in far) <= 1


def test_nothing_known_has_no_bins() -> None:
    assert reliability(np.full(5, np.nan), np.zeros(5, bool)) == []


def test_the_interval_of_a_share() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(50, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
