"""Common causes: a group that falls together, and never everybody, single ones, or chance."""

from typing import Any

import numpy as np
import pytest

from shared.domain.cause import Cause, Group, Limits, Members
from shared.domain.causes import find

LIMITS = Limits(customers=10, drop=0.3)
REGIONS, REPS = 4, 8
NORTH = Group("region", "region-1")
WEEKS = 34


def world(
    seed: int = 1,
    *,
    customers: int = 240,
    season: Any = 1.0,
    fall: dict[Group, tuple[int, float]] | None = None,
    leavers: dict[int, int] | None = None,
    swing: float = 0.0,
) -> Members:
    """Customers in four regions of two reps each, who buy about once a week.

    fall: group -> (weeks ago, what is left). leavers: customer -> weeks since they stopped.
    swing: how much each region's weeks go up and down together.
    """
    rng = np.random.default_rng(seed)
    region = np.arange(customers) % REGIONS
    rep = region * (REPS // REGIONS) + rng.integers(0, REPS // REGIONS, customers)
    labels = {"region": region, "rep": rep}
    names = {
        "region": [f"region-{n}" for n in range(REGIONS)],
        "rep": [f"rep-{n}" for n in range(REPS)],
    }
    rate = (
        rng.gamma(3, 0.4, customers)
        * np.ones((WEEKS, 1))
        * np.broadcast_to(np.reshape(season, (-1, 1)), (WEEKS, 1))
    )
    rate = rate * np.exp(rng.normal(0, swing, (WEEKS, REGIONS)))[:, region]
    for group, (weeks, left) in (fall or {}).items():
        rate[-weeks:, labels[group.kind] == names[group.kind].index(group.name)] *= left
    for customer, weeks in (leavers or {}).items():
        rate[-weeks:, customer] = 0
    counts = np.minimum(rng.poisson(rate), 7).astype(float)
    return Members(counts, np.ones_like(counts), np.full(customers, 100.0), labels, names)


def season_of(members: Members) -> np.ndarray:
    index: np.ndarray = (members.counts.sum(axis=1) + 30) / (members.counts.mean(axis=0).sum() + 30)
    return index


def causes(members: Members, limits: Limits = LIMITS, **living: int) -> list[Cause]:
    known = {Group("region", name.replace("_", "-")): weeks for name, weeks in living.items()}
    return find(members, season_of(members), limits, known)


def groups(found: list[Cause]) -> list[Group]:
    return [cause.group for cause in found]


@pytest.mark.parametrize("seed", range(5))
def test_a_region_that_falls_together_is_found(seed: int) -> None:
    (found,) = causes(world(seed, fall={NORTH: (2, 0.3)}))

    assert (found.group, found.members) == (NORTH, 60)
    assert 1 <= found.weeks <= 4
    assert found.ratio == pytest.approx(0.3, abs=0.15)
    assert found.customers >= 40
    assert np.mean(found.expected[-2:]) == pytest.approx(0.3, abs=0.15)
    assert found.worth == 6000


@pytest.mark.parametrize("seed", range(5))
def test_the_group_that_fell_is_told_from_those_around_and_inside_it(seed: int) -> None:
    rep = Group("rep", "rep-5")
    assert groups(causes(world(seed, fall={rep: (3, 0.1)}))) == [rep]
    assert groups(causes(world(seed, fall={NORTH: (3, 0.1)}))) == [NORTH]


def test_two_causes_are_two() -> None:
    rep = Group("rep", "rep-6")
    found = causes(world(fall={NORTH: (3, 0.2), rep: (3, 0.2)}))
    assert set(groups(found)) == {NORTH, rep}


def test_chance_makes_no_causes() -> None:
    found = [cause for seed in range(60) for cause in causes(world(seed))]
    assert len(found) <= 3  # about one a year of fifty-two weeks is stated


@pytest.mark.parametrize(
    "season",
    [
        np.r_[np.ones(32), 0.3, 0.1],  # Christmas
        np.r_[np.ones(30), [0.35] * 4],  # August
        1 + 0.6 * np.sin(np.arange(WEEKS) / 5),
    ],
)
def test_a_season_of_all_is_nobodys_cause(season: np.ndarray) -> None:
    found = [cause for seed in range(25) for cause in causes(world(seed, season=season))]
    assert len(found) <= 1


def test_a_region_that_swings_needs_to_fall_deeper() -> None:
    calm = [bool(causes(world(n, fall={NORTH: (2, 0.45)}))) for n in range(12)]
    wild = [bool(causes(world(n, fall={NORTH: (2, 0.45)}, swing=0.5))) for n in range(12)]
    assert sum(calm) >= 10
    assert sum(wild) <= 4


def test_a_few_who_leave_are_no_cause_of_the_many() -> None:
    members = world(3)
    heavy = np.argsort(-members.counts.sum(axis=0) * (members.labels["region"] == 1))[:18]
    found = causes(world(3, leavers={int(n): 3 for n in heavy}))
    assert NORTH not in groups(found)


def test_small_groups_and_small_falls_are_left_alone() -> None:
    deep = world(fall={NORTH: (3, 0.2)})
    assert groups(causes(deep)) == [NORTH]
    assert causes(deep, Limits(customers=61, drop=0.3)) == []
    assert causes(deep, Limits(customers=10, drop=0.9)) == []


def test_a_slow_decline_is_a_season_of_its_own() -> None:
    """Ice cream after the summer: it falls by little each week, never at once."""
    found = []
    for seed in range(12):
        members = world(seed, customers=400)
        rng = np.random.default_rng(seed)
        autumn = 0.65 + 0.35 * np.cos(np.linspace(0, np.pi, 20))
        kept = np.r_[np.ones(4 + seed), autumn, np.full(10, autumn[-1])][:WEEKS, None]
        mine = members.labels["region"] == 1
        members.counts[:, mine] = rng.binomial(members.counts[:, mine].astype(int), kept)
        found += causes(members)
    assert len(found) <= 2


def test_a_known_cause_lasts_until_the_group_is_back() -> None:
    lasting = world(4, fall={NORTH: (9, 0.4)})
    assert causes(lasting) == []  # no fall of the last weeks
    (found,) = causes(lasting, region_1=9)
    assert (found.group, found.weeks) == (NORTH, 9)
    assert found.ratio == pytest.approx(0.4, abs=0.1)
    assert causes(lasting, region_1=13) == []  # by now that is usual
    assert causes(world(4), region_1=9) == []


def test_young_customers_have_no_say() -> None:
    members = world(5, fall={NORTH: (2, 0.3)})
    members.chances[:18] = 0.0
    members.counts[:18] = 0.0
    assert causes(members) == []


def test_nobody_is_no_cause() -> None:
    none = world(1).take(np.zeros(240, bool))
    assert find(none, np.ones(WEEKS), LIMITS, {}) == []
    assert (
        find(Members(none.counts, none.chances, none.worth, {}, {}), np.ones(WEEKS), LIMITS, {})
        == []
    )
