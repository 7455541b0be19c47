"""A histogram keeps a week's scores to within a bin."""

import json

import numpy as np
import pytest

from shared.domain.histogram import WIDTH, Histogram, histogram, quantile


@pytest.mark.parametrize("share", [0.05, 0.5, 0.8, 0.95, 0.999])
def test_quantiles_are_those_of_the_scores_to_within_a_bin(share: float) -> None:
    rng = np.random.default_rng(1)
    weeks = [rng.normal(-1, 2, 4000) for _ in range(8)]
    found = quantile([histogram(scores, scores) for scores in weeks], share)
    assert found == pytest.approx(float(np.quantile(np.concatenate(weeks), share)), abs=2 * WIDTH)


def test_weeks_count_by_their_customers() -> None:
    one, many = np.zeros(1), np.full(99, 5.0)
    found = quantile([histogram(one, one), histogram(many, many)], 0.05)
    assert found == pytest.approx(5.0, abs=WIDTH)


def test_nothing_has_no_quantile() -> None:
    nobody = histogram(np.empty(0), np.empty(0))
    assert nobody == Histogram(0, 0.0, {})
    assert quantile([nobody], 0.5) is None


def test_it_keeps_how_many_and_their_mean() -> None:
    week = histogram(np.array([-0.001, 0.0, 0.009, 1.5]), np.array([1.0, 2.0, 3.0, 6.0]))
    assert week == Histogram(4, 3.0, {-1: 1, 0: 2, 150: 1})


def test_it_survives_json() -> None:
    week = histogram(np.array([-3.2, 1.5, 1.5]), np.array([1.0, 2.0, 3.0]))
    assert Histogram.from_dict(json.loads(json.dumps(week.to_dict()))) == week


def test_what_the_own_seasons_leave_is_counted_beside_the_scores() -> None:
    """A closed school neither raises the floor as its score does, nor lowers it as none."""
    scores, sure = np.array([0.0, 1.0, 4.0]), np.array([0.0, 1.0, -2.0])
    week = histogram(scores, scores, sure)
    assert week.judged == 3
    assert week.mean_raw == pytest.approx(5 / 3)
    assert week.bins == {-200: 1, 0: 2, 100: 2, 400: 1}
    rng = np.random.default_rng(2)
    plain = rng.normal(0, 2, 400)
    alike = histogram(plain, plain, plain)
    alone = histogram(plain, plain)
    assert quantile([alike], 0.95) == pytest.approx(quantile([alone], 0.95))
