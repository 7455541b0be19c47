"""Who is judged at the very borders, and the pieces the score is made of."""

import numpy as np
import pytest
from scipy.special import betainc

from shared.domain.baseline import baseline
from shared.domain.change import change
from shared.domain.outlook import outlook
from shared.domain.panel import last_sums, middle, panel
from shared.domain.portfolio import Portfolio
from shared.domain.prior import Gamma, gamma_prior
from shared.domain.score import portfolio
from shared.domain.sector import ANY, Seasons, SectorSeason
from shared.domain.shape import past_dips
from shared.domain.tail import Tail
from shared.domain.weeks import Weeks, closed_cohort, judged
from shared.domain.worth import worth
from tests.domain.builders_score import judged_weeks


def customer(*active: int, first: int = 0, width: int = 52) -> Weeks:
    """One customer with a purchase day in each of the weeks named by their distance from t."""
    days = np.zeros((1, width))
    days[0, [width - 1 - week for week in active]] = 1.0
    return Weeks(days * 50.0, days, np.array([first]))


def kind(weeks: Weeks) -> str:
    found = judged(weeks)
    names = ("judged", "already_lost", "too_little_history")
    (name,) = [name for name in names if getattr(found, name)[0]]
    return name


@pytest.mark.parametrize(
    ("weeks", "expected"),
    [
        (customer(*range(11, 19)), "judged"),
        (customer(*range(12, 20)), "already_lost"),
        (customer(*range(11, 18)), "too_little_history"),
        (customer(25, *range(5, 12)), "judged"),
        (customer(26, *range(5, 12)), "too_little_history"),
        (customer(*range(5, 13), first=38), "judged"),
        (customer(*range(5, 13), first=39), "too_little_history"),
        (customer(), "already_lost"),
        (customer(first=52), "too_little_history"),
        (customer(*range(5, 13), first=0, width=14), "judged"),
        (customer(*range(5, 12), first=0, width=13), "too_little_history"),
    ],
)
def test_the_borders_of_being_judged(weeks: Weeks, expected: str) -> None:
    assert kind(weeks) == expected


def test_a_day_whose_money_was_all_given_back_is_no_active_week() -> None:
    weeks = customer(*range(5, 13))
    weeks.spend[0, -6] = 0.0
    assert kind(weeks) == "too_little_history"


def test_matrices_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="same customers"):
        Weeks(np.zeros((2, 30)), np.zeros((2, 31)), np.zeros(2, dtype=np.int64))


@pytest.mark.parametrize(
    ("newcomers", "seen", "closed"),
    [(0, 1, True), (1, 1000, False), (1, 1001, True), (0, 0, False)],
)
def test_a_cohort_is_closed_below_one_newcomer_in_a_thousand(
    newcomers: int, seen: int, closed: bool
) -> None:
    assert closed_cohort(newcomers, seen) is closed


def test_a_closed_cohort_has_no_season() -> None:
    weeks = judged_weeks(21, customers=300)
    assert set(portfolio(weeks, closed_cohort=True).season_days) == {1.0}
    assert set(portfolio(weeks, closed_cohort=True).season_spend) == {1.0}


def test_a_season_is_seen_and_forgiven() -> None:
    weeks = judged_weeks(22, customers=2000, youngest=60, oldest=200)
    weeks.days[:, -2:] = 0.0
    weeks.spend[:, -2:] = 0.0
    numbers = portfolio(weeks, closed_cohort=False)
    assert max(numbers.season_days[-2:]) == 0.05 == max(numbers.season_spend[-2:])
    assert numbers.mean_raw < portfolio(weeks, closed_cohort=True).mean_raw - 0.3


def test_a_portfolio_is_json() -> None:
    numbers = portfolio(judged_weeks(23), closed_cohort=False)
    stored = numbers.to_dict()
    assert len(stored["season_days"]) == 34
    assert len(stored["change"]) == len(stored["change_days"]) == 12
    assert Portfolio.from_dict(stored) == numbers


def test_the_week_of_the_first_purchase_is_not_live() -> None:
    weeks = customer(10, 5, first=41)
    laid_out = panel(weeks)
    assert laid_out.live(laid_out.days.copy())[:, 0].nonzero()[0].tolist() == [46]
    flat = Seasons([SectorSeason(ANY, (1.0,) * 34, (1.0,) * 34)])
    value = worth(laid_out, weeks, flat, None)
    assert value.days[:, value.column[0]].sum() == 10


def test_short_histories_are_filled_up_in_front() -> None:
    laid_out = panel(customer(3, first=-4, width=20))
    assert (laid_out.rows, laid_out.begin, laid_out.live_from.tolist()) == (34, 14, [14])
    assert laid_out.age.tolist() == [23.0]
    assert laid_out.known_from.tolist() == [14]


def test_sums_and_middles() -> None:
    values = np.array([[4.0, 0.0, 0.0], [1.0, 3.0, 0.0], [2.0, 0.0, 0.0]])
    assert last_sums(values)[:, 0].tolist() == [0.0, 2.0, 3.0, 7.0]
    median, count = middle(values)
    assert median.tolist() == [2.0, 3.0, 0.0]
    assert count.tolist() == [3, 1, 0]


def test_a_prior_finds_the_rates_that_made_the_counts() -> None:
    rng = np.random.default_rng(5)
    exposures = rng.uniform(5, 30, 100_000)
    counts = rng.poisson(rng.gamma(3.0, 0.5, exposures.shape) * exposures).astype(np.float64)
    prior = gamma_prior(counts, exposures)
    assert prior.shape == pytest.approx(3.0, rel=0.05)
    assert prior.rate == pytest.approx(2.0, rel=0.05)


def test_the_quick_tail_is_near_the_exact_one() -> None:
    shape, need = (grid.ravel() for grid in np.meshgrid([2.0, 5.0, 20.0, 80.0], [1.0, 4.0, 25.0]))
    kept = np.array([[0.2], [0.5], [0.8], [0.95]])
    quick = Tail(shape, need).below(kept, np.zeros(len(shape), dtype=np.int64))
    np.testing.assert_allclose(quick, betainc(shape, need + 0.5, kept), atol=0.01)
    assert (np.diff(quick, axis=0) >= 0).all()


def test_the_quick_tail_is_a_chance_wherever_it_is_asked() -> None:
    rng = np.random.default_rng(6)
    shape, need = 10.0 ** rng.uniform([[-9], [-15]], [[6], [6]], (2, 5000))
    kept = np.concatenate([10.0 ** rng.uniform(-9, -0.01, 50), 1 - 10.0 ** rng.uniform(-9, -1, 50)])
    chance = Tail(shape, need).below(kept[:, None], np.zeros(len(shape), dtype=np.int64))
    assert chance.min() >= 0
    assert chance.max() <= 1


@pytest.mark.parametrize("before_and_since", [(1e4, 0.0), (0.0, 1e4), (1e4, 1e4), (0.0, 0.0)])
def test_overwhelming_counts_stay_in_the_range_of_numbers(
    before_and_since: tuple[float, float],
) -> None:
    before, since = before_and_since
    counts = last_sums(np.array([[before]] * 44 + [[since]] * 8))
    exposures = last_sums(np.ones((52, 1)))
    column, prior = np.zeros(1, dtype=np.int64), Gamma(2.0, 2.0)
    odds = change(counts, exposures, column, [prior] * 12)
    assert (odds > 1000) == (before > since)
    chance = outlook(counts, exposures, column, prior, np.full(1, 4e4))
    assert abs(chance[0]) == pytest.approx(np.log(1e5), abs=1e-3)
    assert (chance > 0) == (before_and_since != (1e4, 1e4))


def test_nobody_bought_in_the_weeks_a_prior_is_made_of() -> None:
    prior = gamma_prior(np.zeros(3), np.ones(3))
    assert prior.shape / prior.rate == pytest.approx(0.001)


def test_a_window_at_exactly_half_is_no_dip() -> None:
    weeks = customer(*range(52), first=-1)
    spend = weeks.days * 33.33
    spend[0, 30:34] = 0.0
    laid_out = panel(Weeks(spend, weeks.days, weeks.first))
    dips, windows = past_dips(laid_out, baseline(laid_out))
    assert (dips[0], windows[0]) == (0, 32)
    spend[0, 29] = 32.0
    laid_out = panel(Weeks(spend, weeks.days, weeks.first))
    assert past_dips(laid_out, baseline(laid_out))[0][0] > 0
