"""Parts of a portfolio with seasons of their own."""

from dataclasses import replace

import numpy as np
import pytest

from shared.domain.day_seasons import day_seasons
from shared.domain.portfolio import Portfolio
from shared.domain.score import confirmed, drops, portfolio, score
from shared.domain.sector import ANY, MOST_SECTORS, Seasons, Sector, SectorSeason, sectors
from shared.domain.weeks import Weeks
from tests.domain.builders_score import judged_weeks
from tests.domain.builders_season import MONDAYS, openings, town, walk

START = 60
SUMMER = np.array([monday.month in (7, 8) for monday in MONDAYS])


def without_sectors(weeks: Weeks) -> Weeks:
    return Weeks(weeks.spend, weeks.days, weeks.first)


@pytest.mark.parametrize(("seed", "closed"), [(0, False), (2, False), (1, True)])
def test_the_closure_of_schools_alarms_nobody(seed: int, closed: bool) -> None:
    """Also where nobody joins, so that a falling total is no season."""
    weeks, kind = town(seed, schools=15, hotels=10, shops=100, leavers=25)
    found, alarms, every = {}, {}, {}
    for name, trade in {"on": weeks, "off": without_sectors(weeks)}.items():
        opened = openings(*walk(trade, START, closed=closed)[:2], START)
        alarms[name] = opened[kind == "school"][:, SUMMER].sum()
        found[name] = opened[kind == "leaver"].any(axis=1).sum()
        every[name] = opened.sum()
    assert alarms["on"] <= 1
    assert alarms["off"] >= 20
    assert found["on"] >= found["off"] - 1 >= 20
    assert every["on"] < 0.8 * every["off"]


def test_hotels_fill_in_summer_while_schools_are_closed() -> None:
    weeks, _ = town(3, schools=15, hotels=10, shops=60, leavers=0)
    august = next(week for week, monday in enumerate(MONDAYS) if monday.isoformat() > "2025-08-05")
    numbers = walk(weeks.take(slice(None)), august - 1)[2][0]
    index = {season.sector.segment: season.days[-1] for season in numbers.sectors}
    assert index["school"] == 0.05
    assert index["hotel"] > 1.2
    assert index["shop"] == pytest.approx(1.0, abs=0.2)
    assert 0.6 < numbers.season_days[-1] < 1.0


def named_weeks() -> tuple[Weeks, Portfolio]:
    """Customers of two segments and two regions, in all ways in which they may be known."""
    weeks = judged_weeks(31, customers=120)
    pairs = [("a", "north"), ("a", "south"), ("b", None), (None, "south"), (None, None)]
    named = sectors(pairs[row % 5] for row in range(len(weeks)))
    weeks = Weeks(weeks.spend, weeks.days, weeks.first, named)
    return weeks, portfolio(weeks, closed_cohort=False)


def test_a_score_counts_as_far_as_the_season_of_the_own_sector_confirms_it() -> None:
    """As if the whole portfolio had that season; and what is told is told by it."""
    weeks, numbers = named_weeks()
    assert {one.sector for one in numbers.sectors} == {
        ("a", None),
        ("b", None),
        (None, "south"),
        ("a", "north"),
        ("a", "south"),
    }
    scores, told = score(weeks, numbers, ()), drops(weeks, numbers)
    sure, moved = confirmed(weeks, numbers, (), scores.score), 0
    assert weeks.sectors is not None
    whole = SectorSeason(ANY, numbers.season_days, numbers.season_spend)
    for season in (whole, *numbers.sectors):
        rows = np.flatnonzero([one == season.sector for one in weeks.sectors])
        alike = replace(numbers, season_days=season.days, season_spend=season.spend, sectors=())
        own = without_sectors(weeks).take(rows)
        by_own = score(own, alike, ()).raw
        np.testing.assert_allclose(sure[rows], np.minimum(scores.score[rows], by_own), 1e-12)
        moved += (sure[rows] < scores.score[rows]).sum()
        np.testing.assert_allclose(scores.now[rows], score(own, alike, ()).now, 1e-12)
        np.testing.assert_allclose(told.expected[rows], drops(own, alike).expected, 1e-12)
    assert 20 < moved < 80


def test_the_score_itself_and_its_order_know_no_segments() -> None:
    weeks, numbers = named_weeks()
    plain = without_sectors(weeks)
    alone = portfolio(plain, closed_cohort=False)
    np.testing.assert_array_equal(
        score(weeks, numbers, (0.1,)).score, score(plain, alone, (0.1,)).score
    )
    assert numbers.mean_raw == alone.mean_raw


def test_only_of_who_is_asked_a_score_is_confirmed() -> None:
    weeks, numbers = named_weeks()
    scores = score(weeks, numbers, ()).score
    asked = np.arange(len(weeks)) % 2 == 0
    sure = confirmed(weeks, numbers, (), scores, asked)
    np.testing.assert_array_equal(sure[~asked], scores[~asked])
    np.testing.assert_allclose(sure[asked], confirmed(weeks, numbers, (), scores)[asked], 1e-12)


def test_an_unknown_region_follows_its_segment_and_an_unknown_segment_the_portfolio() -> None:
    flat = (1.0,) * 34
    seasons = Seasons(
        [SectorSeason(each, flat, flat) for each in (ANY, Sector("a", None), Sector("a", "north"))]
    )
    columns = {("a", "north"): 2, ("a", "east"): 1, ("a", None): 1, ("b", "north"): 0}
    assert {pair: seasons.column(Sector(*pair)) for pair in columns} == columns


def test_one_customer_alone_has_no_season() -> None:
    """Who stops must not be excused by the own silence: the pull is all there is."""
    weeks = judged_weeks(32, customers=80, oldest=50, ordinary=True)
    weeks.days[0, 8:40] = 3.0
    weeks.spend[0, 8:40] = 90.0
    weeks.days[0, 40:] = weeks.spend[0, 40:] = 0.0
    weeks = Weeks(weeks.spend, weeks.days, weeks.first, sectors([("a", None)] + [ANY] * 79))
    numbers = portfolio(weeks.take(slice(0, len(weeks))), closed_cohort=False)
    (own,) = numbers.sectors
    mean = weeks.days[0, -34:].mean()
    expected = 30 * np.array(numbers.season_days)[-12:] / (mean + 30)
    np.testing.assert_allclose(own.days[-12:], expected, 1e-9)


def test_sectors_that_differ_by_chance_alone_change_little() -> None:
    weeks = judged_weeks(33, customers=400)
    rng = np.random.default_rng(0)
    named = sectors((f"s{n}", None) for n in rng.integers(0, 20, len(weeks)))
    plain = portfolio(weeks, closed_cohort=False)
    parted = Weeks(weeks.spend, weeks.days, weeks.first, named)
    numbers = portfolio(parted, closed_cohort=False)
    ratio = np.array([one.days for one in numbers.sectors]) / np.array(plain.season_days)
    assert np.abs(ratio - 1).mean() < 0.12
    scores = score(weeks, plain, ()).score
    difference = confirmed(parted, numbers, (), scores) - scores
    assert 0 < np.abs(difference).mean() < 0.1


def test_no_known_segment_is_as_if_there_were_none() -> None:
    weeks = judged_weeks(34)
    parted = Weeks(weeks.spend, weeks.days, weeks.first, sectors([ANY] * len(weeks)))
    assert portfolio(parted, closed_cohort=False) == portfolio(weeks, closed_cohort=False)


def test_what_all_do_where_nobody_joins_is_the_season_of_no_segment() -> None:
    """A falling total is customers who leave; what sets a segment apart is its season."""
    weeks = judged_weeks(35, customers=200)
    spend, days = weeks.spend.copy(), weeks.days.copy()
    spend[:, -6:] *= 0.3
    days[:, -6:] *= 0.3
    spend[:50, -6:] = days[:50, -6:] = 0.0
    fallen = Weeks(spend, days, weeks.first)
    named = sectors(("school" if row < 50 else "shop", None) for row in range(len(weeks)))
    parted = Weeks(spend, days, weeks.first, named)
    open_, closed = (portfolio(parted, closed_cohort=each) for each in (False, True))
    index = {one.sector.segment: np.mean(one.days[-6:]) for one in closed.sectors}
    assert set(closed.season_days) == {1.0}
    assert np.mean(open_.season_days[-6:]) < 0.4
    assert index["school"] < 0.4
    assert index["shop"] > 0.9
    by_days = day_seasons(parted, closed_cohort=True, holidays=None)
    assert set(by_days[0].days) == {1.0}
    assert [each[:2] for each in by_days[1:]] == [each[:2] for each in closed.sectors]
    plain = portfolio(fallen, closed_cohort=True)
    np.testing.assert_array_equal(score(parted, closed, ()).score, score(fallen, plain, ()).score)


def test_the_hundred_largest_sectors_have_their_own_season() -> None:
    weeks = judged_weeks(36, customers=MOST_SECTORS + 80)
    sizes = [("large", None)] * 20 + [(f"s{n:03}", None) for n in range(len(weeks) - 20)]
    parted = Weeks(weeks.spend, weeks.days, weeks.first, sectors(sizes))
    known = [one.sector.segment for one in portfolio(parted, closed_cohort=False).sectors]
    assert len(known) == MOST_SECTORS
    assert known[0] == "large"
    assert np.isfinite(score(parted, portfolio(parted, closed_cohort=False), ()).raw).all()


def test_a_portfolio_of_an_earlier_version_is_read() -> None:
    numbers = portfolio(judged_weeks(37), closed_cohort=False)
    stored = numbers.to_dict()
    del stored["sectors"], stored["closures"]
    assert Portfolio.from_dict(stored) == numbers
