"""What `vigia route` says is what the sender would do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.notifier.explaining import Explained, explain
from services.notifier.metrics import NotifierMetrics
from services.notifier.ways import read_ways
from shared.ops.settings import Settings
from shared.storage import alerts
from shared.storage.database import Database
from tests.notifier.weekly import ANA, MARTA, Desk, open_one
from tests.notifier.working import Clock, Recorder


@pytest.fixture
def clock() -> Clock:
    return Clock()


def explained(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics, severity: str
) -> Explained:
    desk = Desk(company, settings, clock, metrics, Recorder())
    row = open_one(desk, severity=severity)
    with company.read() as connection:
        found = explain(connection, row.id, settings, read_ways(company, settings), clock)
    assert found is not None
    return found


def test_an_alert_that_waits_for_a_digest_is_said_to(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    weekly = settings.model_copy(update={"digest_at": "monday 07:30"})
    found = explained(company, weekly, clock, metrics, "warning")
    assert (found.recipient, found.when, found.rule) == (ANA, "in a digest", None)
    assert found.at == datetime(2011, 12, 12, 7, 30, tzinfo=ZoneInfo("Europe/Madrid"))


def test_the_rule_that_decides_is_named(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    rules = Settings(routing=[{"severity": ["watch"]}, {"severity": ["urgent"], "to": "manager"}])
    changed = settings.model_copy(update={"routing": rules.routing})
    found = explained(company, changed, clock, metrics, "urgent")
    assert (found.rule, found.recipient, found.role) == (2, MARTA, "escalated")
    assert (found.when, found.at) == ("at once", None)


def test_hours_are_told_in_the_recipients_zone(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    clock.move_to(clock.now() + timedelta(hours=14))  # Monday 22:00 in Madrid
    changed = settings.model_copy(update={"working_hours": {"mon-fri": "08:00-18:00"}})
    found = explained(company, changed, clock, metrics, "warning")
    assert found.when == "when working hours begin"
    assert found.at == datetime(2011, 12, 6, 7, tzinfo=UTC)


def test_an_unknown_alert_has_no_route(company: Database, settings: Settings, clock: Clock) -> None:
    with company.read() as connection:
        ways = read_ways(company, settings)
        assert explain(connection, "a_nobody", settings, ways, clock) is None
        assert alerts.read_alert(connection, "a_nobody") is None
