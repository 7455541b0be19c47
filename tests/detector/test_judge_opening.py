"""What opens an alert, and what does not."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from shared.contract.alert_event import AlertData
from shared.storage.due import mark
from shared.storage.tables import alert, due, evaluation, transition
from tests.detector.town import MONDAY, Town
from tests.postgres.kinds import every_town

pytestmark = every_town


def test_an_evaluation_opens_an_alert_that_explains_itself(town: Town) -> None:
    row = town.evaluate()
    town.work()
    one = town.alert("leaver")
    assert (one.state, one.severity, one.rep, one.evaluation) == ("open", "warning", "ana", row.id)
    assert one.value_at_risk is not None
    assert one.value_at_risk > 10_000 * 10_000
    kinds = [item["kind"] for item in one.evidence]
    assert kinds == ["drop", "value", "weeks"]
    drop = one.evidence[0]
    assert (drop["window_weeks"], drop["days"], drop["amount"]) == (4, 0, "0.00")
    assert len(one.evidence[2]["amounts"]) == 26
    assert one.sentence.startswith("Usually buys 2.")
    assert "in the last 4 weeks not at all" in one.sentence
    assert town.history("leaver") == [("opened", "score")]
    assert town.verdict("leaver", row) == "alert"


def test_the_evaluation_is_done_when_its_last_customer_is(town: Town) -> None:
    row = town.evaluate()
    for name in town.regulars():
        town.due(name, "week", 3)
    town.judge.step()
    assert town.evaluation(row.id).state == "judging"
    town.work()
    done = town.evaluation(row.id)
    assert (done.state, done.finished_at, done.opened) == (
        "done",
        town.clock.now(),
        town.count(alert),
    )
    assert town.waiting() == 0


def test_what_is_announced_is_the_alert_of_the_contract(town: Town) -> None:
    town.evaluate()
    town.work()
    (one,) = town.transitions("leaver")
    told = AlertData.model_validate(one.body)
    assert (told.number, told.from_, told.to, told.actor) == (1, None, "open", "detector")
    assert told.customer == "leaver"
    assert told.value_at_risk is not None
    assert told.value_at_risk.currency == "EUR"
    assert one.published_at is None


def test_judging_an_evaluation_again_changes_nothing(town: Town) -> None:
    town.evaluate()
    town.work()
    before = town.count(alert), town.count(transition)
    with town.database.write() as connection:
        rows = [(number, "week", 3) for number in range(1, 32)]
        mark(connection, rows, town.clock.now())
    town.work()
    assert (town.count(alert), town.count(transition)) == before
    assert town.waiting() == 0


def test_late_data_open_an_alert_for_whoever_the_evaluation_scored(town: Town) -> None:
    town.evaluate()
    town.work()
    town.unbuys("regular-07", since=MONDAY - timedelta(weeks=5))
    town.work()
    assert town.history("regular-07") == [("opened", "score")]


def test_history_that_becomes_known_after_the_evaluation_opens_nothing(town: Town) -> None:
    town.evaluate()
    town.work()
    days = [MONDAY - timedelta(weeks=week, days=-2) for week in range(6, 40)]
    town.buys("new", days, 200)
    town.due("new", "late", 1)
    town.work()
    assert town.alerts("new") == []
    town.week()
    assert town.history("new") == [("opened", "score")]


def test_a_requested_cancellation_is_an_urgent_alert_without_any_history(town: Town) -> None:
    town.cancels("new", MONDAY)
    town.work()
    one = town.alert("new")
    assert (one.state, one.severity, one.evaluation, one.score) == ("open", "urgent", None, None)
    assert town.history("new") == [("opened", "cancellation")]
    assert one.sentence


@pytest.mark.parametrize(("severity", "opened"), [("high", 1), ("medium", 0), ("low", 0)])
def test_which_complaints_open_an_alert_alone(town: Town, severity: str, opened: int) -> None:
    town.complains("regular-01", MONDAY, severity)
    town.work()
    assert len(town.alerts("regular-01")) == opened


@pytest.mark.parametrize(("age", "opened"), [(14, 1), (15, 0)])
def test_evidence_older_than_14_days_opens_nothing(town: Town, age: int, opened: int) -> None:
    town.cancels("new", MONDAY - timedelta(days=age))
    town.work()
    assert len(town.alerts("new")) == opened
    assert town.waiting() == 0


def test_for_eight_weeks_the_score_opens_no_new_alert_but_strong_evidence_does(town: Town) -> None:
    town.evaluate()
    town.work()
    with town.database.write() as connection:
        dismissed = {"state": "dismissed", "updated_at": town.clock.now()}
        connection.execute(update(alert).values(**dismissed))
    row = town.week()
    assert town.verdict("leaver", row) == "dismissed"
    assert len(town.alerts("leaver")) == 1
    town.complains("leaver", MONDAY + timedelta(weeks=1), "medium", "c0")
    town.work()
    assert len(town.alerts("leaver")) == 1
    town.complains("leaver", MONDAY + timedelta(weeks=1), "high", "c1")
    town.work()
    assert town.history("leaver") == [("opened", "complaint")]
    first, second = sorted(town.alerts("leaver"), key=lambda one: one.opened_at)
    assert first.state == "dismissed"
    assert first.id != second.id


def test_evidence_that_a_person_dismissed_does_not_come_back(town: Town) -> None:
    town.complains("new", MONDAY)
    town.work()
    with town.database.write() as connection:
        connection.execute(update(alert).values(state="dismissed"))
    town.due("new", "late", 1)
    town.work()
    assert len(town.alerts("new")) == 1


def test_below_the_budget_only_evidence_opens_and_then_as_a_watch(town: Town) -> None:
    town.decree(budget_per_rep=0)
    row = town.evaluate()
    town.work()
    assert town.verdict("leaver", row) == "below_budget"
    assert town.alerts("leaver") == []
    town.complains("leaver", MONDAY, "medium")
    town.work()
    assert town.alert("leaver").severity == "watch"
    assert town.history("leaver") == [("opened", "complaint")]
    town.week()
    assert town.alert("leaver").severity == "watch"


def test_without_any_evaluation_trade_makes_nobody_alarming(town: Town) -> None:
    town.due("leaver", "late", 1)
    town.work()
    assert town.count(alert) == 0
    assert town.count(due) == 0
    assert town.count(evaluation) == 0
    assert town.count(transition) == 0


def test_an_urgent_customer_comes_before_a_whole_week(town: Town) -> None:
    for name in town.regulars():
        town.due(name, "week", 3)
    town.cancels("new", MONDAY)
    town.judge.step()
    assert town.alert("new").severity == "urgent"
    assert town.transitions("new")[0].at == datetime(2026, 3, 2, 6, tzinfo=UTC)


def test_evidence_about_somebody_who_never_bought_is_judged_after_an_evaluation(
    town: Town,
) -> None:
    row = town.evaluate()
    town.cancels("new", MONDAY)
    town.work()
    one = town.alert("new")
    assert (one.severity, one.score, one.value_at_risk) == ("urgent", None, None)
    assert town.verdict("new", row) == "too_little_history"


def test_the_sentence_is_in_the_language_of_the_company(town: Town) -> None:
    town.decree(locale="es")
    town.cancels("new", MONDAY)
    town.work()
    assert "hoy" in town.alert("new").sentence
