"""Categories that customers leave: evidence on an alert, or an alert of their own."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert, select

from services.detector.baskets import load_baskets
from services.detector.explanation import Explanation, explain
from services.detector.histories import Span, load_histories, rates_of
from shared.domain.calculation import EQUAL
from shared.domain.week import DAYS
from shared.storage import alerts, other_alerts, transitions
from shared.storage.alert_rows import AlertRow
from shared.storage.tables import category_day, customer
from shared.wording import language
from shared.wording.explanation import Circumstances, recount_lines
from tests.detector.portfolios import CALENDAR, EURO, House, Trade, rows_of, steady
from tests.postgres.kinds import every_database

REGULARS = [f"regular {n}" for n in range(40)]
LEFT = [f"no coffee {n}" for n in range(3)]  # for nine weeks
WEEKS = 46
TASTES = {"coffee": 0.6, "bread": 0.7, "fish": 0.35}
UNITS = 20 * EURO


def baskets(
    name: str, trades: Sequence[Trade], *, but: str | None = None, since: int = 0
) -> list[dict[str, Any]]:
    """Category days of trades: nothing of the category `but` from day `since` on."""
    rng = random.Random(f"{name} basket")
    return [
        {"day": trade.day, "category": category, "currency": "EUR", "orders": 1, "amount": UNITS}
        for trade in trades
        for category, share in TASTES.items()
        if rng.random() < share and not (category == but and trade.day >= since)
    ]


def put(house: House, number: int, rows: Sequence[dict[str, Any]]) -> None:
    full = [{"customer": number, "refunds": 0, "refunded": 0, **row} for row in rows]
    with house.database.write() as connection:
        connection.execute(insert(category_day), full)


def add(house: House, name: str, trades: Sequence[Trade], **left: Any) -> int:
    number = house.add(name, trades)
    put(house, number, baskets(name, trades, **left))
    return number


def settle(house: House, *, weeks: int = 9) -> None:
    begin, end = house.as_of - DAYS * WEEKS, house.as_of
    for name in REGULARS:
        add(house, name, steady(name, begin, end, a_week=2.5))
    for name in LEFT:
        trades = steady(name, begin, end, a_week=2.5)
        add(house, name, trades, but="coffee", since=end - DAYS * weeks)


def evaluate(house: House, **settings: Any) -> dict[str, Any]:
    report = house.evaluator(**settings).run(house.as_of, live=True)
    house.judge(**settings)
    return report


def mine(house: House, name: str) -> list[AlertRow]:
    with house.database.read() as connection:
        number = connection.scalar(select(customer.c.number).where(customer.c.id == name))
        return alerts.of_customer(connection, number or 0)


def history(house: House, name: str) -> list[tuple[str, str]]:
    with house.database.read() as connection:
        newest = mine(house, name)[0]
        return [(one.kind, one.reason) for one in transitions.transitions(connection, newest.id)]


@every_database
def test_who_buys_everything_but_coffee_has_an_alert_of_its_own(house: House) -> None:
    settle(house)
    report = evaluate(house, category_budget_per_rep=3, budget_per_rep=9)

    rows = rows_of(house, report["id"])
    assert [rows[name]["verdict"] for name in LEFT] == ["alert"] * 3
    assert {rows[name]["basis"] for name in LEFT} == {"category"}
    assert [rows[name]["basis"] for name in REGULARS].count("category") <= 1
    (alert,) = mine(house, LEFT[0])
    (item,) = [one for one in alert.evidence if one["kind"] == "category"]
    assert item["category"] == "coffee"
    assert 9 <= item["weeks_since"] <= 11
    assert 3 <= item["usual_days"] <= 7
    assert alert.sentence.startswith(f"Still buys, but no coffee for {item['weeks_since']} weeks")
    assert alert.value_at_risk is not None
    assert alert.value_at_risk / EURO == pytest.approx(20 * 1.5 * 52, rel=0.4)
    assert history(house, LEFT[0]) == [("opened", "category")]


def test_of_the_budget_so_many_are_for_categories(house: House) -> None:
    settle(house)
    report = evaluate(house)
    rows = rows_of(house, report["id"])
    assert sorted(rows[name]["verdict"] for name in LEFT) == ["alert", *["below_budget"] * 2]


def test_without_the_mechanism_nobody_hears_of_it(house: House) -> None:
    settle(house)
    report = evaluate(house, category_odds=99)
    rows = rows_of(house, report["id"])
    assert {rows[name]["basis"] for name in LEFT} == {"score"}
    assert not [one for name in LEFT for one in mine(house, name) if "coffee" in one.sentence]


def test_it_adds_to_the_score_of_whoever_alerts_anyway(house: House) -> None:
    settle(house)
    begin, end = house.as_of - DAYS * WEEKS, house.as_of
    trades = steady("both", begin, end - DAYS * 5, a_week=3)
    trades += steady("both later", end - DAYS * 5, end, a_week=1)
    add(house, "both", trades, but="coffee", since=end - DAYS * 9)
    with_it = rows_of(house, evaluate(house)["id"])["both"]
    (alert,) = mine(house, "both")
    kinds = [item["kind"] for item in alert.evidence]
    assert {"drop", "category"} <= set(kinds)
    assert history(house, "both")[0] == ("opened", "score")
    dry = house.evaluator(evidence_category=0.0).run(house.as_of, live=False)
    without = rows_of(house, dry["id"])["both"]
    assert with_it["score"] - without["score"] == pytest.approx(0.3)
    assert with_it["basis"] == without["basis"] == "score"


def explained(house: House, name: str) -> Explanation:
    one = mine(house, name)[0]
    with house.database.read() as connection:
        return explain(connection, one.id, settings=house.settings(), calendar=CALENDAR)


@every_database
def test_the_numbers_of_a_left_category_are_kept_and_equal_those_of_the_days(house: House) -> None:
    settle(house)
    evaluate(house, category_budget_per_rep=3, budget_per_rep=9)
    (one,) = explained(house, LEFT[0]).recounts
    found = one.found
    assert found.outcome == "equal"
    assert found.today is not None
    assert found.today.steps.left["coffee"] == pytest.approx(found.kept.steps.left["coffee"])
    assert found.again.left["coffee"] >= 1.1
    assert found.again.score == pytest.approx(mine(house, LEFT[0])[0].score, abs=EQUAL)
    (shelf,) = found.kept.taken.shelves
    assert sum(shelf.days[-9:]) == 0 < sum(shelf.visits[-9:])
    around = Circumstances(one.moment, one.as_of, one.threshold, "EUR")
    for locale, words in (("en", "log odds: left coffee"), ("es", "logaritmo: dejó coffee")):
        told = "\n".join(recount_lines(found, around, language(locale)))
        assert words in told

    with house.database.read() as connection:
        number = connection.scalar(select(customer.c.number).where(customer.c.id == LEFT[0]))
    assert number is not None
    late = Trade(house.as_of - 40, 30 * EURO)
    house.more(number, [late])
    put(house, number, [{"day": late.day, "category": "coffee", "currency": "EUR", "orders": 1,
                         "amount": UNITS}])  # fmt: skip
    (corrected,) = explained(house, LEFT[0]).recounts
    assert corrected.found.outcome == "changed"
    assert corrected.found.changes.shelves == ("coffee",)
    assert len(corrected.found.changes.weeks) == 1


def test_it_ends_when_the_category_is_bought_again(house: House) -> None:
    settle(house)
    evaluate(house, category_budget_per_rep=3, budget_per_rep=9)
    begin = house.as_of
    house.pass_weeks(1)
    with house.database.read() as connection:
        numbers = dict(connection.execute(select(customer.c.id, customer.c.number)).all())
    for name in [*REGULARS, *LEFT]:
        trades = steady(f"{name} again", begin, begin + DAYS, a_week=4)
        house.more(numbers[name], trades)
        put(house, numbers[name], baskets(f"{name} again", trades))
    evaluate(house)
    ended = [history(house, name)[-1] for name in LEFT]
    assert ("recovered", "category") in ended
    back = LEFT[ended.index(("recovered", "category"))]
    assert mine(house, back)[0].sentence.startswith("Usually buys")
    assert "coffee" not in mine(house, back)[0].sentence


def test_a_company_without_categories_asks_for_none(house: House) -> None:
    for name in REGULARS:
        trades = steady(name, house.as_of - DAYS * WEEKS, house.as_of)
        house.add(name, trades)
    report = evaluate(house)
    assert set(report["history"]["judged_by"]) == {"score"}


def load(house: House, number: int) -> dict[str, int]:
    """Purchase days by category."""
    with house.database.read() as connection:
        first = np.array([house.as_of - DAYS * 20])
        span = Span(house.as_of, 26)
        some = load_histories(
            connection, np.array([number]), first, span, rates_of(house.settings())
        )
        found = load_baskets(connection, some).baskets
    days = found.days.sum(axis=0)
    return {found.names[c]: int(n) for c, n in zip(found.category, days, strict=True)}


def test_what_was_taken_back_was_not_bought(house: House) -> None:
    day = house.as_of - 30
    bought = Trade(day, 100 * EURO, id="whole")
    trades = [
        bought,
        Trade(day - 10, 50 * EURO, id="part"),
        Trade(day - 20, 60 * EURO, id="kept"),
        Trade(day + 1, 100 * EURO, type="refund", ref="whole"),
        Trade(day - 9, 20 * EURO, type="refund", ref="part"),
    ]
    number = house.add("maria", trades)
    row = {"currency": "EUR", "orders": 1, "amount": 20 * EURO}
    put(
        house,
        number,
        [
            {**row, "day": day, "category": "coffee"},  # gone with its purchase
            {**row, "day": day - 10, "category": "coffee"},  # the refund's line took it back
            {**row, "day": day - 20, "category": "coffee"},
            {**row, "day": day - 10, "category": "bread", "amount": 30 * EURO},
        ],
    )
    back = {"orders": 0, "amount": 0, "refunds": 1, "refunded": 20 * EURO}
    put(house, number, [{**row, **back, "day": day - 9, "category": "coffee"}])
    assert load(house, number) == {"coffee": 1, "bread": 1}


def shortage(house: House, *, weeks: int) -> None:
    """For so many weeks nobody buys coffee."""
    begin, end = house.as_of - DAYS * WEEKS, house.as_of
    for name in REGULARS:
        trades = steady(name, begin, end, a_week=2.5)
        add(house, name, trades, but="coffee", since=end - DAYS * weeks)


def test_a_category_that_nobody_buys_any_more_is_one_alert_to_managers(house: House) -> None:
    shortage(house, weeks=4)
    report = evaluate(house)
    with house.database.read() as connection:
        (alert,) = other_alerts.living_others(connection, "portfolio").values()
    assert (alert.key, alert.rep) == ("portfolio:category:coffee", None)
    cause = alert.evidence[0]
    assert cause["customers"] >= 25
    assert cause["drop_percent"] >= 80
    assert "coffee" in alert.sentence
    rows = rows_of(house, report["id"])
    assert {rows[name]["basis"] for name in REGULARS} == {"score"}
    assert "held_common_cause" not in report["verdicts"]


def test_a_shortage_is_nobodys_leaving_where_managers_are_not_told(house: House) -> None:
    shortage(house, weeks=4)
    report = evaluate(house, cause_customers=0)
    with house.database.read() as connection:
        assert not other_alerts.living_others(connection, "portfolio")
    rows = rows_of(house, report["id"])
    assert {rows[name]["basis"] for name in REGULARS} == {"score"}
