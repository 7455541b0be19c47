"""What a score stands for."""

import numpy as np
import pytest

from shared.domain.calibration import Calibration
from shared.domain.probability import probability, standing_probability


@pytest.mark.parametrize("score", [-40.0, -1.25, 0.0, 2.5, 40.0])
def test_one_score_has_the_chance_that_many_would_have(score: float) -> None:
    expected = Calibration(-0.75, 300).chance(np.array([score]))[0]
    assert probability(score, {"intercept": -0.75, "labels": 300}) == pytest.approx(
        expected, abs=1e-3
    )


def test_without_labels_or_score_there_is_none() -> None:
    assert probability(1.0, None) is None
    assert probability(None, {"intercept": 0.0, "labels": 300}) is None


@pytest.mark.parametrize(
    ("confirmed", "verdict", "told"),
    [(None, "steady", 0.818), (0.2, "alert", 0.818), (0.2, "steady", None)],
)
def test_no_chance_is_told_of_who_is_merely_as_quiet_as_the_own_segment(
    confirmed: float | None, verdict: str, told: float | None
) -> None:
    assert standing_probability(2.5, confirmed, verdict, {"intercept": -1.0}) == told
