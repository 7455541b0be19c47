import json
from datetime import UTC, date, datetime

from shared.contract.answers import (
    Accepted,
    AlertAnswer,
    AlertList,
    CustomerAnswer,
    ItemProblem,
    MoneyAnswer,
    Problem,
    StandingAnswer,
    TransitionAnswer,
    WeekAnswer,
)
from shared.contract.topics import alerts_topic, events_topic

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)


def test_accepted_without_errors_is_one_number() -> None:
    assert json.loads(Accepted(accepted=3).model_dump_json(exclude_none=True)) == {"accepted": 3}


def test_a_problem_lists_items() -> None:
    problem = Problem(
        title="Unprocessable", status=422, errors=[ItemProblem(index=2, pointer="/id", detail="x")]
    )
    assert json.loads(problem.model_dump_json(exclude_none=True)) == {
        "type": "about:blank",
        "title": "Unprocessable",
        "status": 422,
        "errors": [{"index": 2, "pointer": "/id", "detail": "x"}],
    }


def test_an_alert_answers_in_the_names_of_the_contract() -> None:
    alert = AlertAnswer(
        id="a_x",
        kind="customer",
        customer="C-1",
        rep="r-ana",
        state="open",
        severity="urgent",
        score=None,
        rank=None,
        value_at_risk=MoneyAnswer(amount="1.00", currency="EUR"),
        as_of=date(2026, 3, 2),
        opened_at=AT,
        updated_at=AT,
        snoozed_until=None,
        sentence="…",
        evidence=[],
        transitions=[
            TransitionAnswer(
                number=1, from_=None, to="open", reason="score", actor="detector", at=AT
            )
        ],
    )
    body = json.loads(AlertList(items=[alert], next=None).model_dump_json())
    assert body["next"] is None
    assert " ".join(body["items"][0]) == (
        "id kind customer rep state severity score rank value_at_risk probability as_of "
        "opened_at updated_at snoozed_until sentence evidence transitions"
    )
    assert body["items"][0]["transitions"] == [
        {
            "number": 1,
            "from": None,
            "to": "open",
            "reason": "score",
            "actor": "detector",
            "at": "2026-03-02T06:00:00Z",
        }
    ]


def test_a_customer_answers_in_the_names_of_the_contract() -> None:
    standing = StandingAnswer(
        as_of=date(2026, 3, 2),
        verdict="steady",
        score=0.4,
        weekly_usual="420.00",
        weekly_now="90.00",
        currency="EUR",
        value_at_risk="0.00",
        window_weeks=2,
    )
    customer = CustomerAnswer(
        id="C/1",
        name=None,
        rep=None,
        segment=None,
        region=None,
        group=None,
        active=True,
        standing=standing,
        alert=None,
        weeks=[WeekAnswer(week=date(2026, 2, 23), currency="EUR", orders=1, amount="90.00")],
    )
    body = json.loads(customer.model_dump_json())
    assert " ".join(body) == "id name rep segment region group active standing alert weeks"
    assert body["standing"]["as_of"] == "2026-03-02"
    week = {"week": "2026-02-23", "currency": "EUR", "orders": 1, "amount": "90.00"}
    assert body["weeks"][0].items() >= week.items()


def test_topics_carry_the_prefix() -> None:
    assert (events_topic(), alerts_topic("x")) == ("vigia.events", "x.alerts")
