"""Late is what could have gone out hours ago, not what slept over the weekend."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notifier.metrics import NotifierMetrics
from shared.ops.settings import Settings
from shared.storage.database import Database
from tests.notifier.weekly import Desk, open_one
from tests.notifier.working import BUSY, Clock, Recorder, run
from tests.postgres.kinds import every_database

pytestmark = every_database

FRIDAY_NIGHT = datetime(2011, 12, 9, 21, tzinfo=UTC)
MONDAY = datetime(2011, 12, 12, 6, tzinfo=UTC)  # 07:00 in Madrid


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics) -> Desk:
    """Without digests: each message by itself, within working hours."""
    hours = {"mon-fri": "07:00-18:00"}
    return Desk(
        company, settings.model_copy(update={"working_hours": hours}), clock, metrics, Recorder()
    )


def a_weekend(desk: Desk) -> None:
    """Six messages sleep until Monday."""
    desk.move_to(FRIDAY_NIGHT)
    for number in range(6):
        open_one(desk, f"C-{number}")
    assert desk.work() == []
    desk.move_to(MONDAY)


def test_a_weekend_is_no_outage(desk: Desk) -> None:
    a_weekend(desk)
    assert sorted(message.customer for _, message in desk.work()) == [
        f"Bar C-{number}" for number in range(6)
    ]


def test_an_outage_on_monday_morning_is_one(desk: Desk) -> None:
    a_weekend(desk)
    desk.channel._answers = [BUSY] * 30
    desk.planner.step()
    for _ in range(3):
        while run(desk.sender):
            pass
        desk.move_to(desk.clock.now() + timedelta(hours=1))
    desk.channel._answers = []
    sent = desk.work()
    desk.move_to(desk.clock.now() + timedelta(hours=4))
    sent += desk.work()
    told = [part.customer for _, message in sent for part in message.parts or (message,)]
    assert sorted(told) == [f"Bar C-{number}" for number in range(6)]
    assert len(sent) < 6


def test_what_just_woke_is_not_late_because_others_are(desk: Desk) -> None:
    desk.move_to(FRIDAY_NIGHT)
    open_one(desk, "C-0")
    assert desk.work() == []
    desk.move_to(MONDAY - timedelta(hours=3))
    desk.channel._answers = [BUSY] * 6
    for number in range(1, 7):
        open_one(desk, f"C-{number}", severity="urgent")
    while run(desk.sender):
        pass
    desk.move_to(MONDAY)
    desk.planner.step()
    assert [message.customer for _, message in desk.work() if not message.parts] == ["Bar C-0"]
