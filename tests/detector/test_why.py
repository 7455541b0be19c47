"""What `vigia why` and `vigia explain` answer."""

import json
from dataclasses import asdict

import pytest

from services.detector.explanation import Explanation, explain
from services.detector.held import Missing
from services.detector.why import Why, why
from shared.ops.errors import InputError
from shared.storage import deliveries
from shared.storage.deliveries import NewDelivery
from shared.storage.tables import alert, feed
from tests.detector.town import CALENDAR, MONDAY, Town


def ask(town: Town, name: str) -> Why:
    with town.database.read() as connection:
        now = town.clock.now()
        return why(connection, name, settings=town.settings, calendar=CALENDAR, now=now)


def told(town: Town, name: str) -> Explanation:
    with town.database.read() as connection:
        return explain(connection, name, settings=town.settings, calendar=CALENDAR)


def test_why_tells_verdict_reasons_alerts_and_what_was_sent(town: Town) -> None:
    town.evaluate()
    town.complains("leaver", MONDAY)
    town.work()
    one = town.alert("leaver")
    with town.database.write() as connection:
        deliveries.keep(connection, [NewDelivery(one.id, 1, "rep", "email", {})], town.clock.real())
    answer = ask(town, "leaver")
    assert answer.standing is not None
    assert answer.standing.verdict == "alert"
    assert answer.standing.rank == 1
    assert answer.standing.reasons["drop_now"] > 3
    assert set(answer.standing.reasons) == {"drop_now", "good_spell", "swings", "young"}
    assert [item["weight"] for item in answer.evidence] == [1.2]
    assert [found["id"] for found in answer.alerts] == [one.id]
    assert [(sent.number, sent.state) for sent in answer.sent] == [(1, "pending")]
    assert json.loads(json.dumps(asdict(answer)))["held_by"] == {}


def test_the_reasons_add_up_to_the_score(town: Town) -> None:
    """Against a typical customer: the parts differ by what the reasons say, all together."""
    town.evaluate()
    first, second = ask(town, "leaver").standing, ask(town, "regular-01").standing
    assert first is not None
    assert second is not None
    assert first.score is not None
    assert second.score is not None
    apart = sum(first.reasons.values()) - sum(second.reasons.values())
    assert apart == pytest.approx(first.score - second.score, abs=0.01)


def test_why_names_what_a_held_customer_waits_for(town: Town) -> None:
    with town.database.write() as connection:
        values = {"source": "kiosk", "kind": "live", "last_event_at": town.clock.now()}
        connection.execute(feed.insert().values(**values))
    town.evaluate(Missing({"kiosk": "held_incomplete"}))
    answer = ask(town, "leaver")
    assert answer.held_by == {"feeds": ["kiosk"]}
    assert answer.waiting == ["held"]


def test_why_names_the_end_of_a_pause(town: Town) -> None:
    town.evaluate()
    town.work()
    with town.database.write() as connection:
        connection.execute(alert.update().values(state="withdrawn"))
    town.week()
    assert ask(town, "leaver").held_by == {"paused_until": "2026-04-27"}


def test_why_of_a_stranger_is_one_clear_line(town: Town) -> None:
    with pytest.raises(InputError, match="no customer"):
        ask(town, "nobody")
    assert ask(town, "new").standing is None


def test_explain_tells_what_opened_the_alert_and_what_happened_since(town: Town) -> None:
    town.evaluate()
    town.work()
    town.week()
    town.cancels("leaver", MONDAY)
    town.work()
    answer = told(town, town.alert("leaver").id)
    assert answer.opened_by is not None
    assert answer.standing is not None
    assert (answer.opened_by.as_of, answer.standing.as_of) == ("2026-03-02", "2026-03-09")
    assert [one["reason"] for one in answer.transitions] == ["score", "cancellation"]
    assert answer.alert["severity"] == "urgent"
    assert json.loads(json.dumps(answer.to_dict()))["sent"] == []


def test_explain_of_an_alert_without_any_evaluation(town: Town) -> None:
    town.cancels("new", MONDAY)
    town.work()
    answer = told(town, town.alert("new").id)
    assert (answer.opened_by, answer.standing) == (None, None)
    with pytest.raises(InputError, match="no alert"):
        told(town, "a_nothing")
