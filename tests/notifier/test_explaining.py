"""What `vigia route` says is what the sender would do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.notifier.explaining import Explained, explain
from services.notifier.metrics import NotifierMetrics
from services.notifier.ways import read_ways
from shared.ops.settings import Settings
from shared.storage import alerts, reps
from shared.storage.alert_rows import Content
from shared.storage.database import Database
from shared.storage.other_alerts import open_other
from shared.storage.reps import Rep
from tests.notifier.weekly import ANA, MARTA, OPERATOR, Desk, open_one
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
    (one,) = found
    return one


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
        assert explain(connection, "a_nobody", settings, ways, clock) == []
        assert alerts.read_alert(connection, "a_nobody") is None


def about_region(company: Database, clock: Clock, sellers: list[str]) -> str:
    """The id of an alert about what customers of these reps have in common."""
    common = {"kind": "common_cause", "reps": sellers}
    content = Content(None, "warning", None, None, None, None, 0, "Less is bought.", [common])
    with company.write() as connection:
        return open_other(
            connection, "portfolio", "portfolio:region:north", content,
            reason="common_cause", actor="detector", at=clock.now(),
        ).id  # fmt: skip


def test_what_many_customers_share_goes_to_their_reps_managers(
    company: Database, settings: Settings, clock: Clock
) -> None:
    boss = Rep("m2", email="bo@company.example")
    with company.write() as connection:
        reps.add(connection, boss, clock.now())
        reps.add(connection, Rep("r2", manager="m2"), clock.now())
    alert = about_region(company, clock, ["r1", "r2", "nobody"])
    with company.read() as connection:
        found = explain(connection, alert, settings, read_ways(company, settings), clock)
    assert [(one.person, one.role, one.recipient) for one in found] == [
        ("m1", "manager", MARTA),
        ("m2", "manager", "bo@company.example"),
    ]


def test_without_managers_it_goes_to_the_operator(
    company: Database, settings: Settings, clock: Clock
) -> None:
    alert = about_region(company, clock, ["nobody"])
    with company.read() as connection:
        (found,) = explain(connection, alert, settings, read_ways(company, settings), clock)
    assert (found.role, found.recipient) == ("operator", OPERATOR)
