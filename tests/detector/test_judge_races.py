"""Crashes, races and data that arrive while a customer is judged."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from services.detector import judge as judge_module
from services.detector.case import CaseReader, Opened
from services.detector.held import Missing
from shared.storage import alerts, due
from shared.storage.tables import alert, customer, feed, transition
from tests.detector.town import MONDAY, Town
from tests.postgres.kinds import every_town

pytestmark = every_town


class _Reads:
    """A case reader that lets something happen once: right after the reading, or `before` it,
    when it is already known who is due."""

    def __init__(self, reader: CaseReader, happens: Any, before: bool) -> None:
        self._reader = reader
        self._happens = happens
        self._before = before
        self.reads = 0

    def read(self, connection: Connection, *arguments: Any) -> Opened:
        self.reads += 1
        if self.reads == 1 and self._before:
            self._happens()
        opened = self._reader.read(connection, *arguments)
        if self.reads == 1 and not self._before:
            self._happens()
        return opened


def interrupt(town: Town, happens: Any, *, before: bool = False) -> _Reads:
    reads = _Reads(town.judge._cases, happens, before)
    town.judge._cases = reads  # type: ignore[assignment]
    return reads


def test_two_judges_open_one_alert(town: Town) -> None:
    names = town.regulars()
    for name in names:
        town.complains(name, MONDAY, id_=f"c-{name}")
    together = threading.Barrier(2)

    def work() -> None:
        judge = town.new_judge()
        together.wait()
        while judge.step():
            pass

    with ThreadPoolExecutor(2) as pool:
        for judging in [pool.submit(work), pool.submit(work)]:
            judging.result()
    assert town.waiting() == 0
    assert town.count(alert) == len(names)
    assert town.count(transition) == len(names)


@pytest.mark.parametrize("before", [False, True])
def test_what_becomes_known_while_judging_is_judged_again(town: Town, before: bool) -> None:
    town.complains("new", MONDAY)
    reads = interrupt(town, lambda: town.cancels("new", MONDAY), before=before)
    town.judge.step()
    assert town.alerts("new") == []
    town.work()
    assert reads.reads == 2
    assert town.alert("new").severity == "urgent"
    kinds = {item["kind"] for item in town.alert("new").evidence}
    assert kinds == {"complaint", "cancellation"}
    assert town.waiting() == 0


def test_a_loss_in_the_group_meanwhile_is_not_lost(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with town.database.write() as connection:
        both = customer.c.id.in_(["new", "leaver"])
        connection.execute(update(customer).where(both).values(group="Casa Sol"))
    town.complains("new", MONDAY)
    town.cancels("leaver", MONDAY)
    town.work()
    town.due("new", "group", 1)  # of an earlier loss, not judged yet
    other = town.new_judge()
    monkeypatch.setattr(judge_module, "TAKEN", 1)

    def lose() -> None:
        town.tells("leaver", "cancellation", "x2", MONDAY, 6, stage="confirmed")
        other.step()  # the leaver alone, who is more pressing

    interrupt(town, lose)
    town.work()
    assert town.history("leaver")[-1][0] == "lost"
    assert town.history("new")[-1] == ("updated", "group_loss")


def test_an_alert_that_somebody_opens_meanwhile_is_joined(town: Town) -> None:
    town.complains("new", MONDAY)
    other = town.new_judge()
    interrupt(town, other.step)
    town.work()
    assert town.history("new") == [("opened", "complaint")]
    assert town.waiting() == 0


def test_a_dismissal_meanwhile_is_respected(town: Town) -> None:
    town.evaluate()
    town.work()
    town.complains("leaver", MONDAY, "medium")

    def dismiss() -> None:
        with town.database.write() as connection:
            living = alerts.living_alert(connection, town.number("leaver"))
            assert living is not None
            alerts.add_transition(
                connection, living, "dismissed", reason="spoke", actor="ana", at=town.clock.now()
            )

    interrupt(town, dismiss)
    town.work()
    assert town.history("leaver") == [("opened", "score"), ("dismissed", "spoke")]


def test_an_evaluation_that_ends_meanwhile_is_not_lost(town: Town) -> None:
    first = town.evaluate()
    town.work()
    town.clock.move_to(town.clock.now() + timedelta(weeks=1))
    town.due("leaver", "week", 3)  # of the first evaluation, not judged yet
    interrupt(town, town.evaluate)
    town.work()
    assert town.alert("leaver").as_of == first.as_of + 7
    assert town.waiting() == 0


def test_a_crash_before_the_commit_leaves_the_customer_due(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.complains("new", MONDAY)

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(judge_module, "open_alert", crash)
        with pytest.raises(RuntimeError, match="killed"):
            town.judge.step()
    assert town.waiting() == 1
    assert town.alerts("new") == []
    town.new_judge().step()
    assert town.history("new") == [("opened", "complaint")]


def test_a_second_living_alert_is_refused_by_the_database(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The partial unique index is what holds when everything else has raced."""
    town.complains("new", MONDAY)
    town.work()
    town.complains("new", MONDAY, id_="c2")
    with monkeypatch.context() as patched:
        patched.setattr(alerts, "of_customer", lambda connection, number: [])
        town.judge.step()
    assert town.waiting() == 1
    town.work()
    assert town.history("new") == [("opened", "complaint"), ("updated", "complaint")]


def held(town: Town) -> None:
    """An evaluation of which the last day of the kiosk, where the leaver bought, is missing."""
    with town.database.write() as connection:
        connection.execute(
            feed.insert().values(source="kiosk", kind="live", last_event_at=town.clock.now())
        )
    town.evaluate(Missing({"kiosk": "held_incomplete"}))


def test_a_held_customer_is_judged_once_the_feed_is_complete(town: Town) -> None:
    held(town)
    town.work()
    assert town.alerts("leaver") == []
    assert town.waiting() == 1
    with town.database.write() as connection:
        connection.execute(update(feed).values(complete_until=town.clock.now()))
    town.work()
    assert town.history("leaver") == [("opened", "score")]
    assert town.waiting() == 0


def test_other_evidence_of_a_held_customer_works_as_always(town: Town) -> None:
    held(town)
    town.work()
    town.complains("leaver", MONDAY)
    town.work()
    assert town.history("leaver") == [("opened", "complaint")]
    assert town.alert("leaver").score is None
    with town.database.read() as connection:
        waiting = due.waiting(connection)
    assert waiting == {due.HELD: 1}


def test_a_judgement_nobody_waits_for_any_more_is_not_stored(town: Town) -> None:
    """Two judges took the same customer; the second finds nothing to settle."""
    town.complains("new", MONDAY)
    with town.database.read() as connection:
        (one,) = due.take(connection, limit=5)
    town.work()
    town.judge._judge(one)
    assert town.history("new") == [("opened", "complaint")]
