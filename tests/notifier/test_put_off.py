"""What somebody put off until a day comes back on that day, not with the next digest."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.notifier.metrics import NotifierMetrics
from shared.ops.settings import Settings
from shared.storage.database import Database
from tests.notifier.weekly import ANA, Desk, open_one
from tests.notifier.working import Clock, Recorder, new

WEDNESDAY = datetime(2011, 12, 7, 5, tzinfo=UTC)  # 06:00 in Madrid, the hour of the evaluation


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def weekly(settings: Settings) -> Settings:
    hours = {"mon-fri": "07:00-18:00"}
    return settings.model_copy(update={"digest_at": "monday 07:30", "working_hours": hours})


def told_on_wednesday(desk: Desk, **changes: Any) -> list[tuple[int, str, str]]:
    """What is sent on Wednesday about an alert that was put off until then, at which hour."""
    row = open_one(desk, severity=changes.get("severity", "warning"))
    desk.clock.move_to(WEDNESDAY)
    told = {"kind": "updated", "reason": "snooze_over", "id": row.id, **changes}
    desk.announce(new(2, **told))
    found = []
    for hour in range(5, 20):
        desk.move_to(WEDNESDAY.replace(hour=hour))
        found += [(hour, address, message.kind) for address, message in desk.work()]
    return found


def test_it_comes_when_the_rep_begins_to_work(
    company: Database, weekly: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    desk = Desk(company, weekly, clock, metrics, Recorder())
    assert told_on_wednesday(desk) == [(6, ANA, "updated")]


def test_a_rule_for_digests_does_not_delay_it(
    company: Database, weekly: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    rules = Settings(routing=[{"when": "digest"}])
    changed = weekly.model_copy(update={"routing": rules.routing})
    desk = Desk(company, changed, clock, metrics, Recorder())
    assert told_on_wednesday(desk) == [(6, ANA, "updated")]


def test_other_news_of_that_day_waits_for_the_digest(
    company: Database, weekly: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    desk = Desk(company, weekly, clock, metrics, Recorder())
    assert told_on_wednesday(desk, reason="purchase") == []
