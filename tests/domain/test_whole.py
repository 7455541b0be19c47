"""A fall of everybody: told from the season by the year before, and never without it."""

import numpy as np
import pytest

from shared.domain.cause import Limits, Members
from shared.domain.whole import EVERYBODY, whole

LIMITS = Limits(customers=10, drop=0.2)
WEEKS = 34
CHRISTMAS = np.r_[np.ones(30), 0.9, 0.6, 0.2, 0.3]
AUGUST = np.r_[np.ones(29), [0.35] * 5]
PLAIN = np.ones(WEEKS)


def year(seed: int, season: np.ndarray, *, customers: int = 150, fall: float = 1.0) -> Members:
    """Customers of all rhythms in a season; so much is left in the last three weeks."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(3, 0.5, customers) * season[:, None]
    rate[-3:] *= fall
    counts = np.minimum(rng.poisson(rate), 7).astype(float)
    return Members(counts, np.ones_like(counts), np.full(customers, 80.0), {}, {})


def last(seed: int, season: np.ndarray) -> Members:
    """The year before: its last row is a week earlier in the season than now's is."""
    shifted = np.r_[season[1:], season[-1]]
    return year(seed + 1000, shifted)


@pytest.mark.parametrize("season", [PLAIN, CHRISTMAS, AUGUST])
@pytest.mark.parametrize("seed", range(3))
def test_a_fall_beyond_that_of_the_last_year_is_found(seed: int, season: np.ndarray) -> None:
    found = whole(year(seed, season, fall=0.4), last(seed, season), LIMITS)
    assert found is not None
    assert (found.group, found.members) == (EVERYBODY, 150)
    assert found.ratio == pytest.approx(0.4, abs=0.2)
    assert found.customers >= 100
    assert found.worth == 12_000


@pytest.mark.parametrize("season", [PLAIN, CHRISTMAS, AUGUST])
def test_a_season_that_comes_every_year_is_none(season: np.ndarray) -> None:
    found = [whole(year(seed, season), last(seed, season), LIMITS) for seed in range(40)]
    assert sum(one is not None for one in found) <= 2


def test_without_the_year_before_nothing_is_said() -> None:
    unknown = last(1, PLAIN)
    unknown.chances[:] = 0.0
    unknown.counts[:] = 0.0
    assert whole(year(1, CHRISTMAS, fall=0.3), unknown, LIMITS) is None
