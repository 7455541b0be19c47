"""Occasional and young customers: judged by their own gaps, as far as anything can be said."""

import random
from typing import Any

import pytest
from sqlalchemy import select

from services.detector.explanation import Explanation, explain
from services.detector.why import Why, why
from shared.domain.calculation import EQUAL
from shared.domain.week import DAYS
from shared.storage import alerts, transitions
from shared.storage.alert_rows import AlertRow
from shared.storage.tables import customer
from shared.wording import language
from shared.wording.explanation import Circumstances, recount_lines
from tests.detector.portfolios import CALENDAR, EURO, House, Trade, rows_of, steady
from tests.postgres.kinds import every_database

RARE = [f"rare {n}" for n in range(40)]
REGULARS = [f"regular {n}" for n in range(30)]
WEEKS = 50


def now_and_then(seed: str, begin: int, end: int, every: int = 28) -> list[Trade]:
    """Purchases about every so many days from `begin` up to `end`."""
    rng = random.Random(seed)
    days, day = [], begin + rng.randrange(every)
    while day < end:
        days.append(Trade(day, 80 * EURO))
        day += round(every * rng.uniform(0.6, 1.4))
    return days


def settle(house: House, *, silent: int = 60) -> None:
    """Rare buyers beside regular ones; `missing`, one of the rare, is silent for so many days."""
    begin, end = house.as_of - DAYS * WEEKS, house.as_of
    for name in RARE:
        house.add(name, now_and_then(name, begin, end))
    house.add("missing", now_and_then("missing", begin, end - silent + 1))
    for name in REGULARS:
        house.add(name, steady(name, begin, end), rep="luis")


def evaluate(house: House, **settings: Any) -> dict[str, Any]:
    return house.evaluator(**settings).run(house.as_of, live=True)


def mine(house: House, name: str) -> list[AlertRow]:
    with house.database.read() as connection:
        number = connection.scalar(select(customer.c.number).where(customer.c.id == name))
        return alerts.of_customer(connection, number or 0)


def history(house: House, name: str) -> list[tuple[str, str]]:
    with house.database.read() as connection:
        newest = mine(house, name)[0]
        return [(one.kind, one.reason) for one in transitions.transitions(connection, newest.id)]


def ask(house: House, name: str) -> Why:
    with house.database.read() as connection:
        now = house.clock.now()
        return why(connection, name, settings=house.settings(), calendar=CALENDAR, now=now)


def explained(house: House, name: str) -> Explanation:
    one = mine(house, name)[0]
    with house.database.read() as connection:
        return explain(connection, one.id, settings=house.settings(), calendar=CALENDAR)


@every_database
def test_its_numbers_are_kept_and_equal_those_of_the_days(house: House) -> None:
    settle(house)
    evaluate(house)
    house.judge()
    (one,) = explained(house, "missing").recounts
    found, alert = one.found, mine(house, "missing")[0]
    assert found.outcome == "equal"
    assert found.today is not None
    assert found.again.score == pytest.approx(alert.score, abs=EQUAL)
    assert found.today.steps.score == pytest.approx(alert.score, abs=EQUAL)
    assert one.threshold is not None
    assert found.again.score >= one.threshold
    parts = found.again.parts
    assert parts["gaps"] >= 7
    assert 22 <= parts["usual"] <= 34
    assert parts["chance"] < 0.05
    around = Circumstances(one.moment, one.as_of, one.threshold, "EUR")
    for locale, words in (("en", "a usual gap, in days"), ("es", "una pausa habitual, en días")):
        told = recount_lines(found, around, language(locale))
        assert words in "\n".join(told)
        assert max(map(len, told)) <= 80

    with house.database.read() as connection:
        number = connection.scalar(select(customer.c.number).where(customer.c.id == "missing"))
    assert number is not None
    house.more(number, [Trade(house.as_of - 12, 80 * EURO)])
    (corrected,) = explained(house, "missing").recounts
    assert corrected.found.outcome == "changed"
    assert corrected.found.changes.bought == (12,)
    assert "is known now" in "\n".join(recount_lines(corrected.found, around, language("en")))


@every_database
def test_a_silence_beyond_the_own_gaps_alerts(house: House) -> None:
    settle(house)
    report = evaluate(house)
    house.judge()

    rows = rows_of(house, report["id"])
    missing = rows["missing"]
    assert (missing["verdict"], missing["basis"], missing["raw"]) == ("alert", "gap", None)
    judged_by = report["history"]["judged_by"]
    assert sum(judged_by.values()) == 71
    assert judged_by["gap"] >= 35
    assert [rows[name]["verdict"] for name in RARE].count("alert") <= 2
    (alert,) = mine(house, "missing")
    gap = alert.evidence[0]
    assert gap["kind"] == "gap"
    assert 22 <= gap["usual_days"] <= 34
    assert 60 <= gap["silent_days"] < 84
    assert gap["once_in"] >= 20
    assert gap["amount"] == "80.00"
    assert alert.sentence.startswith("Usually buys every")
    assert alert.value_at_risk is not None
    assert alert.value_at_risk / EURO == pytest.approx(80 * 365 / 28, rel=0.3)
    assert history(house, "missing") == [("opened", "gap")]


def test_of_the_budget_so_many_are_for_occasional_buyers(house: House) -> None:
    settle(house)
    for n in range(4):
        end = house.as_of - 58 - n
        house.add(f"also {n}", now_and_then(f"also {n}", house.as_of - DAYS * WEEKS, end))
    report = evaluate(house, gap_budget_per_rep=2)
    rows = rows_of(house, report["id"])
    silent = [rows[name]["verdict"] for name in ("missing", *(f"also {n}" for n in range(4)))]
    assert silent.count("alert") + silent.count("below_budget") >= 4
    assert [row["verdict"] for row in rows.values() if row["basis"] == "gap"].count("alert") == 2


def test_without_the_mechanism_silence_is_nobodys(house: House) -> None:
    settle(house)
    report = evaluate(house, gap_budget_per_rep=0)
    house.judge(gap_budget_per_rep=0)
    assert rows_of(house, report["id"])["missing"]["verdict"] == "below_budget"
    assert mine(house, "missing") == []


def test_they_share_the_reps_list_with_those_who_are_scored(house: House) -> None:
    settle(house)
    for n in range(3):
        begin, end = house.as_of - DAYS * WEEKS, house.as_of
        house.add(f"leaver {n}", steady(f"leaver {n}", begin, end - DAYS * 5))
    report = evaluate(house, budget_per_rep=2)
    rows = rows_of(house, report["id"])
    ranked = {row["rank"]: row for row in rows.values() if row["rank"] and row["rep"] == "ana"}
    assert sorted(ranked) == list(range(1, len(ranked) + 1))
    assert [ranked[n]["verdict"] for n in (1, 2)] == ["alert", "alert"]
    assert len({row["basis"] for row in ranked.values()}) == 2


def test_the_next_purchase_ends_it(house: House) -> None:
    settle(house)
    evaluate(house)
    house.judge()
    house.pass_weeks(1)
    with house.database.read() as connection:
        numbers = dict(connection.execute(select(customer.c.id, customer.c.number)).all())
    house.more(numbers["missing"], [Trade(house.as_of - 2, 80 * EURO)])
    evaluate(house)
    house.judge()
    assert history(house, "missing")[-1] == ("recovered", "score")
    sentence = mine(house, "missing")[0].sentence
    assert sentence.startswith("Usually buys every")
    assert "for 80 EUR; nothing for 2 days." in sentence


def test_who_stays_silent_for_three_gaps_is_lost(house: House) -> None:
    settle(house)
    evaluate(house)
    house.judge()
    for _ in range(5):
        house.pass_weeks(1)
        evaluate(house)
        house.judge()
    assert history(house, "missing")[-1] == ("lost", "silent")


def test_twelve_silent_weeks_are_no_loss_to_who_buys_every_two_months(house: House) -> None:
    begin, end = house.as_of - DAYS * WEEKS, house.as_of
    for name in RARE:
        house.add(name, now_and_then(name, begin, end, every=56))
    house.add("slow", now_and_then("slow", begin, end - 86, every=56))
    report = evaluate(house)
    assert rows_of(house, report["id"])["slow"]["verdict"] in ("steady", "alert")


def test_a_young_company_of_fifty_is_told_what_can_be_said(house: House) -> None:
    begin, end = house.as_of - DAYS * 13, house.as_of
    for n in range(50):
        house.add(f"young {n}", steady(f"young {n}", begin, end, a_week=2))
    house.add("silent", steady("silent", begin, end - 30, a_week=2))
    report = evaluate(house)

    assert report["history"]["weeks"] in (12, 13)
    assert report["history"]["score_from"] > report["as_of"]
    assert report["history"]["judged_by"] == {"gap": 51}
    rows = rows_of(house, report["id"])
    assert rows["silent"]["verdict"] == "alert"
    assert [row["verdict"] for row in rows.values()].count("alert") <= 2
    house.add("new", [Trade(house.as_of - 20, EURO), Trade(house.as_of - 3, EURO)])
    known = ask(house, "new").known
    assert known is not None
    assert (known["purchase_days"], known["active_weeks"]) == (2, 2)
    assert known["score_from"] > report["as_of"]
    assert ask(house, "silent").known["gaps_from"] is None  # type: ignore[index]


def test_a_few_weeks_are_too_few_even_for_gaps(house: House) -> None:
    begin, end = house.as_of - DAYS * 6, house.as_of
    for n in range(30):
        house.add(f"young {n}", steady(f"young {n}", begin, end, a_week=3))
    report = evaluate(house)
    assert set(report["verdicts"]) == {"too_little_history"}
    found = ask(house, "young 1").known
    assert found is not None
    assert found["gaps_from"] > report["as_of"]
