"""Whom an evaluation chooses: budgets, reps, earlier alerts, held customers, currencies."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text, update

from shared.domain.week import DAYS
from shared.storage import due, reps
from shared.storage.tables import customer, feed
from tests.detector.portfolios import (
    CALENDAR,
    EURO,
    House,
    Trade,
    due_rows,
    had_alert,
    rows_of,
    steady,
)

REGULARS = [f"regular {n}" for n in range(30)]


def leaver(house: House, name: str, *, rep: str | None = "ana", **trade: Any) -> int:
    """Somebody who bought twice a week and stopped four weeks ago."""
    begin, end = house.as_of - 46 * DAYS, house.as_of - 28
    days = steady(name, begin, end, units=trade.pop("units", 50 * EURO))
    return house.add(name, [Trade(one.day, one.units, **trade) for one in days], rep)


def evaluate(house: House, **settings: Any) -> dict[str, dict[str, Any]]:
    report = house.evaluator(**settings).run(house.as_of, live=True)
    return rows_of(house, report["id"])


def verdicts(rows: dict[str, dict[str, Any]], *names: str) -> list[str]:
    return [rows[name]["verdict"] for name in names]


def test_each_rep_gets_no_more_than_the_budget_and_the_rest_keep_their_rank(house: House) -> None:
    house.populate(REGULARS)
    names = [f"leaver {n}" for n in range(4)]
    for name in names:
        leaver(house, name)
    leaver(house, "other", rep="luis")
    rows = evaluate(house, budget_per_rep=2, floor_quantile=0.85)
    ranks = {rows[name]["rank"]: rows[name]["verdict"] for name in names}
    assert [ranks[n] for n in (1, 2)] == ["alert", "alert"]
    assert set(ranks.values()) == {"alert", "below_budget"}
    assert (rows["other"]["verdict"], rows["other"]["rank"]) == ("alert", 1)
    assert {(n, r) for n, r, _ in due_rows(house)} == {
        (name, "week") for name, row in rows.items() if row["verdict"] == "alert"
    }


def test_a_rep_with_an_own_budget_gets_as_many_and_the_rest_is_listed(house: House) -> None:
    house.populate(REGULARS)
    for n in range(3):
        leaver(house, f"anas {n}")
        leaver(house, f"luis {n}", rep="luis")
    with house.database.write() as connection:
        reps.add(connection, reps.Rep("ana"), house.clock.now())
        reps.set_budget(connection, "ana", 1)
    evaluator = house.evaluator(budget_per_rep=2, floor_quantile=0.8)
    report = evaluator.run(house.as_of, live=True)
    rows = rows_of(house, report["id"])
    alerted = [row["rep"] for row in rows.values() if row["verdict"] == "alert"]
    assert sorted(alerted) == ["ana", "luis", "luis"]
    left_out = report["below_budget"]
    assert {one["customer"] for one in left_out} == {
        name for name, row in rows.items() if row["verdict"] == "below_budget"
    }
    assert [(one["rep"], one["rank"]) for one in left_out if "anas" in one["customer"]]
    ranks = [one["rank"] for one in left_out if one["rep"] == "ana"]
    assert ranks == [*range(2, 2 + len(ranks))]
    with house.database.read() as connection:
        view = connection.execute(text("SELECT customer, rank FROM report_below_budget")).all()
    assert {(row.customer, row.rank) for row in view} == {
        (one["customer"], one["rank"]) for one in left_out
    }


@pytest.mark.parametrize(
    ("own", "company", "share"),
    [("0.25", None, 0.25), (None, "0.4", 0.4), ("0.25", "0.4", 0.25), (None, None, 1.0),
     ("25", None, 1.0), ("0", "0.4", 0.0)],
)  # fmt: skip
def test_the_value_at_risk_is_margin_where_the_rate_is_known(
    house: House, own: str | None, company: str | None, share: float
) -> None:
    house.populate(REGULARS)
    number = leaver(house, "leaver")
    with house.database.write() as connection:
        rate = update(customer).where(customer.c.number == number).values(margin_rate=own)
        connection.execute(rate)
    row = evaluate(house, margin_rate=company)["leaver"]
    lost = (row["weekly_usual"] - row["weekly_now"]) * 52
    assert row["value_at_risk"] == round(lost * share)
    assert (row["margin_rate"] is None) is (share == 1)


def test_more_money_goes_first_among_equals(house: House) -> None:
    house.populate(REGULARS)
    begin, end = house.as_of - 46 * DAYS, house.as_of - 28
    days = steady("twin", begin, end)
    house.add("poor", days)
    house.add("rich", [Trade(one.day, 9 * one.units) for one in days])
    rows = evaluate(house, budget_per_rep=1)
    assert verdicts(rows, "rich", "poor") == ["alert", "below_budget"]
    assert (rows["rich"]["rank"], rows["poor"]["rank"]) == (1, 2)


def test_without_a_rep_in_the_master_data_the_seller_is_called(house: House) -> None:
    house.populate(REGULARS)
    begin = house.as_of - 46 * DAYS
    trades = [
        *(Trade(day, 50 * EURO, rep="old") for day in range(begin, house.as_of - 100)),
        *(Trade(day, 50 * EURO, rep="luis") for day in range(house.as_of - 80, house.as_of - 40)),
        *(Trade(day, 50 * EURO, rep="eva") for day in range(house.as_of - 40, house.as_of - 28)),
    ]
    house.add("leaver", trades, rep=None)
    assert evaluate(house)["leaver"]["rep"] == "luis"


def test_an_alert_of_the_last_eight_weeks_pauses_the_score(house: House) -> None:
    house.populate(REGULARS)
    had_alert(house, leaver(house, "paused"), "recovered", 7)
    had_alert(house, leaver(house, "over"), "recovered", 8)
    rows = evaluate(house)
    assert verdicts(rows, "paused", "over") == ["paused", "alert"]
    assert rows["paused"]["rank"] is None
    assert rows["over"]["rank"] == 1
    assert {name for name, _, _ in due_rows(house)} == {
        name for name, row in rows.items() if row["verdict"] == "alert"
    }


def test_a_persons_no_lasts_from_when_it_was_said(house: House) -> None:
    house.populate(REGULARS)
    said = CALENDAR.starts_at(house.as_of, 6) - timedelta(weeks=2)
    had_alert(house, leaver(house, "no"), "dismissed", 12, updated_at=said)
    old = leaver(house, "old no")
    had_alert(house, old, "dismissed", 20)
    had_alert(house, old, "recovered", 12)
    assert verdicts(evaluate(house), "no", "old no") == ["dismissed", "alert"]


def test_the_pause_is_a_setting(house: House) -> None:
    house.populate(REGULARS)
    had_alert(house, leaver(house, "leaver"), "recovered", 7)
    assert evaluate(house, pause_weeks=6)["leaver"]["verdict"] == "alert"


def test_a_living_alert_is_looked_at_and_takes_no_budget(house: House) -> None:
    numbers = house.populate(REGULARS)
    had_alert(house, leaver(house, "living"), "working", 3)
    leaver(house, "new")
    had_alert(house, numbers["regular 1"], "open", 3)
    rows = evaluate(house, budget_per_rep=1)
    assert verdicts(rows, "living", "new", "regular 1") == ["alert", "alert", "steady"]
    assert (rows["living"]["rank"], rows["new"]["rank"]) == (None, 1)
    due_week = {name for name, reason, _ in due_rows(house) if reason == "week"}
    assert due_week == {"living", "new", "regular 1"}


def test_who_was_put_off_is_snoozed_until_then(house: House) -> None:
    house.populate(REGULARS)
    begin = CALENDAR.starts_at(house.as_of)
    for name, hours in (("asleep", 1), ("awake", -1)):
        until = begin + timedelta(hours=hours)
        had_alert(house, leaver(house, name), "open", 3, snoozed_until=until)
    assert verdicts(evaluate(house), "asleep", "awake") == ["snoozed", "alert"]


def test_earlier_alerts_change_nothing_in_a_dry_evaluation(house: House) -> None:
    house.populate(REGULARS)
    house.clock.move_to(house.clock.now())
    had_alert(house, leaver(house, "paused"), "recovered", 3)
    had_alert(house, leaver(house, "living"), "open", 3)
    report = house.evaluator().run(house.as_of - DAYS, live=False)
    rows = rows_of(house, report["id"])
    assert verdicts(rows, "paused", "living") == ["alert", "alert"]
    assert {one["customer"] for one in report["would_open"]} >= {"paused", "living"}


def open_feed(house: House, source: str, last: float) -> None:
    """A live feed whose newest event was so many days before this week."""
    at = CALENDAR.starts_at(house.as_of) - timedelta(days=last)
    with house.database.write() as connection:
        connection.execute(insert(feed).values(source=source, kind="live", last_event_at=at))


def test_customers_of_an_incomplete_feed_are_held_and_the_others_judged(house: House) -> None:
    house.populate(REGULARS)
    leaver(house, "late feed", source="late")
    leaver(house, "silent feed", source="silent")
    begin = house.as_of - 46 * DAYS
    mixed = steady("mixed", begin, house.as_of)
    house.add("a fourth", [_of(one, n, 4) for n, one in enumerate(mixed)])
    house.add("a sixth", [_of(one, n, 6) for n, one in enumerate(mixed)])
    open_feed(house, "late", 0.5)
    open_feed(house, "silent", 20)
    report = house.evaluator().run(house.as_of, live=True)
    rows = rows_of(house, report["id"])
    assert verdicts(rows, "late feed", "silent feed", "a fourth", "a sixth") == [
        "held_incomplete",
        "held_feed_silent",
        "held_incomplete",
        "steady",
    ]
    assert rows["late feed"]["score"] is None
    assert report["held"] == {"held_feed_silent": 1, "held_incomplete": 2}
    held = {row for row in due_rows(house) if row[1] == "held"}
    assert held == {(name, "held", due.HELD) for name in ("late feed", "silent feed", "a fourth")}
    assert report["portfolio"]["customers"] == report["judged"] == len(REGULARS) + 1


def _of(trade: Trade, n: int, every: int) -> Trade:
    """The same purchase from the late feed each `every`-th time."""
    return Trade(trade.day, trade.units, source="late" if n % every == 0 else "shop")


def test_money_without_a_rate_is_not_judged(house: House) -> None:
    house.populate(REGULARS)
    begin = house.as_of - 46 * DAYS
    foreign = [Trade(house.as_of - 50, EURO, currency="JPY")]
    house.add("mixed", [*steady("mixed", begin, house.as_of), *foreign])
    assert evaluate(house)["mixed"]["verdict"] == "no_rate"


@pytest.mark.parametrize("rate", ["0.5", None])
def test_a_customer_of_other_money_is_judged_in_it(house: House, rate: str | None) -> None:
    house.populate(REGULARS)
    begin = house.as_of - 46 * DAYS
    days = steady("twin", begin, house.as_of)
    house.add("euros", days)
    house.add("dollars", [Trade(one.day, one.units, currency="USD") for one in days])
    rows = evaluate(house, currency_rates={"USD": rate} if rate else {})
    euros, dollars = rows["euros"], rows["dollars"]
    assert (dollars["currency"], euros["currency"]) == ("USD", "EUR")
    assert dollars["weekly_usual"] == euros["weekly_usual"]
    assert dollars["score"] == pytest.approx(euros["score"], abs=0.05)


def test_a_purchase_taken_back_in_full_was_never_made(house: House) -> None:
    house.populate(REGULARS)
    begin, stopped = house.as_of - 46 * DAYS, house.as_of - 28
    days = steady("twin", begin, house.as_of - 1)
    named = [Trade(one.day, one.units, id=f"p{one.day}") for one in days]
    back = [
        Trade(one.day + 1, one.units, "refund", ref=one.id) for one in named if one.day >= stopped
    ]
    house.add("returner", [*named, *back])
    house.add("stopper", [one for one in days if one.day < stopped])
    rows = evaluate(house)
    assert rows["returner"] == {**rows["stopper"], "rank": rows["returner"]["rank"]}
    assert rows["returner"]["verdict"] == "alert"


def test_nonsense_amounts_end_no_evaluation(house: House) -> None:
    house.populate(REGULARS)
    begin = house.as_of - 46 * DAYS
    house.add("nonsense", [Trade(day, 10**17) for day in range(begin, house.as_of - 28)])
    row = evaluate(house)["nonsense"]
    assert row["score"] is not None
    assert 0 < row["weekly_usual"] <= row["value_at_risk"] < 2**63
