"""How long it took from the alert to the provider's yes."""

from datetime import timedelta

from prometheus_client import CollectorRegistry

from services.notifier.metrics import NotifierMetrics
from shared.ops.clock import SimulatedClock
from shared.ops.settings import Settings
from shared.storage.database import Database
from tests.notifier.builders import AT
from tests.notifier.working import Recorder, keep, make_sender, new, run


def test_a_sent_message_tells_how_long_its_alert_waited(
    company: Database, settings: Settings, metrics: NotifierMetrics, registry: CollectorRegistry
) -> None:
    clock = SimulatedClock(AT + timedelta(seconds=40))
    keep(company, clock, new())
    run(make_sender(company, settings, clock, metrics, Recorder()))
    labels = {"channel": "email"}
    assert registry.get_sample_value("vigia_alert_to_delivery_seconds_count", labels) == 1
    assert registry.get_sample_value("vigia_alert_to_delivery_seconds_sum", labels) == 40
