"""The rules of today say what they are known to say."""

import numpy as np
import pytest

from services.backtest.mbg import Model, alive_log_odds, fit
from services.backtest.rivals import RULES, look, rival_scores
from services.backtest.walk import walk
from tests.backtest.builders import MONDAY, history_of, quiet, sample_history, sample_walk

Days = dict[int, float]


def every(days: int, weeks: range, money: float = 100.0) -> Days:
    """Purchases every so many days within these weeks."""
    return {MONDAY + day: money for day in range(weeks.start * 7, weeks.stop * 7, days)}


def scores(rule: str, *customers: Days, weeks: int = 40) -> list[float]:
    """What a rule says of customers at the end of a history of so many weeks."""
    bought = {str(number): days for number, days in enumerate(customers)}
    bought["frame"] = {MONDAY: 1.0, MONDAY + 7 * weeks - 1: 1.0}
    seen = look(history_of(bought), weeks - 1, np.arange(len(customers)))
    found: list[float] = RULES[rule](seen).tolist()
    return found


def test_week_over_week_is_the_fall_of_one_week() -> None:
    half = every(7, range(39)) | {MONDAY + 39 * 7: 50.0}
    gone, new = every(7, range(39)), every(7, range(39, 40))
    steady, silent = every(7, range(40)), every(7, range(38))
    found = scores("week_over_week", half, gone, steady, silent, new)
    assert found == [0.5, 1.0, 0.0, 0.0, -np.inf]


def test_four_weeks_are_compared_with_the_twelve_before() -> None:
    steady, gone = every(7, range(40)), every(7, range(36))
    fell = every(7, range(36)) | every(7, range(36, 40), 25.0)
    older = every(7, range(24), 900.0) | every(7, range(24, 40))
    assert scores("four_against_twelve", steady, gone, fell, older) == [0.0, 1.0, 0.75, 0.0]


def test_silence_is_told_in_own_intervals() -> None:
    often, rarely = every(7, range(38)), every(14, range(38))
    rhythm_changed = every(28, range(8)) | every(7, range(8, 38))
    found = scores("silence", often, rarely, rhythm_changed)
    assert found == pytest.approx([20 / 7, 27 / 14, 20 / 7])


def test_mbg_nbd_is_worried_by_silence_that_is_long_for_the_customer() -> None:
    rng = np.random.default_rng(1)
    others = [every(int(days), range(40)) for days in rng.integers(4, 40, 60)]
    often, rarely = every(5, range(34)), every(28, range(34))
    found = scores("mbg_nbd", often, rarely, every(5, range(40)), *others)
    assert found[0] > found[1] > found[2]


def test_mbg_nbd_finds_the_parameters_that_made_the_purchases() -> None:
    truth = Model(2.0, 4.0, 1.5, 6.0)
    rng = np.random.default_rng(2)
    rows = [_life(rng, truth, 60.0) for _ in range(4000)]
    repeats, recency = (np.array(column, float) for column in zip(*rows, strict=True))
    age = np.full(4000, 60.0)
    found = fit(repeats, recency, age)
    assert found.r / found.alpha == pytest.approx(0.5, rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(0.2, rel=0.15)
    alive = 1 / (1 + np.exp(-alive_log_odds(found, repeats, recency, age)))
    assert (alive[recency > 58].mean() > 0.9) and (alive[recency < 20].mean() < 0.1)


def _life(rng: np.random.Generator, model: Model, age: float) -> tuple[int, float]:
    """Repeat purchases and the last one's week, of one customer of the model."""
    rate, leaves = rng.gamma(model.r, 1 / model.alpha), rng.beta(model.a, model.b)
    at, count = 0.0, 0
    while rng.random() > leaves:
        wait = rng.exponential(1 / rate)
        if at + wait > age:
            break
        at, count = at + wait, count + 1
    return count, at


def test_nobody_to_learn_from_is_a_model_too() -> None:
    nothing = np.zeros(0)
    assert fit(nothing, nothing, nothing) == (1.0, 1.0, 1.0, 1.0)


def test_every_rule_scores_every_judged_customer_week() -> None:
    history, whole = sample_history(), sample_walk()
    found = rival_scores(history, whole, quiet)
    assert set(found) == set(RULES)
    for name, values in found.items():
        assert len(values) == len(whole)
        assert not np.isnan(values).any(), name
    assert rival_scores(history, walk(history, range(25, 25), quiet), quiet)["silence"].size == 0
