"""What becomes of a living alert: news, silence, and what people decided."""

from datetime import timedelta

from sqlalchemy import update

from shared.storage.tables import alert, customer
from tests.detector.town import MONDAY, Town

TUESDAY = MONDAY + timedelta(days=1)


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
