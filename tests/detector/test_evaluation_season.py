"""Seasons of segments and regions, holidays, yearly closures and chances, in a real database."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple
from typing import Any

import pytest
from sqlalchemy import select, update

from services.cli.explain import print_standing
from services.detector.content import picture_of
from services.detector.customer import Judgement, judge_one
from services.detector.reporting import Report
from services.detector.shown import standing_of
from shared.domain.histogram import Histogram
from shared.domain.week import DAYS
from shared.storage import evaluations, standings
from shared.storage.evaluations import EvaluationRow
from shared.storage.tables import customer
from tests.detector.portfolios import CALENDAR, House, Trade, had_alert, rows_of, steady
from tests.postgres.kinds import every_database

pytestmark = every_database

SHOPS = [f"shop {n}" for n in range(30)]
LEAVERS = [f"leaver {n}" for n in range(7)]
SCHOOLS = [f"school {n}" for n in range(10)]


def name_segments(house: House, segments: Mapping[str, Iterable[str]], region: str | None) -> None:
    with house.database.write() as connection:
        for segment, names in segments.items():
            these = customer.c.id.in_(names)
            named = update(customer).where(these).values(segment=segment, region=region)
            connection.execute(named)


def evaluate(house: House, **settings: Any) -> tuple[Report, EvaluationRow]:
    report = house.evaluator(**settings).run(house.as_of, live=True)
    with house.database.read() as connection:
        return report, evaluations.read(connection, report["id"])


def stored_weeks(house: House) -> list[Histogram]:
    """What is kept of the last week's scores."""
    with house.database.read() as connection:
        found = evaluations.read_histograms(connection, house.as_of - DAYS, house.as_of)
    return list(found.values())


def alone(house: House, row: EvaluationRow, name: str, **settings: Any) -> Judgement:
    """The judgement of one customer, which is that of the evaluation."""
    with house.database.read() as connection:
        number = connection.scalar(select(customer.c.number).where(customer.c.id == name))
        assert number is not None
        found = judge_one(connection, number, row, house.settings(**settings), CALENDAR)
        stored = standings.read(connection, row.id, number)
    assert stored is not None
    for one, other in zip(astuple(found.standing), astuple(stored), strict=True):
        assert one == (pytest.approx(other, abs=1e-9) if isinstance(other, float) else other)
    return found


def verdicts(house: House, report: Report, names: Iterable[str]) -> list[str]:
    rows = rows_of(house, report["id"])
    return [rows[name]["verdict"] for name in names]


def town(house: House) -> None:
    """Shops, of which some left in the last weeks, and schools that closed five weeks ago."""
    house.populate([*SHOPS, *SCHOOLS], leavers=SCHOOLS, gone=5)
    for weeks, name in enumerate(LEAVERS, start=2):
        house.populate([name], leavers=[name], gone=weeks)
    join(house, house.as_of)


def join(house: House, end: int) -> None:
    """Somebody new: where nobody joins there is no season."""
    house.add("newcomer", steady("newcomer", end - 30, end))


@pytest.mark.parametrize("region", [None, "south"])
def test_schools_that_are_closed_alarm_nobody(house: House, region: str | None) -> None:
    town(house)
    name_segments(house, {"school": SCHOOLS, "shop": [*SHOPS, *LEAVERS]}, region)
    report, row = evaluate(house)
    assert verdicts(house, report, SCHOOLS) == ["steady"] * len(SCHOOLS)
    assert verdicts(house, report, LEAVERS[4:]) == ["alert"] * 3
    assert row.threshold is not None
    closed = [one for one in map(rows_of(house, report["id"]).get, SCHOOLS) if one is not None]
    above = [one["confirmed"] for one in closed if one["score"] >= row.threshold]
    assert len(above) >= 4
    assert max(above) < row.threshold
    assert all(one["confirmed"] is None for one in closed if one["score"] < row.threshold)
    (school,) = [
        one
        for one in report["portfolio"]["sectors"]
        if (one["segment"], one["region"]) == ("school", region)
    ]
    assert max(school["season"][-5:]) < 0.2 < 0.8 < school["season"][-6]
    (week,) = stored_weeks(house)
    assert sum(week.bins.values()) == 2 * week.judged  # the floor is taken from both scores
    found = alone(house, row, "school 3")
    assert found.window is not None
    assert found.window.once_in <= 5
    alone(house, row, LEAVERS[3])


def test_a_living_alert_ends_where_the_own_season_explains_it(house: House) -> None:
    """A school that closes with the others is called no longer; a shop as silent still is."""
    town(house)
    house.populate(["silent"], leavers=["silent"], gone=5)
    numbers = {}
    with house.database.read() as connection:
        for name in ("school 9", "silent"):
            found = select(customer.c.number).where(customer.c.id == name)
            numbers[name] = connection.execute(found).scalar_one()
    for number in numbers.values():
        had_alert(house, number, "open", 3)
    name_segments(house, {"school": SCHOOLS, "shop": [*SHOPS, *LEAVERS, "silent"]}, None)
    report, row = evaluate(house)
    assert verdicts(house, report, ["school 9", "silent"]) == ["steady", "alert"]
    stored = rows_of(house, report["id"])["school 9"]
    assert row.closing is not None
    assert stored["confirmed"] < row.closing < stored["score"]
    assert alone(house, row, "school 9").recovered
    assert not alone(house, row, "silent").recovered


def test_why_tells_what_the_own_season_leaves_of_a_score(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    town(house)
    name_segments(house, {"school": SCHOOLS, "shop": [*SHOPS, *LEAVERS]}, None)
    report, row = evaluate(house)
    rows = rows_of(house, report["id"])
    name = next(one for one in SCHOOLS if rows[one]["confirmed"] is not None)
    with house.database.read() as connection:
        number = connection.scalar(select(customer.c.number).where(customer.c.id == name))
        assert number is not None
        stood = standing_of(connection, row, number)
    assert stood is not None
    assert stood.confirmed == rows[name]["confirmed"]
    print_standing("standing", stood)
    told = f"in the season of the own segment and region only {stood.confirmed:.2f}"
    assert told in capsys.readouterr().out


def test_without_segments_the_same_schools_do_alarm(house: House) -> None:
    town(house)
    report, row = evaluate(house)
    assert verdicts(house, report, SCHOOLS).count("steady") <= 5
    assert report["portfolio"]["sectors"] == []
    (week,) = stored_weeks(house)
    assert sum(week.bins.values()) == week.judged
    found = alone(house, row, "school 3")
    assert found.window is not None
    assert found.window.once_in >= 50


def closing(name: str, begin: int, end: int) -> list[Trade]:
    """Three purchases a week, but in five weeks a year ago and in the last four."""
    shut = {*range(end - 56 * DAYS, end - 51 * DAYS), *range(end - 4 * DAYS, end)}
    return [one for one in steady(name, begin, end, a_week=3.0) if one.day not in shut]


@pytest.mark.parametrize(("country", "verdict"), [("ES", "steady"), ("", "alert")])
def test_who_closed_a_year_ago_is_expected_to_close_again(
    house: House, country: str, verdict: str
) -> None:
    house.populate([*SHOPS, "leaver"], weeks=110, leavers=["leaver"], gone=4)
    begin, end = house.as_of - 110 * DAYS, house.as_of
    house.add("closer", closing("closer", begin, end))
    report, row = evaluate(house, country=country)
    assert verdicts(house, report, ["closer", "leaver"]) == [verdict, "alert"]
    found = alone(house, row, "closer", country=country)
    assert found.taken is not None
    assert found.taken.weekly is not None
    assert len(found.taken.weekly.days) == (104 if country else 52)
    alone(house, row, "shop 4", country=country)
    alone(house, row, "leaver", country=country)


def test_the_weeks_of_new_year_and_epiphany_count_for_less(house: House) -> None:
    """The week before Monday 2026-01-12, which a company this small could take for a fall."""
    january = house.as_of - 7 * DAYS
    for name in SHOPS[:6]:
        days = steady(name, january - 40 * DAYS, january - 2 * DAYS, a_week=4.0)
        house.add(name, days)
    join(house, january - 2 * DAYS)
    season = {}
    for country in ("", "ES"):
        report = house.evaluator(country=country).run(january, live=False)
        season[country] = report["portfolio"]["season"]
    assert min(season[""][-2:]) > 0.5
    assert max(season["ES"][-2:]) < 0.3
    assert season["ES"][:10] == season[""][:10]


def wavering(name: str, begin: int, end: int) -> list[Trade]:
    """Eight good weeks and eight bad ones in turn, each customer in its own turn."""
    shift = int(name.rsplit(maxsplit=1)[-1])
    return [
        one
        for one in steady(name, begin, end, a_week=3.0)
        if ((one.day - begin) // DAYS + shift) % 16 < 8 or one.day % 5 == 0
    ]


def test_a_chance_is_told_once_customers_have_told_what_scores_stand_for(house: House) -> None:
    begin, end = house.as_of - 60 * DAYS, house.as_of
    for n in range(36):
        house.add(f"customer {n}", wavering(f"customer {n}", begin, end))
    house.add("leaver", steady("leaver", begin, end - 28, a_week=3.0))
    report, row = evaluate(house)
    assert row.calibration is not None
    assert row.calibration == report["calibration"]
    assert row.calibration["labels"] >= 200
    found = alone(house, row, "leaver")
    assert found.probability is not None
    assert 0.3 < found.probability < 1
    (item,) = [each for each in picture_of(found, told=False) if each["kind"] == "probability"]
    assert item == {"kind": "probability", "probability": found.probability, "weeks": 8}


def test_too_few_customers_tell_no_chance(house: House) -> None:
    house.populate([*SHOPS, "leaver"], leavers=["leaver"])
    report, row = evaluate(house)
    assert report["calibration"] is None
    found = alone(house, row, "leaver")
    assert found.probability is None
    assert "probability" not in {each["kind"] for each in picture_of(found, told=False)}
