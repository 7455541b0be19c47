"""The notifier as a whole: an announced alert comes out as a mail in the outbox."""

from email import message_from_bytes, policy

from prometheus_client import CollectorRegistry

from services.notifier.service import Notifier
from shared.contract.alert_event import AlertData, alert_event, write_alert_event
from shared.contract.topics import alerts_topic
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import NewRecord
from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.settings import Settings
from shared.ops.stop import Stop
from shared.ops.wakeup import LocalWakeup
from shared.storage.database import Database
from tests.notifier.builders import alert_data


def test_an_announced_alert_becomes_a_mail(
    company: Database,
    log: TableLog,
    settings: Settings,
    clock: SimulatedClock,
    wakeup: LocalWakeup,
    registry: CollectorRegistry,
) -> None:
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
    for worker in workers:
        worker.start()
    data = AlertData.model_validate(alert_data())
    event = alert_event("opened", "C-1029", clock.now(), data)
    log.append(alerts_topic(), [NewRecord("C-1029", write_alert_event(event))], timeout=5)
    outbox = settings.data / "outbox"
    for _ in range(200):
        if list(outbox.glob("*.eml")):
            break
        stop.wait(0.05)
    stop.request()
    assert all(worker.join(5) for worker in workers)
    notifier.close()
    (path,) = outbox.glob("*")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert mail["To"] == "Ana Ruiz <ana@company.example>"
    assert mail["Subject"] == "Panadería Sol may be leaving: 18,600 EUR a year at risk"
    assert str(mail["Date"]).startswith("Mon, 02 Mar 2026 06:00:00")
