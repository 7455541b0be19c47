"""A calculation is kept to the last digit, and tells what has changed."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.calculation import NO_CHANGES, Calculation, Recount, Weekly, calculate, changes
from shared.domain.likelihood import Weights
from shared.domain.portfolio import Portfolio
from shared.domain.score import portfolio, score
from shared.domain.sector import sectors
from shared.domain.weeks import Weeks, judged

DAY = date(2026, 3, 2)
WEIGHTS = Weights(0.3, 0.7, 1.2, 0.6, 0.8, 0.4, 3.0, 4.0, 0.5, 0.4, 0.5, half_life_days=30.0)
COMPLAINT = {"kind": "complaint", "severity": "high", "resolved": False, "day": "2026-02-28"}


def company() -> tuple[Weeks, Portfolio]:
    """Forty customers in two segments, and the numbers of their portfolio."""
    rng = np.random.default_rng(7)
    days = rng.poisson(2.0, (40, 60)).clip(0, 7).astype(float)
    spend = days * rng.gamma(4.0, 25.0, (40, 60))
    named = [("hotel" if n % 2 else "bar", None) for n in range(40)]
    weeks = Weeks(spend, days, np.full(40, -5), sectors(named))
    assert judged(weeks).judged.all()
    return weeks, portfolio(weeks, closed_cohort=False)


WEEKS, PORTFOLIO = company()


def made(row: int) -> Calculation:
    weekly = Weekly.of(WEEKS.take(np.array([row])))
    return calculate(1, weekly, [COMPLAINT], DAY, WEIGHTS, PORTFOLIO, (1.0, 2.0))


@given(st.integers(0, 39))
def test_what_was_kept_as_json_leads_to_the_same_score_again(row: int) -> None:
    kept = Calculation.from_dict(json.loads(json.dumps(made(row).to_dict())))
    assert kept == made(row)
    again = kept.again(PORTFOLIO, (1.0, 2.0))
    assert again == kept.steps
    alone = float(score(WEEKS, PORTFOLIO, (1.0, 2.0)).score[row])
    assert again.score == pytest.approx(alone + 1.2 * 0.5 ** (2 / 30))


def test_a_sector_is_kept_with_the_weeks() -> None:
    assert made(0).weekly.sector == ("bar", None)
    other = replace(made(0), weekly=replace(made(0).weekly, sector=("hotel", None)))
    assert changes(made(0), other) == replace(NO_CHANGES, sector=True)


def test_every_difference_is_named() -> None:
    then = made(3)
    spend = (*then.weekly.spend[:-3], 9.0, *then.weekly.spend[-2:])
    weekly = replace(then.weekly, spend=spend, first=2)
    now = replace(then, weekly=weekly, evidence=({**COMPLAINT, "resolved": True},))
    found = changes(then, now)
    assert [week.back for week in found.weeks] == [2]
    assert found.weeks[0].spend_now == 9.0
    assert found.first
    assert (len(found.gone), len(found.new)) == (1, 1)


@pytest.mark.parametrize("name", ["raw", "shift", "score"])
def test_any_other_step_is_not_equal(name: str) -> None:
    kept = made(5)
    steps = replace(kept.steps, **{name: getattr(kept.steps, name) + 1e-6})
    assert Recount(kept, steps, kept).outcome == "method"
    assert Recount(kept, kept.steps, replace(kept, steps=steps)).outcome == "changed"
    assert Recount(kept, kept.steps, None).outcome == "unscored"
    assert Recount(kept, kept.steps, kept).outcome == "equal"
