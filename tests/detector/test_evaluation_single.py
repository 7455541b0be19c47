"""One customer judged alone comes out as in the evaluation of everybody."""

from dataclasses import astuple, replace
from typing import Any

import pytest
from sqlalchemy import select

from services.detector.customer import Judgement, judge_one
from services.detector.held import Missing
from shared.domain.week import DAYS
from shared.storage import evaluations, standings
from shared.storage.evaluations import EvaluationRow
from shared.storage.standings import StandingRow
from shared.storage.tables import customer
from tests.detector.portfolios import (
    CALENDAR,
    EURO,
    House,
    Trade,
    add_trade,
    had_alert,
    steady,
)

REGULARS = [f"regular {n}" for n in range(30)]


def evaluate(house: House, **settings: Any) -> EvaluationRow:
    report = house.evaluator(**settings).run(house.as_of, live=True)
    with house.database.read() as connection:
        return evaluations.read(connection, report["id"])


def judge(house: House, row: EvaluationRow, name: str, **changes: Any) -> Judgement:
    with house.database.read() as connection:
        number = connection.scalar(select(customer.c.number).where(customer.c.id == name))
        assert number is not None
        return judge_one(connection, number, row, house.settings(), CALENDAR, **changes)


def stored(house: House, row: EvaluationRow, customer_number: int) -> StandingRow:
    with house.database.read() as connection:
        found = standings.read(connection, row.id, customer_number)
    assert found is not None
    return found


def rounded(row: StandingRow) -> list[object]:
    return [round(v, 9) if isinstance(v, float) else v for v in astuple(row)]


def mixed_portfolio(house: House) -> list[str]:
    """Leavers, newcomers, refunds, foreign money, somebody gone."""
    house.populate([*REGULARS, "leaver", "second leaver"], leavers=["leaver", "second leaver"])
    begin, end = house.as_of - 46 * DAYS, house.as_of
    refunds = [Trade(end - 20, 7 * EURO, "refund"), Trade(end - 1, 50 * EURO, "refund")]
    house.add("returner", [*steady("returner", begin, end), *refunds])
    dollars = [Trade(one.day, one.units, currency="USD") for one in steady("usd", begin, end)]
    house.add("foreigner", dollars)
    house.add("mixed", [*steady("mixed", begin, end), Trade(end - 9, EURO, currency="USD")])
    house.add("young", steady("young", end - 40, end))
    house.add("gone", steady("gone", begin, end - 90))
    others = ["returner", "foreigner", "mixed", "young", "gone"]
    return [*REGULARS, "leaver", "second leaver", *others]


def test_every_customer_comes_out_as_in_the_evaluation(house: House) -> None:
    names = mixed_portfolio(house)
    row = evaluate(house)
    verdicts = set()
    for name in names:
        alone = judge(house, row, name).standing
        together = stored(house, row, alone.customer)
        verdicts.add(alone.verdict)
        assert rounded(alone) == rounded(together), name
    assert verdicts == {"steady", "alert", "no_rate", "too_little_history", "already_lost"}


def test_the_evidence_of_a_sentence_is_counted_from_the_weeks(house: House) -> None:
    house.populate(REGULARS)
    begin, end = house.as_of - 46 * DAYS, house.as_of
    twice = [Trade(day, 30 * EURO) for day in range(begin, end - 28) if day % 7 in (2, 5)]
    house.add("clockwork", [*twice, Trade(end - 3, 10 * EURO)])
    found = judge(house, evaluate(house), "clockwork")
    assert found.standing.verdict == "alert"
    assert found.standing.weekly_usual == 60 * EURO
    assert len(found.amounts) == 26
    assert found.amounts == (*([60 * EURO] * 22), 0, 0, 0, 10 * EURO)
    assert found.first_week == end - 26 * DAYS
    assert found.window is not None
    assert found.window.weeks == found.standing.window_weeks
    assert (found.window.days, found.window.amount) == (1, 10 * EURO)
    assert found.window.expected_days == pytest.approx(2 * found.window.weeks, rel=0.3)
    assert 1 < found.window.once_in <= 9999
    assert not found.recovered


def test_who_is_not_scored_has_no_window(house: House) -> None:
    house.populate(REGULARS)
    house.add("young", steady("young", house.as_of - 40, house.as_of))
    found = judge(house, evaluate(house), "young")
    assert (found.standing.verdict, found.standing.score) == ("too_little_history", None)
    assert (found.window, found.recovered) == (None, False)
    assert sum(found.amounts) > 0


def test_late_purchases_change_the_verdict(house: House) -> None:
    numbers = house.populate([*REGULARS, "leaver"], leavers=["leaver"])
    row = evaluate(house)
    assert judge(house, row, "leaver").standing.verdict == "alert"
    with house.database.write() as connection:
        late = steady("late", house.as_of - 28, house.as_of, a_week=4)
        add_trade(connection, numbers["leaver"], late)
    found = judge(house, row, "leaver")
    assert found.standing.verdict == "steady"
    assert found.standing.rank is None
    assert found.recovered


def test_evidence_lifts_somebody_into_the_budget_or_below_it(house: House) -> None:
    house.populate([*REGULARS, "leaver"], leavers=["leaver"])
    row = evaluate(house)
    plain = judge(house, row, "regular 3").standing
    lifted = judge(house, row, "regular 3", evidence=30.0).standing
    assert plain.score is not None
    assert lifted.score == pytest.approx(plain.score + 30.0)
    assert lifted.raw == plain.raw
    assert (lifted.verdict, lifted.rank) == ("alert", 1)
    enough = row.threshold
    assert enough is not None
    barely = judge(house, row, "regular 3", evidence=enough - plain.score + 0.001).standing
    assert barely.rank is not None
    assert barely.rank > 1


def test_the_budget_counts_who_was_chosen_already(house: House) -> None:
    leavers = [f"leaver {n}" for n in range(6)]
    house.populate([*REGULARS, *leavers], leavers=leavers)
    row = evaluate(house, budget_per_rep=5, floor_quantile=0.8)
    threshold = row.threshold
    assert threshold is not None
    plain = judge(house, row, "regular 3").standing
    assert plain.score is not None
    barely = judge(house, row, "regular 3", evidence=threshold - plain.score + 0.001).standing
    assert barely.verdict == "below_budget"
    assert barely.rank is not None
    assert barely.rank > 5


def test_a_living_alert_keeps_its_place(house: House) -> None:
    numbers = house.populate([*REGULARS, "leaver"], leavers=["leaver"])
    row = evaluate(house)
    before = stored(house, row, numbers["leaver"])
    had_alert(house, numbers["leaver"], "open", 0)
    now = judge(house, row, "leaver").standing
    assert (now.verdict, now.rank) == (before.verdict, before.rank) == ("alert", 1)


def test_a_refund_after_the_judged_weeks_waits_for_the_next(house: House) -> None:
    house.populate(REGULARS)
    begin, end = house.as_of - 46 * DAYS, house.as_of
    days = steady("returner", begin, end - 7)
    last = Trade(end - 2, 80 * EURO, id="p")
    early = Trade(end - 9, 7 * EURO, "refund")
    house.add("returner", [*days, last, early, Trade(end, 80 * EURO, "refund", ref="p")])
    assert judge(house, evaluate(house), "returner").amounts[-1] == 80 * EURO


def test_a_first_purchase_that_was_taken_back_makes_nobody_older(house: House) -> None:
    house.populate(REGULARS)
    begin, end = house.as_of - 46 * DAYS, house.as_of
    later = steady("returner", end - 20 * DAYS, end)
    undone = [Trade(begin, 10 * EURO, id="p"), Trade(begin + 1, 10 * EURO, "refund", ref="p")]
    house.add("returner", [*undone, *later])
    house.add("twin", later)
    row = evaluate(house)
    assert judge(house, row, "returner").standing.tenure is not None
    assert (
        judge(house, row, "returner").standing.tenure == judge(house, row, "twin").standing.tenure
    )


def test_data_that_are_still_missing_hold_the_customer(house: House) -> None:
    house.populate(REGULARS)
    row = evaluate(house)
    missing = Missing({"shop": "held_incomplete"})
    assert judge(house, row, "regular 1", missing=missing).standing.verdict == "held_incomplete"
    elsewhere = Missing({"web": "held_incomplete"})
    assert judge(house, row, "regular 1", missing=elsewhere).standing.verdict == "steady"


def test_a_seller_is_named_for_whoever_has_no_rep(house: House) -> None:
    house.populate(REGULARS)
    days = steady("sold", house.as_of - 46 * DAYS, house.as_of)
    house.add("sold", [Trade(one.day, one.units, rep="luis") for one in days], rep=None)
    assert judge(house, evaluate(house), "sold").standing.rep == "luis"


def test_an_evaluation_without_numbers_cannot_judge(house: House) -> None:
    house.populate(REGULARS)
    row = replace(evaluate(house), portfolio=None)
    with pytest.raises(ValueError, match="has no numbers"):
        judge(house, row, "regular 1")
