"""Each kind of evidence beside buying, planted: it raises the score, and only while it may.

Every test fails when the kind's ratio is set to 0; that is asserted, too.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.event import listen, remove

from services.detector.beside import load_items
from services.detector.case import CaseReader
from services.detector.chunks import load_evidence
from shared.domain.week import day_number
from shared.ops.settings import Settings
from shared.storage.due import LATE, DueCustomer
from shared.storage.tables import customer, evaluation
from tests.detector.town import CALENDAR, MONDAY, Town
from tests.postgres.kinds import every_town

NAME = "regular-05"


def ago(days: int) -> date:
    return MONDAY - timedelta(days=days)


def complains(severity: str) -> Callable[[Town], None]:
    return lambda town: town.complains(NAME, ago(3), severity)


def rates_us(town: Town) -> None:
    town.tells(NAME, "survey", "s1", ago(3), kind="nps", score=2)


def owes(status: str) -> Callable[[Town], None]:
    owed: dict[str, Any] = {
        "status": status,
        "amount": "310.00",
        "currency": "EUR",
        "due_on": "2026-02-20",
    }
    return lambda town: town.tells(NAME, "payment", "p1", ago(3), **owed)


def cancels(*stages: str) -> Callable[[Town], None]:
    def plant(town: Town) -> None:
        for hour, stage in enumerate(stages):
            town.cancels(NAME, ago(7), stage, hour)

    return plant


def is_visited_no_more(town: Town) -> None:
    for n in range(8):
        town.tells(NAME, "contact", f"v{n}", ago(70 + 14 * n), rep="ana", channel="visit")
    town.tells("regular-06", "contact", "v-other", ago(2), rep="ana", channel="call")


def loses_a_sister(town: Town) -> None:
    town.customer("sister")
    town.buys("sister", [ago(100 + 4 * n) for n in range(20)])
    town.customer("aunt")
    same = update(customer).where(customer.c.id.in_(("sister", "aunt", NAME)))
    with town.database.write() as connection:
        connection.execute(same.values(group="Casa Sol"))


PLANTED: dict[str, Callable[[Town], None]] = {
    "complaint_low": complains("low"),
    "complaint_medium": complains("medium"),
    "complaint_high": complains("high"),
    "survey": rates_us,
    "payment": owes("missed"),
    "payment_late": owes("late"),
    "cancellation": cancels("requested"),
    "cancellation_confirmed": cancels("requested", "confirmed"),
    "cancellation_withdrawn": cancels("requested", "withdrawn"),
    "no_contact": is_visited_no_more,
    "group_loss": loses_a_sister,
}
# Of these an alert may stand on the event alone, whatever it adds to the score; a confirmed
# cancellation is the end of an alert, not the beginning.
BY_ITSELF = ("complaint_high", "payment", "cancellation", "cancellation_confirmed")


def score(town: Town, settings: Settings) -> float:
    """The customer's score as the judge would compute it now."""
    now, known = town.clock.now(), select(customer.c.rep, customer.c.group)
    with town.database.read() as connection:
        rep, group = connection.execute(known.where(customer.c.id == NAME)).one()
        due = DueCustomer(town.number(NAME), NAME, 0, ("late",), LATE, now, rep, group)
        case = CaseReader(settings, CALENDAR).read(connection, due, town.clock.now()).case
    assert case.judgement is not None
    assert case.judgement.standing.score is not None
    return case.judgement.standing.score


def without(kind: str) -> Settings:
    return Settings.model_validate({f"evidence_{kind}": 0.0})


@pytest.mark.parametrize("kind", PLANTED)
def test_it_adds_its_ratio_as_far_as_it_has_not_faded(town: Town, kind: str) -> None:
    town.evaluate()
    before = score(town, town.settings)
    PLANTED[kind](town)
    days = {"no_contact": 0, "group_loss": 16}.get(kind, 7 if "cancellation" in kind else 3)
    ratio = getattr(town.settings, f"evidence_{kind}")
    assert score(town, town.settings) - before == pytest.approx(ratio * 0.5 ** (days / 30))
    assert score(town, without(kind)) == pytest.approx(before)


@every_town
def test_in_bulk_it_weighs_the_same(town: Town) -> None:
    town.evaluate()
    before = score(town, town.settings)
    for kind in ("complaint_low", "survey", "payment_late", "no_contact", "group_loss"):
        PLANTED[kind](town)
    added = load_all(town)[town.number(NAME)]
    assert added > 1
    assert score(town, town.settings) - before == pytest.approx(added)


def load_all(town: Town) -> dict[int, float]:
    """What the evaluation adds to everybody's score, read in bulk."""
    today = day_number(MONDAY)
    with town.database.read() as connection:
        return load_evidence(connection, today + 1, today, town.settings, CALENDAR, live=True)[0]


@pytest.mark.parametrize("kind", [kind for kind in PLANTED if kind not in BY_ITSELF])
def test_it_lifts_a_doubtful_customer_above_the_floor(town: Town, kind: str) -> None:
    row = town.evaluate()
    town.work()
    floor = score(town, town.settings) + 0.05
    with town.database.write() as connection:
        levels = {"threshold": floor, "closing": floor - 1}
        connection.execute(update(evaluation).where(evaluation.c.id == row.id).values(**levels))
    PLANTED[kind](town)
    town.decree(**{f"evidence_{kind}": 0.0})
    town.due(NAME, "late", 1)
    town.work()
    assert town.alerts(NAME) == []
    town.decree()
    town.due(NAME, "late", 1)
    town.work()
    one = town.alert(NAME)
    assert any(kind.startswith(item["kind"]) for item in one.evidence)
    assert one.score == pytest.approx(score(town, town.settings))


def test_a_complaint_and_a_drop_make_one_stronger_alert(town: Town) -> None:
    town.evaluate()
    town.work()
    alone = town.alert("leaver")
    town.complains("leaver", MONDAY)
    town.work()
    both = town.alert("leaver")
    assert both.id == alone.id
    assert both.score == pytest.approx((alone.score or 0) + 1.2)
    assert (alone.severity, both.severity) == ("warning", "urgent")
    assert "1 complaint (late delivery) today." in both.sentence
    assert both.sentence.startswith(alone.sentence.split(";")[0])
    assert town.history("leaver") == [("opened", "score"), ("updated", "complaint")]


def test_a_complaint_before_the_drop_makes_one_alert_too(town: Town) -> None:
    town.complains("leaver", MONDAY)
    town.work()
    first = town.alert("leaver")
    assert first.score is None
    town.evaluate()
    town.work()
    both = town.alert("leaver")
    assert both.id == first.id
    assert {"drop", "complaint"} <= {item["kind"] for item in both.evidence}
    town.decree(evidence_complaint_high=0.0)
    assert both.score is not None


def test_nobody_is_missed_where_contacts_are_no_longer_recorded(town: Town) -> None:
    is_visited_no_more(town)
    today = day_number(MONDAY)
    for until, silent in ((today + 1, True), (today + 12, True), (today + 13, False)):
        with town.database.read() as connection:
            found = load_items(connection, until, until - 1, CALENDAR, live=True)
        kinds = [item["kind"] for item in found.get(town.number(NAME), [])]
        assert ("no_contact" in kinds) is silent


@pytest.mark.parametrize("kind", PLANTED)
def test_of_one_customer_the_same_is_read_as_of_everybody(town: Town, kind: str) -> None:
    PLANTED[kind](town)
    today, number = day_number(MONDAY), town.number(NAME)
    told = 0
    with town.database.read() as connection:
        for until in range(today + 1, today + 100, 7):
            view = (connection, until, until - 1, CALENDAR)
            everybody = load_items(*view, live=True)
            assert load_items(*view, [number], live=True).get(number) == everybody.get(number)
            then = CALENDAR.starts_at(until - 40)
            of_one = load_items(*view, [number], live=True, moment=then)
            assert of_one.get(number) == load_items(*view, live=True, moment=then).get(number)
            told += number in everybody
    assert 0 < told < 14  # all of it grows old


def test_a_confirmed_cancellation_is_told_to_the_others_of_the_group_at_once(town: Town) -> None:
    with town.database.write() as connection:
        same = update(customer).where(customer.c.id.in_(("leaver", NAME)))
        connection.execute(same.values(group="Casa Sol"))
    town.evaluate()
    town.complains(NAME, MONDAY)
    town.work()
    town.cancels("leaver", MONDAY, "confirmed")
    town.work()
    assert town.alert("leaver").state == "lost"
    assert town.history(NAME)[-1] == ("updated", "group_loss")
    assert "Another customer of group Casa Sol was lost today." in town.alert(NAME).sentence
    assert "leaver" not in town.alert(NAME).sentence


def test_reading_everybodys_evidence_does_not_pass_over_the_purchases(town: Town) -> None:
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        statements.append((statement, parameters))

    with town.database.read() as connection:
        listen(connection.engine, "before_cursor_execute", note)
        load_items(connection, 20_000, 20_000, CALENDAR, live=True)
        remove(connection.engine, "before_cursor_execute", note)
        plans = [
            str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
            for statement, parameters in statements
        ]
    assert sum("ix_event_beside_trade" in plan for plan in plans) == 2
    assert not any("SCAN event" in plan and "ix_event_beside" not in plan for plan in plans)


def test_a_group_of_hundreds_is_no_account(town: Town) -> None:
    loses_a_sister(town)
    with town.database.write() as connection:
        crowd = [{"id": f"crowd-{n}", "group": "Casa Sol", "field_times": {}} for n in range(200)]
        connection.execute(customer.insert(), crowd)
    assert load_all(town) == {}
