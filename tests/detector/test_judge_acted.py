"""What people said about an alert, and what the detector makes of it later."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.detector.why import why
from shared.domain.action import Action
from shared.storage import acting, alerts, standings
from shared.storage.alert_rows import AlertRow
from shared.storage.standings import StandingRow
from shared.storage.tables import alert, standing
from tests.detector.town import CALENDAR, MONDAY, Town
from tests.postgres.kinds import every_town

ANA = "rep:ana"


def answer(town: Town, name: str, action: Action, until_days: int | None = None) -> AlertRow:
    now = town.clock.now()
    until = None if until_days is None else now + timedelta(days=until_days)
    one = town.alerts(name)[0]
    return town.database.run(
        lambda connection: (
            acting.act(connection, one.id, action, actor=ANA, at=now, until=until).alert
        )
    )


def put_off(town: Town, name: str, days: int) -> AlertRow:
    back = (town.clock.now() + timedelta(days=days)).date()
    return answer(town, name, Action("snooze", "promised", until=back), until_days=days)


@every_town
def test_what_was_put_off_comes_back_when_the_day_comes(town: Town) -> None:
    town.evaluate()
    town.work()
    put_off(town, "leaver", 10)
    town.clock.move_to(town.clock.now() + timedelta(days=9, hours=23))
    town.work()
    assert town.history("leaver")[1:] == [("snoozed", "promised")]
    town.clock.move_to(town.clock.now() + timedelta(hours=1))
    town.work()
    town.work()
    one = town.alert("leaver")
    assert town.history("leaver")[1:] == [("snoozed", "promised"), ("updated", "snooze_over")]
    assert (one.state, one.snoozed_until) == ("acknowledged", None)
    assert town.transitions("leaver")[-1].body["snoozed_until"] is None


def test_news_that_was_kept_back_is_there_when_it_comes_back(town: Town) -> None:
    town.evaluate()
    town.work()
    put_off(town, "leaver", 3)
    town.complains("leaver", MONDAY)
    town.work()
    town.clock.move_to(town.clock.now() + timedelta(days=3))
    town.work()
    last = town.transitions("leaver")[-1]
    assert last.reason == "snooze_over"
    assert "complaint" in [item["kind"] for item in last.body["evidence"]]


def test_who_is_back_to_normal_meanwhile_is_not_put_before_the_rep_again(town: Town) -> None:
    town.evaluate()
    town.work()
    put_off(town, "leaver", 40)
    for _ in range(5):
        monday = town.clock.now().date()
        town.buys("leaver", [monday + timedelta(days=n) for n in (0, 1, 2, 3, 4)], amount=140)
        town.week()
    town.clock.move_to(town.clock.now() + timedelta(days=10))
    town.work()
    assert town.history("leaver")[1:] == [("snoozed", "promised"), ("recovered", "score")]


def test_an_alert_about_everybody_comes_back_too(town: Town) -> None:
    now = town.clock.now()
    values: dict[str, Any] = {
        "id": "a_all", "kind": "portfolio", "key": "portfolio:all", "customer": None,
        "state": "acknowledged", "severity": "warning", "as_of": 20_514, "opened_at": now,
        "updated_at": now, "snoozed_until": now + timedelta(days=1), "sentence": "All buy less.",
        "evidence": [], "last_number": 2,
    }  # fmt: skip
    with town.database.write() as connection:
        connection.execute(alert.insert().values(**values))
    town.work()
    town.clock.move_to(now + timedelta(days=1))
    town.work()
    with town.database.read() as connection:
        row = alerts.read_alert(connection, "a_all")
    assert row is not None
    assert (row.snoozed_until, row.last_number) == (None, 3)


def test_what_people_said_survives_the_next_evaluation(town: Town) -> None:
    town.evaluate()
    town.work()
    answer(town, "leaver", Action("call", note="Comes back in May"))
    put_off(town, "leaver", 30)
    town.week()
    one = town.alert("leaver")
    assert one.state == "working"
    assert one.snoozed_until is not None
    assert [kind for kind, _ in town.history("leaver")] == ["opened", "working", "snoozed"]


def dismissed(town: Town, reason: str) -> None:
    """A leaver whose alert was dismissed so eight weeks ago, and who still comes rarely."""
    town.evaluate()
    town.work()
    answer(town, "leaver", Action("dismiss", reason))
    for _ in range(8):
        town.buys("leaver", [town.clock.now().date()], amount=140)
        town.trade()
    town.evaluate()


def standing_now(town: Town) -> StandingRow:
    with town.database.read() as connection:
        rows = connection.execute(
            standing.select().where(standing.c.customer == town.number("leaver"))
        )
        last = max(rows, key=lambda row: row.evaluation)
        found = standings.read(connection, last.evaluation, last.customer)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("reason", "raise_", "verdict"),
    [("wrong", 20.0, "dismissed"), ("wrong", 0.0, "alert"), ("known", 20.0, "alert")],
)
def test_a_mistaken_alert_raises_that_customers_bar(
    town: Town, reason: str, raise_: float, verdict: str
) -> None:
    """The same weeks would alert again where nothing was said, and where the raise is off."""
    town.decree(dismissal_raise=raise_)
    dismissed(town, reason)
    found = standing_now(town)
    assert found.verdict == verdict
    expected = pytest.approx(20 * (1 - 8 / 26), abs=0.01) if verdict == "dismissed" else None
    assert found.raised == expected


def test_a_raised_bar_is_shown_and_bars_only_the_score_of_that_customer(town: Town) -> None:
    town.decree(dismissal_raise=20.0)
    dismissed(town, "holiday")
    with town.database.read() as connection:
        now = town.clock.now()
        told = why(connection, "leaver", settings=town.settings, calendar=CALENDAR, now=now)
        raised = connection.scalars(select(standing.c.customer).where(standing.c.raised > 0)).all()
    assert told.standing is not None
    assert told.standing.threshold is not None
    assert told.standing.raised is not None
    bar = told.standing.threshold + told.standing.raised
    assert told.held_by == {"bar": round(bar, 2)}
    assert set(raised) == {town.number("leaver")}
    town.cancels("leaver", town.clock.now().date())
    town.work()
    assert town.alerts("leaver")[0].severity == "urgent"
