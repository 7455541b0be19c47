from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.domain import evidence, likelihood
from shared.domain.evidence import Fact, Item
from shared.domain.likelihood import Weights
from shared.domain.week import day_number

TODAY = date(2026, 3, 2)
WEIGHTS = Weights(
    complaint_low=0.3,
    complaint_medium=0.7,
    complaint_high=1.2,
    survey=0.6,
    payment=0.8,
    payment_late=0.4,
    cancellation=3.0,
    cancellation_confirmed=4.0,
    cancellation_withdrawn=0.5,
    no_contact=0.4,
    group_loss=0.5,
    half_life_days=30.0,
)


def fact(type_: str, name: str, day: str, hour: int = 9, /, **data: Any) -> Fact:
    when = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    return Fact("desk", name, type_, when.replace(hour=hour), day_number(when.date()), data)


def complaint(name: str = "c1", day: str = "2026-02-21", severity: str = "high") -> Fact:
    return fact("complaint", name, day, severity=severity, topic="late delivery")


def missed(name: str = "p1", day: str = "2026-02-20", amount: str = "310.00") -> Fact:
    return fact(
        "payment",
        name,
        day,
        status="missed",
        amount=amount,
        currency="EUR",
        due_on="2026-02-18",
    )


def items(*facts: Fact) -> list[Item]:
    return evidence.items(facts, TODAY)


def weight(*facts: Fact) -> float:
    return likelihood.weight(items(*facts), TODAY, WEIGHTS)


def test_a_complaint_is_told_without_its_text() -> None:
    told = fact("complaint", "c1", "2026-02-21", severity="high", topic="taste", text="secret")
    assert items(told) == [
        {
            "kind": "complaint",
            "severity": "high",
            "topic": "taste",
            "resolved": False,
            "day": "2026-02-21",
            "event": {"source": "desk", "id": "c1"},
        }
    ]


def test_a_resolved_complaint_stays_but_weighs_nothing() -> None:
    resolved = fact("complaint_resolved", "r1", "2026-02-22", complaint="c1")
    assert [item["resolved"] for item in items(complaint(), resolved)] == [True]
    assert weight(complaint(), resolved) == 0
    assert weight(complaint("c2"), resolved) > 0


@pytest.mark.parametrize(
    ("resolver", "complaining", "settled"),
    [
        ("porto", ["madrid", "porto"], ["porto"]),
        ("crm", ["madrid"], ["madrid"]),
        ("crm", ["madrid", "porto"], []),
    ],
)
def test_a_resolution_is_about_a_complaint_of_its_own_source_if_there_is_one(
    resolver: str, complaining: list[str], settled: list[str]
) -> None:
    """Two call centres number their tickets from 1."""
    told = [replace(complaint("1"), source=source) for source in complaining]
    resolved = fact("complaint_resolved", "9", "2026-02-22", complaint="1")
    found = items(*told, replace(resolved, source=resolver))
    assert [item["event"]["source"] for item in found if item["resolved"]] == settled


@pytest.mark.parametrize(("severity", "full"), [("low", 0.3), ("medium", 0.7), ("high", 1.2)])
def test_a_complaint_weighs_by_severity(severity: str, full: float) -> None:
    assert weight(complaint(day="2026-03-02", severity=severity)) == pytest.approx(full)


def test_evidence_halves_every_30_days_and_ends_after_90() -> None:
    assert weight(complaint(day="2026-01-31")) == pytest.approx(0.6)
    assert weight(complaint(day="2025-12-02")) == pytest.approx(1.2 / 8)
    assert items(complaint(day="2025-12-01")) == []


def test_evidence_of_the_future_weighs_nothing() -> None:
    assert likelihood.weight(items(complaint()), date(2026, 2, 20), WEIGHTS) == 0


@pytest.mark.parametrize(
    ("kind", "score", "counts"),
    [("nps", 6, 1), ("nps", 7, 0), ("csat", 2, 1), ("csat", 3, 0), ("ces", 3, 1), ("ces", 4, 0)],
)
def test_only_detractors_are_evidence(kind: str, score: int, counts: int) -> None:
    assert len(items(fact("survey", "s1", "2026-02-20", kind=kind, score=score))) == counts


def test_a_better_survey_replaces_a_bad_one_of_its_kind() -> None:
    bad = fact("survey", "s1", "2026-02-10", kind="nps", score=1)
    other = fact("survey", "s2", "2026-02-11", kind="csat", score=1)
    good = fact("survey", "s3", "2026-02-12", kind="nps", score=9)
    assert [item["survey"] for item in items(bad, other, good)] == ["csat"]


def test_a_payment_settles_what_it_covers() -> None:
    paid = fact(
        "payment",
        "p2",
        "2026-02-25",
        status="paid",
        amount="310",
        currency="EUR",
        due_on="2026-02-18",
    )
    assert weight(missed()) > 0
    assert weight(missed(), paid) == 0
    assert weight(missed(amount="310.01"), paid) > 0
    assert [item["resolved"] for item in items(missed(), paid)] == [True]


def test_a_late_payment_is_half_a_missed_one_and_opens_nothing() -> None:
    late = Fact("desk", "p1", "payment", missed().at, missed().day, {**missed().data})
    late = Fact(*(*_first_five(late), {**late.data, "status": "late"}))
    assert weight(late) == pytest.approx(weight(missed()) / 2)
    assert not evidence.opens_alone(items(late)[0])


def _first_five(one: Fact) -> tuple[Any, ...]:
    return one.source, one.id, one.type, one.at, one.day


def test_the_newest_stage_of_a_cancellation_speaks() -> None:
    asked = fact("cancellation", "x1", "2026-02-20", stage="requested", reason="price")
    undone = fact("cancellation", "x2", "2026-02-20", 10, stage="withdrawn")
    final = fact("cancellation", "x3", "2026-02-21", stage="confirmed")
    assert evidence.is_requested_cancellation(items(asked)[0])
    assert items(asked)[0]["reason"] == "price"
    assert evidence.is_confirmed_cancellation(items(asked, undone, final)[0])


def test_a_cancellation_taken_back_is_settled_and_weighs_a_little() -> None:
    asked = fact("cancellation", "x1", "2026-03-01", stage="requested", reason="price")
    undone = fact("cancellation", "x2", "2026-03-02", stage="withdrawn")
    (item,) = items(undone, asked)
    assert (item["stage"], item["resolved"]) == ("withdrawn", True)
    assert not evidence.could_open(item)
    assert weight(undone, asked) == pytest.approx(0.5)
    assert weight(asked) == pytest.approx(3.0 * 0.5 ** (1 / 30))
    assert weight(fact("cancellation", "x", "2026-03-02", stage="confirmed")) == 4.0


@pytest.mark.parametrize(
    ("one", "alone"),
    [
        (complaint(severity="high"), True),
        (complaint(severity="medium"), False),
        (missed(), True),
        (fact("cancellation", "x", "2026-02-20", stage="requested"), True),
        (fact("cancellation", "x", "2026-02-20", stage="confirmed"), False),
        (fact("survey", "s", "2026-02-20", kind="nps", score=0), False),
    ],
)
def test_what_may_open_an_alert_alone(one: Fact, alone: bool) -> None:
    assert evidence.opens_alone(items(one)[0]) is alone


def test_evidence_is_fresh_for_14_days() -> None:
    assert evidence.is_fresh(items(complaint(day="2026-02-16"))[0], TODAY)
    assert not evidence.is_fresh(items(complaint(day="2026-02-15"))[0], TODAY)
    assert not evidence.is_fresh({"kind": "drop", "day": "2026-03-02"}, TODAY)


def test_the_newest_comes_first() -> None:
    found = items(complaint("c1", "2026-02-10"), complaint("c2", "2026-02-20"), missed())
    assert [item["day"] for item in found] == ["2026-02-20", "2026-02-20", "2026-02-10"]
