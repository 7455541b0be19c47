"""Who confirmed the cancellation and bought nothing since is lost, and takes nobody's place."""

from datetime import timedelta

import pytest

from services.detector.gone import load_gone
from shared.domain.week import day_date
from tests.detector.portfolios import House, Trade, add_event
from tests.detector.test_evaluation_choice import REGULARS, evaluate, leaver, verdicts
from tests.detector.town import MONDAY, Town
from tests.postgres.kinds import every_database

CONFIRMED = b'{"data": {"stage": "confirmed"}}'


@pytest.fixture
def two(house: House) -> tuple[int, int]:
    """Two who buy nothing any more, of one rep who has time for one."""
    house.populate(REGULARS)
    return leaver(house, "larger", units=90_0000), leaver(house, "smaller", units=30_0000)


def confirm(house: House, number: int, days_ago: int) -> None:
    with house.database.write() as connection:
        day = house.as_of - days_ago
        add_event(connection, number, "cancellation", day, body=CONFIRMED)


def judged(house: House) -> list[str]:
    rows = evaluate(house, budget_per_rep=1, floor_quantile=0.85)
    return verdicts(rows, "larger", "smaller")


def test_the_rep_hears_of_somebody_who_can_still_be_kept(
    house: House, two: tuple[int, int]
) -> None:
    assert judged(house) == ["alert", "below_budget"]
    confirm(house, two[0], 3)
    house.pass_weeks(1)
    assert judged(house) == ["already_lost", "alert"]


def test_who_bought_after_it_is_judged_as_ever(house: House, two: tuple[int, int]) -> None:
    confirm(house, two[0], 10)
    house.more(two[0], [Trade(house.as_of - 9, 1_0000)])
    assert judged(house)[0] != "already_lost"


@every_database
def test_an_occasional_buyer_is_lost_as_well(house: House) -> None:
    house.populate(REGULARS)
    begin = house.as_of - 40 * 7
    number = house.add("seldom", [Trade(begin + 28 * n, 50_0000) for n in range(8)], "ana")
    confirm(house, number, 3)
    assert verdicts(evaluate(house), "seldom") == ["already_lost"]


def test_it_is_told_for_many_as_for_one(house: House, two: tuple[int, int]) -> None:
    until = house.as_of
    item = {"kind": "cancellation", "stage": "confirmed", "day": day_date(until - 28).isoformat()}
    found = {number: [item] for number in (*two, *range(10_000, 10_900))}
    house.more(two[1], [Trade(until - 27, 1_0000), Trade(until + 1, 1_0000)])
    house.more(two[0], [Trade(until + 1, 1_0000)])
    with house.database.read() as connection:
        gone = load_gone(connection, found, until)
        later = load_gone(connection, found, until + 2)
    assert gone == {two[0], *range(10_000, 10_900)}
    assert later == {*range(10_000, 10_900)}


def test_what_was_bought_and_returned_counts_for_the_alert_as_for_the_verdict(town: Town) -> None:
    town.cancels("leaver", MONDAY - timedelta(days=10), "confirmed", 6)
    town.buys("leaver", [MONDAY - timedelta(days=6)], 140)
    town.returns("leaver", MONDAY - timedelta(days=6), MONDAY - timedelta(days=5), 140)
    row = town.evaluate()
    town.work()
    assert town.verdict("leaver", row) == "alert"
    assert [one.state for one in town.alerts("leaver")] == ["open"]
