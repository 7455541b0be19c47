"""A calculation is kept to the last digit, and tells what has changed."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import defection, gaps
from shared.domain.calculation import Calculation, Learnt, calculate
from shared.domain.likelihood import Weights
from shared.domain.portfolio import Portfolio
from shared.domain.recount import NO_CHANGES, Recount, changes
from shared.domain.score import portfolio, score
from shared.domain.season import flat_season
from shared.domain.sector import ANY, Sector, SectorSeason, sectors
from shared.domain.taken import PurchaseDays, Shelf, Taken, Weekly
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


def shelf(seed: int, *, left: int = 0) -> Shelf:
    """Coffee on most of the days on which somebody buys, but on none of the last weeks."""
    rng = np.random.default_rng(seed)
    visits = rng.poisson(2.5, 26).astype(float)
    days = rng.binomial(visits.astype(int), 0.7).astype(float)
    days[26 - left :] = 0
    return Shelf("coffee", tuple(days.tolist()), tuple(visits.tolist()))


def learnt() -> Learnt:
    """What forty customers teach, thirty who buy now and then, and as many lovers of coffee."""
    rng = np.random.default_rng(3)
    own = [PurchaseDays(ago(rng)).gaps(SEASONS) for _ in range(30)]
    each = [np.concatenate([getattr(one, name) for one in own]) for name in gaps.Gaps.__slots__]
    shelves = [shelf(n).baskets() for n in range(30)]
    whose, nothing = np.arange(30), np.zeros(30, np.int64)
    visits, days = (np.concatenate([getattr(one, name) for one in shelves], axis=1)
                    for name in ("visits", "days"))  # fmt: skip
    tastes = defection.learn(defection.Baskets(visits, whose, nothing, ["coffee"], days))
    return Learnt(PORTFOLIO, (1.0, 2.0), gaps.learn(gaps.Gaps(*each)), SEASONS, tastes)


def ago(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(sorted({int(day) for day in rng.integers(1, 360, 12)}, reverse=True))


SEASONS = (SectorSeason(ANY, tuple(flat_season().tolist()), tuple(flat_season().tolist())),)
WEEKS, PORTFOLIO = company()
LEARNT = learnt()


def made(row: int) -> Calculation:
    taken = Taken(Weekly.of(WEEKS.take(np.array([row]))))
    return calculate(1, taken, [COMPLAINT], DAY, WEIGHTS, LEARNT)


def kept(one: Calculation) -> Calculation:
    return Calculation.from_dict(json.loads(json.dumps(one.to_dict())))


@given(st.integers(0, 39))
def test_what_was_kept_as_json_leads_to_the_same_score_again(row: int) -> None:
    assert kept(made(row)) == made(row)
    again = kept(made(row)).again(LEARNT)
    assert again == made(row).steps
    alone = float(score(WEEKS, PORTFOLIO, (1.0, 2.0)).score[row])
    assert again.score == pytest.approx(alone + 1.2 * 0.5 ** (2 / 30))


@given(st.integers(0, 9))
def test_own_gaps_are_kept_and_say_the_same_again(seed: int) -> None:
    taken = Taken(purchases=PurchaseDays(ago(np.random.default_rng(seed))))
    one = calculate(1, taken, [COMPLAINT], DAY, WEIGHTS, LEARNT)
    assert kept(one) == one
    assert kept(one).again(LEARNT) == one.steps
    parts = one.steps.parts
    now, later = (parts["gone"] + (1 - parts["gone"]) * parts[name] for name in ("chance", "ahead"))
    assert one.steps.raw == pytest.approx(np.log(later / (now - later)))
    assert one.steps.score == pytest.approx(one.steps.raw + 1.2 * 0.5 ** (2 / 30))


def test_the_season_of_the_own_segment_only_confirms_a_silence() -> None:
    half = tuple([1.0] * 26 + [0.5] * 8)
    school = ("school", None)
    parted = replace(LEARNT, seasons=(*SEASONS, SectorSeason(Sector(*school), half, half)))
    bought = PurchaseDays((230, 200, 170, 140, 110, 80), school)
    one = calculate(1, Taken(purchases=bought), [COMPLAINT], DAY, WEIGHTS, parted)
    plain = calculate(1, Taken(purchases=bought), [COMPLAINT], DAY, WEIGHTS, LEARNT)
    assert kept(one).again(parted) == one.steps
    assert one.steps == replace(plain.steps, confirmed=one.steps.confirmed)
    assert one.steps.confirmed is not None
    own = bought.gaps((parted.seasons[1]._replace(sector=ANY),))
    assert LEARNT.rhythms is not None
    said = float(gaps.silence(own, LEARNT.rhythms).score[0])
    assert said < plain.steps.raw - 0.5
    assert one.steps.confirmed == pytest.approx(said + sum(one.steps.added))
    busy = SectorSeason(Sector(*school), *[tuple([1.0] * 26 + [1.5] * 8)] * 2)
    higher = replace(LEARNT, seasons=(*SEASONS, busy))
    assert calculate(1, Taken(purchases=bought), [COMPLAINT], DAY, WEIGHTS, higher) == plain


def test_the_category_that_was_left_is_kept_with_what_shows_it() -> None:
    taken = replace(made(1).taken, shelves=(shelf(40, left=9),))
    one = calculate(1, taken, [COMPLAINT], DAY, WEIGHTS, LEARNT)
    assert kept(one) == one
    assert kept(one).again(LEARNT) == one.steps
    assert one.steps.left["coffee"] > 1.1
    stays = calculate(1, replace(taken, shelves=(shelf(40),)), (), DAY, WEIGHTS, LEARNT)
    assert stays.steps.left["coffee"] < 0
    assert not one.steps.equals(replace(one.steps, left={"coffee": 1.0}))
    assert changes(one, stays).shelves == ("coffee",)


def test_what_an_earlier_version_kept_can_still_be_read() -> None:
    one = made(2)
    stored = one.to_dict()
    stored["weekly"] = stored.pop("taken")["weekly"]
    del stored["steps"]["left"]
    assert Calculation.from_dict(json.loads(json.dumps(stored))) == one


def test_a_sector_is_kept_with_the_weeks() -> None:
    one = made(0)
    assert one.taken.weekly is not None
    assert one.taken.weekly.sector == ("bar", None)
    weekly = replace(one.taken.weekly, sector=("hotel", None))
    other = replace(one, taken=Taken(weekly))
    assert changes(one, other) == replace(NO_CHANGES, sector=True)


def test_every_difference_is_named() -> None:
    then = made(3)
    before = then.taken.weekly
    assert before is not None
    weekly = replace(before, spend=(*before.spend[:-3], 9.0, *before.spend[-2:]), first=2)
    now = replace(then, taken=Taken(weekly), evidence=({**COMPLAINT, "resolved": True},))
    found = changes(then, now)
    assert [week.back for week in found.weeks] == [2]
    assert found.weeks[0].spend_now == 9.0
    assert found.first
    assert (len(found.gone), len(found.new)) == (1, 1)


def test_a_purchase_day_that_became_known_or_is_none_any_more_is_named() -> None:
    then = replace(made(3), taken=Taken(purchases=PurchaseDays((200, 90, 40))))
    now = replace(then, taken=Taken(purchases=PurchaseDays((200, 60, 40))))
    assert changes(then, now) == replace(NO_CHANGES, bought=(60,), unbought=(90,))
    assert changes(then, made(3)) == replace(NO_CHANGES, basis=True)


@pytest.mark.parametrize("name", ["raw", "shift", "score"])
def test_any_other_step_is_not_equal(name: str) -> None:
    one = made(5)
    steps = replace(one.steps, **{name: getattr(one.steps, name) + 1e-6})
    assert Recount(one, steps, one).outcome == "method"
    assert Recount(one, one.steps, replace(one, steps=steps)).outcome == "changed"
    assert Recount(one, one.steps, None).outcome == "unscored"
    assert Recount(one, one.steps, one).outcome == "equal"
