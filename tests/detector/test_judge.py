"""Opening, updating and ending alerts, from events in a real database."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from shared.contract.alert_event import AlertData
from shared.ops.clock import SimulatedClock
from shared.ops.wakeup import LocalWakeup
from shared.storage.database import Database
from shared.storage.due import mark
from shared.storage.tables import alert, customer, due, evaluation, event, transition
from tests.detector.town import MONDAY, Town

TUESDAY = MONDAY + timedelta(days=1)


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
    assert row.state == "judging"
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


def test_a_quiet_week_updates_the_alert_without_telling_anybody(town: Town) -> None:
    town.evaluate()
    town.work()
    before = town.alert("leaver")
    town.week()
    after = town.alert("leaver")
    assert town.history("leaver") == [("opened", "score")]
    assert after.as_of == before.as_of + 7
    assert after.evidence[0]["window_weeks"] == 5


def test_a_purchase_after_the_judged_weeks_is_told_once(town: Town) -> None:
    town.evaluate()
    town.work()
    town.clock.move_to(town.clock.now() + timedelta(days=2))
    town.buys_now("leaver", TUESDAY, "purchase", amount=310)
    town.work()
    bought = {"kind": "purchase", "day": "2026-03-03", "amount": "310.00", "currency": "EUR"}
    assert bought in town.alert("leaver").evidence
    assert "310 EUR" in town.alert("leaver").sentence
    town.buys_now("leaver", TUESDAY + timedelta(days=1), "purchase")
    town.work()
    assert town.history("leaver") == [("opened", "score"), ("updated", "purchase")]
    assert len([item for item in town.alert("leaver").evidence if item["kind"] == "purchase"]) == 2


def test_an_alert_recovers_at_the_evaluation_whose_score_is_low(town: Town) -> None:
    town.evaluate()
    town.work()
    for week in range(10):
        town.buys("leaver", [MONDAY + timedelta(weeks=week, days=day) for day in (0, 2, 4)], 140)
        town.week()
        if town.alert("leaver").state != "open":
            break
    assert town.alert("leaver").state == "recovered"
    assert town.history("leaver")[-1] == ("recovered", "score")
    assert town.verdict("leaver", town.evaluate()) in ("steady", "paused")


def test_an_alert_is_lost_after_twelve_silent_weeks(town: Town) -> None:
    town.evaluate()
    town.work()
    town.week(7)
    assert town.alert("leaver").state == "open"
    town.week()
    assert town.history("leaver")[-1] == ("lost", "silent")


def test_late_purchases_that_disprove_the_drop_withdraw_the_alert(town: Town) -> None:
    town.evaluate()
    town.work()
    weeks = [MONDAY - timedelta(weeks=week) for week in range(1, 5)]
    town.buys("leaver", [week + timedelta(days=day) for week in weeks for day in (0, 2)], 140)
    town.buys_now("leaver", MONDAY - timedelta(days=3), "late", amount=140)
    town.work()
    assert town.alert("leaver").state == "withdrawn"
    assert town.history("leaver") == [("opened", "score"), ("withdrawn", "corrected")]


def test_late_purchases_withdraw_an_alert_of_an_earlier_evaluation(town: Town) -> None:
    town.evaluate()
    town.work()
    town.week(2)
    weeks = [MONDAY - timedelta(weeks=week) for week in range(1, 5)]
    town.buys("leaver", [week + timedelta(days=day) for week in weeks for day in (0, 2)], 140)
    again = [MONDAY + timedelta(days=day) for day in (0, 2, 4, 7, 9)]
    town.buys("leaver", again, 140)
    town.buys_now("leaver", MONDAY - timedelta(days=3), "late", amount=140)
    town.work()
    assert town.history("leaver")[-1] == ("withdrawn", "corrected")


def test_late_data_that_change_little_keep_the_alert(town: Town) -> None:
    town.evaluate()
    town.work()
    town.buys_now("leaver", MONDAY - timedelta(weeks=20), "late", amount=20)
    town.work()
    assert town.alert("leaver").state == "open"
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


def test_evidence_joins_the_living_alert_and_raises_its_severity(town: Town) -> None:
    town.evaluate()
    town.work()
    town.complains("leaver", MONDAY)
    town.work()
    one = town.alert("leaver")
    assert one.severity == "urgent"  # angry, and buying less
    assert town.history("leaver") == [("opened", "score"), ("updated", "complaint")]
    town.work()
    town.due("leaver", "complaint", 0)
    town.work()
    assert len(town.transitions("leaver")) == 2


@pytest.mark.parametrize(("severity", "opened"), [("high", 1), ("medium", 0), ("low", 0)])
def test_which_complaints_open_an_alert_alone(town: Town, severity: str, opened: int) -> None:
    town.complains("regular-01", MONDAY, severity)
    town.work()
    assert len(town.alerts("regular-01")) == opened


def test_a_missed_payment_opens_an_alert_and_its_correction_withdraws_it(town: Town) -> None:
    owed: dict[str, Any] = {"amount": "310", "currency": "EUR", "due_on": "2026-02-20"}
    town.tells("new", "payment", "p1", MONDAY, status="missed", **owed)
    town.work()
    assert town.alert("new").severity == "warning"
    with town.database.write() as connection:
        connection.execute(update(event).where(event.c.id == "p1").values(state="replaced"))
    town.due("new", "payment", 0)
    town.work()
    assert town.history("new") == [("opened", "payment"), ("withdrawn", "corrected")]


def test_a_payment_made_later_is_news_and_the_next_evaluation_decides(town: Town) -> None:
    owed: dict[str, Any] = {"amount": "310", "currency": "EUR", "due_on": "2026-02-20"}
    town.tells("new", "payment", "p1", MONDAY, status="missed", **owed)
    town.work()
    town.tells("new", "payment", "p2", MONDAY, 6, status="paid", **owed)
    town.work()
    assert town.history("new") == [("opened", "payment"), ("updated", "payment_settled")]
    town.week()
    assert town.history("new")[-1] == ("recovered", "settled")


def test_a_withdrawn_cancellation_ends_an_alert_that_stood_on_it_alone(town: Town) -> None:
    town.cancels("regular-01", MONDAY)
    town.work()
    town.cancels("regular-01", MONDAY, "withdrawn", hour=6)
    town.work()
    assert town.history("regular-01")[-1] == ("withdrawn", "cancellation_withdrawn")


def test_a_withdrawn_cancellation_is_only_news_where_the_score_alerts_too(town: Town) -> None:
    town.evaluate()
    town.work()
    town.cancels("leaver", MONDAY)
    town.work()
    assert town.alert("leaver").severity == "urgent"
    town.cancels("leaver", MONDAY, "withdrawn", hour=6)
    town.work()
    assert town.alert("leaver").severity == "warning"
    assert town.history("leaver")[1:] == [
        ("updated", "cancellation"),
        ("updated", "cancellation_withdrawn"),
    ]


def test_a_confirmed_cancellation_ends_in_loss_and_opens_nothing(town: Town) -> None:
    town.cancels("new", MONDAY, "confirmed")
    town.complains("new", MONDAY)
    town.work()
    assert town.alerts("new") == []
    town.cancels("regular-01", MONDAY)
    town.work()
    town.tells("regular-01", "cancellation", "x", MONDAY, 6, stage="confirmed")
    town.work()
    assert town.history("regular-01") == [("opened", "cancellation"), ("lost", "cancelled")]


@pytest.mark.parametrize(("age", "opened"), [(14, 1), (15, 0)])
def test_evidence_older_than_14_days_opens_nothing(town: Town, age: int, opened: int) -> None:
    town.cancels("new", MONDAY - timedelta(days=age))
    town.work()
    assert len(town.alerts("new")) == opened
    assert town.waiting() == 0


def test_an_open_complaint_keeps_the_alert_of_a_good_customer_alive(town: Town) -> None:
    town.evaluate()
    town.work()
    town.complains("regular-01", MONDAY + timedelta(days=0))
    town.work()
    town.week()
    assert town.alert("regular-01").state == "open"
    town.tells("regular-01", "complaint_resolved", "r1", MONDAY, complaint="c1")
    town.work()
    assert town.history("regular-01")[-1] == ("updated", "complaint_resolved")
    town.week()
    assert town.alert("regular-01").state == "recovered"


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


def test_news_of_a_snoozed_alert_waits_but_a_cancellation_does_not(town: Town) -> None:
    town.evaluate()
    town.work()
    with town.database.write() as connection:
        until = town.clock.now() + timedelta(days=30)
        connection.execute(update(alert).values(snoozed_until=until))
    town.complains("leaver", MONDAY)
    town.work()
    one = town.alert("leaver")
    assert len(town.transitions("leaver")) == 1
    assert "complaint" in [item["kind"] for item in one.evidence]
    assert one.snoozed_until == until
    town.cancels("leaver", MONDAY)
    town.work()
    assert town.history("leaver")[-1] == ("updated", "cancellation")


def test_what_people_did_survives_the_next_evaluation(town: Town) -> None:
    town.evaluate()
    town.work()
    with town.database.write() as connection:
        connection.execute(update(alert).values(state="working"))
    town.week()
    assert town.alert("leaver").state == "working"


def test_a_new_rep_is_told_and_the_old_one_named(town: Town) -> None:
    town.evaluate()
    town.work()
    with town.database.write() as connection:
        connection.execute(update(customer).where(customer.c.id == "leaver").values(rep="bea"))
    town.due("leaver", "rep", 1)
    town.work()
    assert town.alert("leaver").rep == "bea"
    last = town.transitions("leaver")[-1]
    assert (last.kind, last.reason) == ("updated", "rep_changed")
    assert (last.body["rep"], last.body["previous_rep"]) == ("bea", "ana")


def test_below_the_budget_only_evidence_opens_and_then_as_a_watch(
    settled_file: Path, tmp_path: Path, clock: SimulatedClock, wakeup: LocalWakeup
) -> None:
    path = tmp_path / "tight.db"
    shutil.copy(settled_file, path)
    database = Database(f"sqlite:///{path}")
    town = Town(database, clock, wakeup, budget_per_rep=0)
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
    database.close()


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


def test_the_tenth_with_most_at_risk_is_urgent(town: Town) -> None:
    town.evaluate()
    town.work()
    for name in town.regulars()[:12]:
        town.complains(name, MONDAY, id_=f"c-{name}")
    town.work()
    assert town.alert("leaver").severity == "warning"
    town.due("leaver", "late", 1)
    town.work()
    assert town.alert("leaver").severity == "urgent"
    assert town.history("leaver")[-1] == ("updated", "severity")


def test_the_sentence_is_in_the_language_of_the_company(
    settled_file: Path, tmp_path: Path, clock: SimulatedClock, wakeup: LocalWakeup
) -> None:
    path = tmp_path / "es.db"
    shutil.copy(settled_file, path)
    database = Database(f"sqlite:///{path}")
    town = Town(database, clock, wakeup, locale="es")
    town.cancels("new", MONDAY)
    town.work()
    assert "hoy" in town.alert("new").sentence
    database.close()
