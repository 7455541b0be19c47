"""What evidence was worth is found again where it was planted, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from services.backtest.learning import Learnt, learn
from shared.domain.likelihood import RATIOS

DEFAULTS = dict.fromkeys(RATIOS, 0.5)
SURVEY, COMPLAINT = RATIOS.index("survey"), RATIOS.index("complaint_high")


class Past:
    """Customer-weeks with evidence of known worth, as far as a score does not know it."""

    def __init__(self, weeks: int, *, share: float, worth: float, seed: int = 3) -> None:
        rng = np.random.default_rng(seed)
        self.customer = np.repeat(np.arange(weeks // 8), 8)
        score = np.repeat(rng.normal(-1.5, 1.0, weeks // 8), 8)
        has = np.repeat(rng.random(weeks // 8) < share, 8)
        self.score = score
        self.evidence = np.zeros((weeks, len(RATIOS)))
        self.evidence[:, SURVEY] = np.where(has, 0.8, 0.0)
        chance = expit(score + 0.3 + worth * self.evidence[:, SURVEY])
        # Eight weeks that overlap share what became of them.
        self.left = np.repeat(rng.random(weeks // 8), 8) < chance

    def learnt(self, ratio: str = "survey") -> Learnt:
        found = learn(self.customer, self.score, self.left, self.evidence, DEFAULTS)
        assert found is not None
        return next(one for one in found if one.ratio == ratio)


@pytest.mark.parametrize("worth", [0.0, 1.0, 2.5])
def test_much_evidence_is_believed(worth: float) -> None:
    found = Past(80_000, share=0.3, worth=worth).learnt()
    assert found.value == pytest.approx(worth, abs=3 * found.deviation)
    assert found.deviation < 0.1
    beyond = (found.left - found.foretold) / found.weeks
    assert beyond > 0.05 if worth else abs(beyond) < 0.03


def test_little_evidence_stays_near_the_default() -> None:
    found = Past(8_000, share=0.003, worth=4.0).learnt()
    assert found.customers < 10
    assert 0.5 < found.value < 2.0
    assert found.deviation > 0.3


def test_evidence_that_nobody_had_keeps_its_default() -> None:
    found = Past(8_000, share=0.1, worth=1.0).learnt("no_contact")
    assert found.value == pytest.approx(0.5)
    assert found.customers == 0
    assert found.deviation == pytest.approx(0.5)


def test_what_the_score_knew_already_is_not_counted_again() -> None:
    """Those who complain leave more often, but only because they buy less, which the score saw."""
    past = Past(80_000, share=0.0, worth=0.0)
    past.evidence[:, COMPLAINT] = past.score > 0
    found = past.learnt("complaint_high")
    assert found.left / found.weeks > 2 * past.left.mean()
    assert found.value == pytest.approx(0.0, abs=4 * found.deviation)


def test_a_score_that_claims_too_much_is_seen_through() -> None:
    """Evidence adds to the score as it is: where the score says twice too much, so must it."""
    past = Past(80_000, share=0.3, worth=1.0)
    past.score = 1.5 * past.score
    assert past.learnt().value == pytest.approx(1.5, abs=0.25)


def test_too_short_a_past_teaches_nothing() -> None:
    few = Past(160, share=0.1, worth=1.0)
    assert learn(few.customer, few.score, few.left, few.evidence, DEFAULTS) is None
    calm = Past(8_000, share=0.1, worth=1.0)
    stayed = np.zeros(len(calm.left), bool)
    assert learn(calm.customer, calm.score, stayed, calm.evidence, DEFAULTS) is None


def test_the_order_of_the_rows_does_not_matter() -> None:
    past = Past(8_000, share=0.2, worth=1.0)
    before = past.learnt()
    order = np.random.default_rng(1).permutation(len(past.score))
    past.customer, past.score = past.customer[order], past.score[order]
    past.left, past.evidence = past.left[order], past.evidence[order]
    after = past.learnt()
    assert replace(after, value=0, deviation=0, foretold=0) == replace(
        before, value=0, deviation=0, foretold=0
    )
    assert after.value == pytest.approx(before.value)
