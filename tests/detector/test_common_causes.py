"""What many customers share: one alert to managers, and peace for the reps of those who follow."""

from typing import Any

from sqlalchemy import select

from services.detector.customer import Judgement
from services.detector.why import why
from shared.domain.week import DAYS
from shared.storage import alerts, due, evaluations
from shared.storage.tables import customer, feed
from tests.detector.portfolios import (
    CALENDAR,
    House,
    add_event,
    had_alert,
    judged_alone,
    rows_of,
    steady,
)
from tests.detector.regions import (
    NORTH,
    QUIT,
    SOUTH,
    WEEKS,
    evaluate,
    fallen,
    history,
    place,
    portfolio,
    rep_of,
    settle,
    trade_on,
    verdicts,
)
from tests.postgres.kinds import every_database
from tests.storage.builders import put


def alone(house: House, report: dict[str, Any], name: str) -> Judgement:
    """The judgement of one customer, which is that of the evaluation."""
    with house.database.read() as connection:
        number = connection.scalar(select(customer.c.number).where(customer.c.id == name))
    assert number is not None
    return judged_alone(house, report["id"], number)


@every_database
def test_who_merely_follows_is_held_and_managers_hear_once(house: House) -> None:
    settle(house)
    report = evaluate(house)

    (alert,) = portfolio(house)
    assert (alert.key, alert.kind, alert.rep) == ("portfolio:region:north", "portfolio", None)
    cause, value = alert.evidence
    assert (cause["group_kind"], cause["name"], cause["of"]) == ("region", "north", 25)
    assert cause["customers"] >= 20
    assert 60 <= cause["drop_percent"] <= 95
    assert cause["weeks"] in (2, 3, 4)
    assert cause["reps"] == ["ana", "luis", "pau"]
    assert float(value["amount"]) > 10_000
    assert "region north" in alert.sentence
    assert history(house, alert) == [("opened", "common_cause")]

    followers = verdicts(house, report, NORTH)
    assert followers.count("held_common_cause") >= 5
    assert followers.count("alert") <= 1  # one of them bought nothing at all
    assert verdicts(house, report, QUIT) == ["alert", "alert"]
    assert report["portfolio_alerts"]["opened"] == 1
    assert [one["name"] for one in report["portfolio"]["causes"]] == ["north"]
    assert report["held"]["held_common_cause"] == followers.count("held_common_cause")


def test_the_fall_of_a_region_is_no_season_that_ends_the_alerts_in_it(house: House) -> None:
    """The season of the north has learnt of its fall, and yet nobody there has come back."""
    settle(house)
    with house.database.read() as connection:
        numbers = dict(connection.execute(select(customer.c.id, customer.c.number)).all())
    for name in NORTH[:12]:
        had_alert(house, numbers[name], "open", 3)
    report = evaluate(house)
    with house.database.read() as connection:
        row = evaluations.read(connection, report["id"])
    assert row.closing is not None
    rows = rows_of(house, report["id"])
    fallen_far = [name for name in NORTH[:12] if rows[name]["score"] >= row.closing]
    assert len(fallen_far) >= 4
    assert verdicts(house, report, fallen_far) == ["alert"] * len(fallen_far)
    assert not any(alone(house, report, name).recovered for name in fallen_far[:2])


def by_rep(house: House) -> None:
    """The same, where nobody knows a region and ana's customers are those of the north."""
    settle(house)
    place(house, [*NORTH, *SOUTH, *QUIT], region=None)
    place(house, NORTH, rep="ana")
    place(house, SOUTH, rep="luis")


def test_a_rep_whose_customers_all_buy_less_has_not_lost_each_of_them(house: House) -> None:
    by_rep(house)
    report = evaluate(house)
    assert [one.key for one in portfolio(house)] == ["portfolio:rep:ana"]
    found = verdicts(house, report, NORTH)
    assert found.count("held_common_cause") >= 8
    assert found.count("alert") + found.count("below_budget") <= 1
    assert verdicts(house, report, QUIT) == ["alert", "alert"]


def test_without_the_mechanism_the_rep_is_flooded(house: House) -> None:
    by_rep(house)
    report = evaluate(house, cause_customers=0)

    assert portfolio(house) == []
    found = verdicts(house, report, NORTH)
    assert found.count("held_common_cause") == 0
    assert found.count("alert") + found.count("below_budget") >= 5


def test_one_customer_alone_is_held_as_among_all(house: House) -> None:
    settle(house)
    report = evaluate(house)
    held = [n for n, v in zip(NORTH, verdicts(house, report, NORTH), strict=True) if "held" in v]
    found = alone(house, report, held[0])
    assert found.causes[0]["name"] == "north"
    alone(house, report, QUIT[0])
    with house.database.read() as connection:
        now = house.clock.now()
        answer = why(connection, held[0], settings=house.settings(), calendar=CALENDAR, now=now)
    assert answer.held_by == {"common_cause": ["region north"]}


def test_one_bad_week_holds_and_tells_nobody(house: House) -> None:
    """It may be a holiday of the region's own."""
    settle(house, weeks=1)
    report = evaluate(house)

    assert portfolio(house) == []
    assert [one["weeks"] for one in report["portfolio"]["causes"]] == [1]
    assert verdicts(house, report, NORTH).count("alert") == 0


def test_the_alert_lives_until_the_group_buys_again(house: House) -> None:
    settle(house)
    evaluate(house)
    trade_on(house, north=0.15)
    evaluate(house)
    (alert,) = portfolio(house)
    assert alert.evidence[0]["weeks"] >= 3
    assert history(house, alert) == [("opened", "common_cause")]

    for _ in range(3):
        trade_on(house, north=1.2)
        evaluate(house)
    assert portfolio(house) == []
    assert history(house, alert) == [("opened", "common_cause"), ("recovered", "back")]


def test_a_fall_that_lasts_twelve_weeks_is_usual_from_then_on(house: House) -> None:
    settle(house)
    evaluate(house)
    (alert,) = portfolio(house)
    for _ in range(11):
        trade_on(house, north=0.3)
        evaluate(house)
    assert portfolio(house) == []
    assert history(house, alert)[-1] == ("lost", "lasting")


def test_a_deeper_fall_is_told_again(house: House) -> None:
    begin, end = house.as_of - DAYS * WEEKS, house.as_of
    for name in NORTH:
        house.add(name, fallen(name, begin, end, 3, 0.5))
    for name in SOUTH:
        house.add(name, steady(name, begin, end))
    house.add("newcomer", steady("newcomer", end - 30, end))
    place(house, NORTH, region="north")
    evaluate(house)
    (alert,) = portfolio(house)
    for _ in range(2):
        trade_on(house, north=0.0)
        evaluate(house)
    assert ("updated", "worse") in history(house, alert)


def test_a_shop_is_known_by_where_its_customers_buy(house: House) -> None:
    settle(house, source="kiosk")
    place(house, [*NORTH, *QUIT], region=None)
    put(
        house.database,
        feed,
        *({"source": name, "kind": "batch", "healthy": True} for name in ("shop", "kiosk")),
    )
    evaluate(house)
    (alert,) = portfolio(house)
    assert alert.key == "portfolio:shop:kiosk"


def test_other_evidence_about_who_is_held_works_as_always(house: House) -> None:
    settle(house)
    report = evaluate(house)
    held = [n for n, v in zip(NORTH, verdicts(house, report, NORTH), strict=True) if "held" in v]
    with house.database.write() as connection:
        number = connection.scalar(select(customer.c.number).where(customer.c.id == held[0]))
        assert number is not None
        body = b'{"data": {"stage": "requested"}}'
        add_event(connection, number, "cancellation", house.as_of - 1, body=body)
        due.mark(connection, [(number, "cancellation", due.URGENT)], house.clock.now())
    house.judge()
    with house.database.read() as connection:
        mine = alerts.of_customer(connection, number)
    assert [(one.state, one.severity) for one in mine] == [("open", "urgent")]


def test_a_company_that_sells_less_than_a_year_ago_is_one_alert_and_holds_nobody(
    house: House,
) -> None:
    begin, end = house.as_of - DAYS * 100, house.as_of
    for name in [*NORTH, *SOUTH]:
        house.add(name, fallen(name, begin, end, 3, 0.4), rep=rep_of(name))
    for n in range(3):  # the company still wins customers, so a fall of all could be a season
        house.add(f"new {n}", steady(f"new {n}", end - 40, end))
    report = evaluate(house)
    (alert,) = portfolio(house)
    assert alert.key == "portfolio:portfolio:all"
    assert alert.evidence[0]["customers"] >= 40
    assert sorted(alert.evidence[0]["reps"]) == ["ana", "luis"]
    assert "held_common_cause" not in report["verdicts"]
    without = house.evaluator(cause_customers=0).run(house.as_of, live=False)
    assert without["portfolio"]["causes"] == []
