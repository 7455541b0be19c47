"""The notifier as a whole: announced alerts come out where people are, each at its own speed."""

from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from services.notifier.registry import read_channel
from services.notifier.service import Notifier
from shared.contract.alert_event import AlertData, alert_event, write_alert_event
from shared.contract.topics import alerts_topic
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import NewRecord
from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.secret import load_secret
from shared.ops.settings import Settings
from shared.ops.stop import Stop
from shared.ops.wakeup import LocalWakeup
from shared.storage import rep_channels, reps
from shared.storage.database import Database
from shared.storage.rep_channels import PURPOSE
from shared.storage.reps import Rep
from shared.storage.tables import customer
from tests.notifier.builders import alert_data
from tests.notifier.http_server import HttpServer, Reply
from tests.notifier.working import rows

SECRET = "#whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
Start = Callable[[], None]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"allowed_hosts": "127.0.0.1"})


@pytest.fixture
def start(
    company: Database,
    log: TableLog,
    settings: Settings,
    clock: SimulatedClock,
    wakeup: LocalWakeup,
    registry: CollectorRegistry,
) -> Iterator[Start]:
    """Starts a notifier, which ends with the test."""
    stop = Stop()
    notifier = Notifier(
        database=company,
        log=log,
        settings=settings,
        clock=clock,
        wakeup=wakeup,
        registry=registry,
        consumer_metrics=ConsumerMetrics(registry, clock),
        owner="test",
    )
    workers = notifier.workers(stop)

    def start() -> None:
        for worker in workers:
            worker.start()

    yield start
    stop.request()
    assert all(worker.join(5) for worker in workers)
    assert [worker.failure for worker in workers if worker.failure] == []
    notifier.close()


def announce(log: TableLog, clock: SimulatedClock, subject: str = "C-1029", id: str = "") -> None:
    data = AlertData.model_validate(alert_data(customer=subject, **({"id": id} if id else {})))
    event = alert_event("opened", subject, clock.now(), data)
    log.append(alerts_topic(), [NewRecord(subject, write_alert_event(event))], timeout=5)


def until(found: Callable[[], bool]) -> None:
    stop = Stop()
    for _ in range(200):
        if found():
            return
        stop.wait(0.05)
    raise AssertionError("it did not happen within 10 s")


def mails(settings: Settings) -> list[Path]:
    return list((settings.data / "outbox").glob("*.eml"))


def test_an_announced_alert_becomes_a_mail(
    start: Start, log: TableLog, settings: Settings, clock: SimulatedClock
) -> None:
    start()
    announce(log, clock)
    until(lambda: len(mails(settings)) == 1)
    mail = message_from_bytes(mails(settings)[0].read_bytes(), policy=policy.default)
    assert mail["To"] == "Ana Ruiz <ana@company.example>"
    assert mail["Subject"] == "Panadería Sol may be leaving: 18,600 EUR a year at risk"
    assert str(mail["Date"]).startswith("Mon, 02 Mar 2026 06:00:00")


def test_a_provider_that_stalls_delays_nobody_else(
    start: Start, company: Database, log: TableLog, settings: Settings, clock: SimulatedClock
) -> None:
    cipher = rep_channels.cipher_of(load_secret(settings).key(PURPOSE))
    with HttpServer([Reply(stall=30)]) as crm, HttpServer() as slack:
        with company.write() as connection:
            for rep, url in (("r1", f"webhook+{crm.url}/{SECRET}"), ("m1", f"slack+{slack.url}/")):
                ways = [read_channel(url)]
                rep_channels.replace(connection, rep, ways, cipher, clock.now())
            reps.add(connection, Rep("p1", email="pau@company.example"), clock.now())
            for id, rep in (("C-2", "m1"), ("C-3", "p1")):
                row = {"id": id, "rep": rep, "field_times": {}}
                connection.execute(customer.insert().values(row))
        start()
        announce(log, clock)
        until(lambda: len(crm.asked) == 1)
        announce(log, clock, "C-2", "a_slack")
        announce(log, clock, "C-3", "a_mail")
        until(lambda: len(slack.asked) == 1 and len(mails(settings)) == 1)
        states = {row.channel: row.state for row in rows(company) if row.channel == "webhook"}
    assert states == {"webhook": "leased"}
