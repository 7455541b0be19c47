"""Occasional buyers: a silence is judged by the customer's own gaps, drawn to what is known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc

from shared.domain.gaps import (
    EQUAL,
    LOOKED_BACK,
    SHAPES,
    Gaps,
    Rhythms,
    _lasting,
    gaps,
    learn,
    occasional,
    silence,
    usual,
)
from shared.domain.prior import Gamma

AS_OF = 20_000
FLAT = np.ones(34)


def own(*customers: list[int], index: np.ndarray = FLAT) -> Gaps:
    """The gaps of customers who bought so many days before AS_OF."""
    rows = np.array([row for row, backs in enumerate(customers) for _ in backs], np.int64)
    days = np.array([AS_OF - back for backs in customers for back in sorted(backs, reverse=True)])
    everybody = np.zeros(len(customers), np.int64)
    return gaps(rows, days.astype(np.int64), AS_OF, index[:, None], everybody)


def every(days: int, *, silent: int, times: int = 6) -> list[int]:
    """Backs of somebody who bought every so many days and then was silent."""
    return [silent + days * n for n in range(times)]


def test_gaps_lie_between_purchase_days_of_the_last_year() -> None:
    found = own([10, 40, 100, 400], [5], [])

    assert found.count.tolist() == [2, 0, 0]
    assert found.total.tolist() == [90, 0, 0]
    assert found.silent.tolist() == [10, 5, np.inf]
    assert found.logs[0] == pytest.approx(np.log(30) + np.log(60))


def test_days_of_a_slow_season_count_for_less() -> None:
    index = FLAT.copy()
    index[-2:] = 0.25  # the last fortnight
    found = own([10, 24], index=index)

    assert found.silent[0] == 10
    assert found.season_silent[0] == pytest.approx(10 * 0.25)
    assert found.season_total[0] == pytest.approx(4 * 0.25 + 10)


def test_everybody_follows_a_season_of_the_own_sector() -> None:
    index = np.ones((34, 2))
    index[-2:, 1] = 0.25
    rows, days = np.array([0, 0, 1, 1]), np.array([AS_OF - 24, AS_OF - 10] * 2)
    found = gaps(rows, days, AS_OF, index, np.array([0, 1]))

    assert found.season_silent.tolist() == [10, 2.5]
    assert found.season_total.tolist() == [14, 11]


def test_what_comes_later_changes_nothing() -> None:
    rows, days = np.array([0, 0, 0, 0]), np.array([AS_OF - 90, AS_OF - 60, AS_OF - 30, AS_OF])
    before = gaps(rows[:3], days[:3], AS_OF, FLAT[:, None], np.zeros(1, np.int64))
    after = gaps(rows, days, AS_OF, FLAT[:, None], np.zeros(1, np.int64))
    assert all(getattr(before, name) == getattr(after, name) for name in Gaps.__slots__)


@given(
    st.floats(0.3, 9), st.floats(1, 300), st.integers(2, 30), st.floats(1, 900), st.floats(0, 400)
)
def test_the_tail_is_the_incomplete_beta_function(
    shape: float, rate: float, count: int, total: float, lasts: float
) -> None:
    numbers = [np.array([float(count)]), np.array([total])]
    some = Gaps(numbers[0], numbers[1], numbers[1], numbers[1], numbers[1], numbers[1])
    tail = _lasting(some, [Gamma(shape, rate)] * len(SHAPES), np.array([lasts]))[:, 0]
    kept = (rate + total) / (rate + total + lasts)
    expected = [betainc(shape + r * count, r, kept) for r in SHAPES]
    assert tail == pytest.approx(expected, rel=1e-9, abs=1e-12)


def a_company(seed: int = 1, customers: int = 200) -> Gaps:
    """Some buy at random, some at nearly equal intervals, with means of 15 to 60 days."""
    rng = np.random.default_rng(seed)
    backs = []
    for n in range(customers):
        shape = 1.0 if n % 2 else 20.0
        mean = rng.uniform(15, 60)
        long = np.maximum(rng.gamma(shape, mean / shape, 40).astype(int), 1)
        at = int(rng.uniform(0, mean)) + np.cumsum(long)
        backs.append([int(back) for back in at if back < LOOKED_BACK])
    return own(*backs)


def test_shapes_and_rates_are_learnt_from_the_company() -> None:
    rhythms = learn(a_company())

    assert sum(rhythms.shares) == pytest.approx(1)
    assert rhythms.shares[0] > 0.25  # who buys at random
    assert rhythms.shares[3] > 0.25  # who buys regularly
    assert 25 < rhythms.typical < 45
    assert Rhythms.from_dict(rhythms.to_dict()) == rhythms


def test_the_longer_the_silence_the_higher_the_score() -> None:
    rhythms = learn(a_company())
    found = silence(own(*(every(30, silent=days) for days in (5, 25, 45, 70, 100))), rhythms)

    assert (np.diff(found.score) > 0).all()
    assert (np.diff(found.chance) < 0).all()
    assert found.once_in[0] < 2
    assert found.once_in[-1] > 30


def test_a_regular_buyer_is_missed_sooner_than_an_irregular_one() -> None:
    rhythms = learn(a_company())
    regular = every(30, silent=60, times=8)
    irregular = [60, 63, 131, 139, 182, 252, 255, 270]
    assert abs(np.mean(np.diff(regular)) - np.mean(np.diff(irregular))) < 1
    found = silence(own(regular, irregular), rhythms)

    assert found.score[0] > found.score[1] + 0.5
    assert found.once_in[0] > 3 * found.once_in[1]


def test_the_same_silence_says_less_of_somebody_with_longer_gaps() -> None:
    rhythms = learn(a_company())
    found = silence(own(every(14, silent=50), every(50, silent=50)), rhythms)
    assert found.score[0] > found.score[1] + 1


def test_who_is_hardly_known_is_drawn_to_the_typical_buyer() -> None:
    rhythms = replace(EQUAL, typical=40.0)
    found = usual(own([1, 2, 3], every(10, silent=1, times=30)), rhythms)
    assert found[0] == pytest.approx((2 + 80) / 4)
    assert found[1] == pytest.approx(10, rel=0.2)


def test_two_gaps_and_eight_weeks_are_needed_and_a_silence_can_be_over() -> None:
    rhythms = replace(EQUAL, typical=30.0)
    found = occasional(
        own(
            [10, 40],
            [10, 40, 70],
            [1, 20, 50],
            every(14, silent=83),
            every(14, silent=85),
            every(60, silent=120),
        ),
        rhythms,
    )
    assert found.tolist() == [False, True, False, True, False, True]


def test_a_company_without_customers_is_judged_by_what_is_ordinary() -> None:
    assert learn(own()) == EQUAL
    assert len(silence(own(), EQUAL).score) == 0
