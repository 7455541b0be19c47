"""The score equals a reference, a plain calculation, and itself however it is asked."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.domain.portfolio import Portfolio
from shared.domain.score import REASONS, TYPICAL, WEIGHTS, Scores, drops, portfolio, reasons, score
from shared.domain.weeks import Weeks, closed_cohort, judged
from tests.domain.builders_score import BUSY_NOW, QUIET_NOW, all_weeks, judged_weeks
from tests.domain.plain_score import Customer, Plain, is_judged

REFERENCE = Path(__file__).parent / "data" / "reference.npz"
PARTS = (*WEIGHTS, "raw", "score")
PORTFOLIOS: list[dict[str, Any]] = [
    {"seed": 1},
    {"seed": 2, "width": 26},
    {"seed": 3, "width": 30, "oldest": 29},
    {"seed": 4, "width": 60},
    {"seed": 5, "width": 52, "oldest": 20},
    {"seed": 6, "width": 20, "oldest": 20},
    {"seed": 7, "width": 45, "customers": 8, "ordinary": True},
    {"seed": 8, "width": 34},
    {"seed": 8, "width": 40, "ordinary": True},
    {"seed": 9, "customers": 250, "lately": QUIET_NOW},
    {"seed": 10, "lately": BUSY_NOW, "oldest": 30},
]


def plain(weeks: Weeks, *, closed: bool) -> Plain:
    rows = zip(weeks.spend.tolist(), weeks.days.tolist(), weeks.first.tolist(), strict=True)
    return Plain([Customer(*row) for row in rows], closed=closed)


def same(one: Scores, other: Scores, tolerance: float) -> None:
    for field in fields(Scores):
        np.testing.assert_allclose(
            getattr(one, field.name), getattr(other, field.name), tolerance, tolerance, False
        )


@pytest.mark.parametrize("week", [25, 44, 86])
def test_equals_the_reference_of_a_whole_portfolio(week: int) -> None:
    with np.load(REFERENCE) as stored:
        weeks = Weeks(
            stored[f"cents_{week}"] / 100,
            stored[f"days_{week}"].astype(np.float64),
            stored[f"first_{week}"],
        )
        newcomers, seen = stored[f"cohort_{week}"].tolist()
        means, expected = stored[f"means_{week}"].tolist(), stored[f"expected_{week}"]
    assert judged(weeks).judged.all()
    numbers = portfolio(weeks, closed_cohort=closed_cohort(newcomers, seen))
    scores = score(weeks, numbers, means)
    for part, values in zip(PARTS, expected.T, strict=True):
        np.testing.assert_allclose(getattr(scores, part), values, rtol=0, atol=1e-6, err_msg=part)


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("shape", PORTFOLIOS, ids=str)
def test_equals_a_plain_calculation(shape: dict[str, Any], closed: bool) -> None:
    weeks = judged_weeks(**shape)
    expected = plain(weeks, closed=closed)
    numbers = portfolio(weeks, closed_cohort=closed)
    scores = score(weeks, numbers, (-1.5, -1.25))
    assert numbers.mean_raw == pytest.approx(expected.mean_raw, rel=1e-9)
    for part in (*WEIGHTS, "raw", "usual", "now"):
        values = [parts[part] for parts in expected.parts]
        np.testing.assert_allclose(getattr(scores, part), values, 1e-9, 1e-9, err_msg=part)
    values = [expected.score(row, (-1.5, -1.25)) for row in range(len(weeks))]
    np.testing.assert_allclose(scores.score, values, 1e-9, 1e-9)


@pytest.mark.parametrize("shape", PORTFOLIOS, ids=str)
def test_the_sentence_equals_a_plain_calculation(shape: dict[str, Any]) -> None:
    weeks = judged_weeks(**shape)
    expected = plain(weeks, closed=False)
    numbers = portfolio(weeks, closed_cohort=False)
    found = drops(weeks, numbers)
    values = np.array([expected.drop(customer) for customer in expected.customers]).T
    np.testing.assert_array_equal(found.window, values[0])
    np.testing.assert_array_equal(found.days, values[1])
    np.testing.assert_allclose(found.expected, values[2], 1e-9)
    np.testing.assert_allclose(found.once_in, values[3], 1e-9)
    np.testing.assert_array_equal(score(weeks, numbers, ()).window_weeks, found.window)


@pytest.mark.parametrize("shape", PORTFOLIOS, ids=str)
def test_who_is_judged_equals_a_plain_calculation(shape: dict[str, Any]) -> None:
    weeks = all_weeks(**{**shape, "youngest": 8})
    rows = zip(weeks.spend.tolist(), weeks.days.tolist(), weeks.first.tolist(), strict=True)
    assert judged(weeks).judged.tolist() == [is_judged(Customer(*row)) for row in rows]


def test_one_customer_scores_as_in_bulk_with_a_stored_portfolio() -> None:
    weeks = judged_weeks(11, customers=5000)
    numbers = portfolio(weeks, closed_cohort=False)
    bulk = score(weeks, numbers, (-1.0,))
    stored = Portfolio.from_dict(json.loads(json.dumps(numbers.to_dict())))
    assert stored == numbers
    for row in range(0, len(weeks), 97):
        one = score(weeks.take(slice(row, row + 1)), stored, (-1.0,))
        picked = Scores(*(getattr(bulk, field.name)[row : row + 1] for field in fields(Scores)))
        same(one, picked, 1e-12)


def test_the_order_of_customers_does_not_matter() -> None:
    weeks = judged_weeks(12, customers=300)
    order = np.random.default_rng(0).permutation(len(weeks))
    one = score(weeks, portfolio(weeks, closed_cohort=False), ())
    mixed = weeks.take(order)
    other = score(mixed, portfolio(mixed, closed_cohort=False), ())
    back = Scores(*(getattr(other, field.name)[np.argsort(order)] for field in fields(Scores)))
    same(one, back, 1e-10)


def test_the_unit_of_money_does_not_matter() -> None:
    weeks = judged_weeks(13)
    dear = Weeks(weeks.spend * 1024, weeks.days, weeks.first)
    one = score(weeks, portfolio(weeks, closed_cohort=False), ())
    other = score(dear, portfolio(dear, closed_cohort=False), ())
    np.testing.assert_allclose(one.raw, other.raw, 1e-12)


def test_weeks_older_than_a_year_do_not_matter() -> None:
    weeks = judged_weeks(14, width=60)
    recent = Weeks(weeks.spend[:, 8:], weeks.days[:, 8:], weeks.first - 8)
    one = score(weeks, portfolio(weeks, closed_cohort=False), ())
    same(one, score(recent, portfolio(recent, closed_cohort=False), ()), 1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_every_score_is_a_number_whatever_the_amounts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weeks = judged_weeks(seed, customers=200, width=[15, 26, 40, 52][seed % 4], oldest=60)
    size = 10.0 ** rng.uniform(-4, 12, len(weeks))
    wild = 10.0 ** rng.uniform(-4, 12, weeks.spend.shape)
    spend = np.where(rng.random(len(weeks)) < 0.5, size, wild.T).T * (weeks.days > 0)
    extreme = Weeks(spend, weeks.days, weeks.first)
    for part in (extreme, extreme.take(slice(0, 1)), extreme.take(slice(0, 2))):
        numbers = portfolio(part, closed_cohort=False)
        assert np.isfinite(json.loads(json.dumps(numbers.to_dict()))["mean_raw"])
        scores, found = score(extreme, numbers, ()), drops(extreme, numbers)
        for field in fields(Scores):
            assert np.isfinite(getattr(scores, field.name)).all(), field.name
        for values in (found.expected, found.days, found.once_in):
            assert np.isfinite(values).all()
        assert found.once_in.max() <= 9999


def test_without_a_portfolio_a_customer_still_has_a_score() -> None:
    weeks = judged_weeks(15)
    numbers = portfolio(weeks.take(slice(0, 0)), closed_cohort=False)
    scores = score(weeks, numbers, (-1.0,))
    assert np.isfinite(scores.score).all()
    np.testing.assert_array_equal(scores.score, scores.raw)
    assert len(score(weeks.take(slice(0, 0)), numbers, ()).score) == 0


def test_a_shared_fall_is_taken_off_by_half_of_what_it_differs() -> None:
    weeks = judged_weeks(16)
    numbers = portfolio(weeks, closed_cohort=False)
    scores = score(weeks, numbers, (numbers.mean_raw - 3.0,) * 2)
    np.testing.assert_allclose(scores.raw - scores.score, 0.5 * 2.0)


def test_a_customer_who_stops_scores_higher_than_before() -> None:
    weeks = judged_weeks(17, customers=200)
    numbers = portfolio(weeks, closed_cohort=False)
    busy = int(np.argmax(weeks.days[:, -5:].sum(axis=1)))
    one = weeks.take(slice(busy, busy + 1))
    silent = Weeks(one.spend.copy(), one.days.copy(), one.first)
    silent.spend[:, -5:] = silent.days[:, -5:] = 0.0
    assert score(silent, numbers, ()).score[0] > score(one, numbers, ()).score[0] + 1
    before, after = drops(one, numbers), drops(silent, numbers)
    assert after.once_in[0] > 100 > before.once_in[0]
    assert after.expected[0] > 2 > after.days[0]


def test_reasons_add_up_to_the_distance_from_a_typical_customer() -> None:
    weeks = judged_weeks(18)
    scores = score(weeks, portfolio(weeks, closed_cohort=False), ())
    found = reasons(scores)
    typical = 3.15 + sum(WEIGHTS[name] * TYPICAL[name] for name in WEIGHTS)
    assert sorted(name for names in REASONS.values() for name in names) == sorted(WEIGHTS)
    np.testing.assert_allclose(sum(found.values()), scores.raw - typical)
