"""What ends an alert by itself."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from shared.storage.tables import event
from tests.detector.town import MONDAY, Town


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


def test_a_missed_payment_opens_an_alert_and_its_correction_withdraws_it(town: Town) -> None:
    owed: dict[str, Any] = {"amount": "310", "currency": "EUR", "due_on": "2026-02-20"}
    town.tells("new", "payment", "p1", MONDAY, status="missed", **owed)
    town.work()
    opened = town.alert("new")
    assert (opened.severity, bool(opened.sentence)) == ("warning", True)
    with town.database.write() as connection:
        connection.execute(update(event).where(event.c.id == "p1").values(state="replaced"))
    town.due("new", "payment", 0)
    town.work()
    assert town.history("new") == [("opened", "payment"), ("withdrawn", "corrected")]
    withdrawn = town.alert("new")  # and one can still read what it was about
    assert (withdrawn.sentence, withdrawn.evidence) == (opened.sentence, opened.evidence)
    assert town.transitions("new")[-1].body["sentence"] == opened.sentence


def test_a_correction_that_was_wrong_itself_opens_the_next_alert(town: Town) -> None:
    owed: dict[str, Any] = {"amount": "310", "currency": "EUR", "due_on": "2026-02-20"}
    town.tells("new", "payment", "p1", MONDAY, status="missed", **owed)
    town.work()
    for state in ("replaced", "counted"):
        with town.database.write() as connection:
            connection.execute(update(event).where(event.c.id == "p1").values(state=state))
        town.due("new", "payment", 0)
        town.work()
    assert [one.state for one in town.alerts("new")] == ["open", "withdrawn"]


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


def test_who_left_for_good_is_no_candidate_any_more(town: Town) -> None:
    row = town.evaluate()
    assert town.verdict("leaver", row) == "alert"
    town.cancels("leaver", MONDAY, "confirmed")
    town.work()
    assert (town.verdict("leaver", row), town.alerts("leaver")) == ("already_lost", [])


def test_who_confirmed_and_bought_again_was_no_mistake(town: Town) -> None:
    """The confirmation comes in after the purchase that followed it."""
    town.cancels("regular-01", MONDAY - timedelta(days=3))
    town.work()
    town.buys_now("regular-01", MONDAY - timedelta(days=1), "purchase")
    town.work()
    town.cancels("regular-01", MONDAY - timedelta(days=2), "confirmed")
    town.work()
    assert town.alert("regular-01").state == "open"
    assert town.history("regular-01")[-1] == ("updated", "cancellation")
    town.cancels("regular-01", MONDAY, "withdrawn")
    town.work()
    assert town.history("regular-01")[-1] == ("withdrawn", "cancellation_withdrawn")


@pytest.mark.parametrize("stage", ["requested", "confirmed"])
def test_a_cancellation_that_is_old_was_not_taken_back(town: Town, stage: str) -> None:
    town.evaluate()
    town.cancels("regular-01", MONDAY)
    town.work()
    town.clock.move_to(town.clock.now() + timedelta(days=3))
    town.buys_now("regular-01", MONDAY + timedelta(days=2), "purchase")
    town.work()
    if stage == "confirmed":
        town.cancels("regular-01", MONDAY + timedelta(days=2), stage, 6)
        town.buys_now("regular-01", MONDAY + timedelta(days=3), "purchase")
        town.work()
    town.clock.move_to(town.clock.now() + timedelta(days=92))
    town.buys_now("regular-01", MONDAY + timedelta(days=94), "purchase")
    town.work()
    assert "cancellation_withdrawn" not in [why for _, why in town.history("regular-01")]


def test_an_open_complaint_keeps_the_alert_of_a_good_customer_alive(town: Town) -> None:
    town.decree(evidence_complaint_high=0.0, closing_quantile=0.94)
    town.evaluate()
    town.work()
    town.complains("regular-01", MONDAY)
    town.work()
    town.week()
    assert town.alert("regular-01").state == "open"
    town.tells("regular-01", "complaint_resolved", "r1", MONDAY, complaint="c1")
    town.work()
    assert town.history("regular-01")[-1] == ("updated", "complaint_resolved")
    town.week()
    assert town.alert("regular-01").state == "recovered"


def test_what_was_settled_since_still_counts_for_the_opening(town: Town) -> None:
    town.decree(evidence_complaint_medium=10.0)
    town.evaluate()
    town.work()
    town.complains("regular-01", MONDAY, "medium")
    town.work()
    assert town.alert("regular-01").evaluation is not None
    town.tells("regular-01", "complaint_resolved", "r1", MONDAY, complaint="c1")
    town.work()
    assert town.history("regular-01")[-1] == ("updated", "complaint_resolved")
