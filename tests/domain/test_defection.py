"""Categories that are left: by customers who still buy, and neither in a season nor by chance."""

from typing import Any

import numpy as np
import pytest

from shared.domain.defection import (
    UNKNOWN,
    Baskets,
    Defections,
    Tastes,
    defections,
    learn,
)

LEAST = 1.1  # three to one
NAMES = ["coffee", "tea", "bread", "ice"]
COFFEE = 0


def shop(
    seed: int = 1,
    *,
    customers: int = 120,
    rate: float = 2.5,
    left: dict[int, int] | None = None,
    gone: dict[int, int] | None = None,
    season: dict[int, Any] | None = None,
) -> Baskets:
    """Customers with tastes of their own. left: customer -> weeks since the last coffee. gone:
    customer -> weeks since they stopped to buy. season: category -> what the weeks multiply."""
    rng = np.random.default_rng(seed)
    visits = np.minimum(rng.poisson(rate, (26, customers)), 7)
    for customer, weeks in (gone or {}).items():
        visits[-weeks:, customer] = 0
    share = rng.beta(4, 3, (len(NAMES), customers))
    days = []
    for category in range(len(NAMES)):
        chance = np.repeat(share[category][None, :], 26, axis=0)
        chance = np.clip(chance * np.reshape((season or {}).get(category, 1.0), (-1, 1)), 0, 1)
        if category == COFFEE:
            for customer, weeks in (left or {}).items():
                chance[-weeks:, customer] = 0
        days.append(rng.binomial(visits, chance))
    return Baskets(
        visits.astype(float),
        np.tile(np.arange(customers), len(NAMES)),
        np.repeat(np.arange(len(NAMES)), customers),
        NAMES,
        np.concatenate(days, axis=1).astype(float),
    )


def found(baskets: Baskets, tastes: Tastes | None = None) -> Defections:
    return defections(baskets, learn(baskets) if tastes is None else tastes, LEAST)


def of(seen: Defections) -> set[tuple[int, str]]:
    return {(int(w), NAMES[c]) for w, c in zip(seen.whose, seen.category, strict=True)}


def test_whoever_buys_everything_but_coffee_is_found() -> None:
    left = dict.fromkeys(range(12), 8)
    seen = found(shop(left=left))

    hits = {who for who, what in of(seen) if what == "coffee"} & left.keys()
    assert len(hits) >= 10
    assert len(of(seen)) <= len(hits) + 3  # of 480 pairs
    mine = (seen.category == COFFEE) & np.isin(seen.whose, [*left])
    assert (seen.weeks_since[mine] >= 8).all()
    assert np.median(seen.usual_days[mine]) == pytest.approx(7 / (2.5 * 4 / 7), abs=1.5)
    assert (np.diff(seen.odds) <= 0).all()


def test_who_buys_nothing_at_all_has_left_no_category() -> None:
    everybody = dict.fromkeys(range(12), 6)
    assert not {who for who, _ in of(found(shop(gone=everybody)))} & everybody.keys()


def test_chance_makes_few() -> None:
    assert sum(len(found(shop(seed)).whose) for seed in range(10)) <= 15  # of 4,800 pairs


def test_a_season_of_the_category_is_nobodys_fault() -> None:
    winter = np.r_[np.full(14, 1.3), np.linspace(1.2, 0.05, 6), np.full(6, 0.03)]
    seen = [one for seed in range(5) for one in of(found(shop(seed, season={3: winter})))]
    assert len([what for _, what in seen if what == "ice"]) <= 3
    blind = shop(1, season={3: winter})
    flat = Tastes({}, learn(blind).priors)
    assert len([what for _, what in of(found(blind, flat)) if what == "ice"]) > 30


def test_a_week_without_is_too_soon_and_rare_categories_are_no_habit() -> None:
    soon = dict.fromkeys(range(12), 1)
    assert not {who for who, what in of(found(shop(left=soon))) if what == "coffee"} & soon.keys()
    rare = shop(rate=0.3, left=dict.fromkeys(range(12), 8))
    assert len(rare.usual().whose) < 150
    assert not {who for who, what in of(found(rare)) if what == "coffee"} & set(range(12))


def test_tastes_are_kept_and_unknown_ones_find_nobody() -> None:
    baskets = shop(left={0: 6})
    tastes = learn(baskets)
    assert Tastes.from_dict(tastes.to_dict()) == tastes
    assert len(found(baskets, UNKNOWN).whose) == 0
    nobody = baskets.take(np.zeros(len(baskets.whose), bool))
    assert learn(nobody) == UNKNOWN
    assert len(found(nobody, tastes).whose) == 0


def test_one_customer_alone_is_judged_as_among_all() -> None:
    baskets = shop(left={0: 6})
    tastes = learn(baskets)
    alone = Baskets(
        baskets.visits[:, :1],
        np.zeros(4, np.int64),
        np.arange(4),
        NAMES,
        baskets.days[:, baskets.whose == 0],
    )
    whole, own = found(baskets, tastes), found(alone, tastes)
    assert own.odds.tolist() == whole.odds[whole.whose == 0].tolist()
    assert own.weeks_since.tolist() == whole.weeks_since[whole.whose == 0].tolist()
