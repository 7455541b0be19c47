"""How long it took from the alert to the provider's yes."""

from datetime import timedelta
from random import Random

from prometheus_client import CollectorRegistry

from services.notifier.messages import Message
from services.notifier.metrics import NotifierMetrics
from services.notifier.routing import Send
from services.notifier.sender import Sender
from shared.ops.clock import SimulatedClock
from shared.ops.settings import Settings
from shared.storage import deliveries
from shared.storage.database import Database
from shared.storage.deliveries import NewDelivery
from tests.notifier.builders import AT, announcement


class Willing:
    """A channel that takes everything."""

    name = "email"

    def send(self, message: Message, to: Send, thread: str | None) -> str:
        return "<1@company.example>"

    def rest(self) -> None:
        pass


def test_a_sent_message_tells_how_long_its_alert_waited(
    company: Database, settings: Settings, metrics: NotifierMetrics, registry: CollectorRegistry
) -> None:
    clock = SimulatedClock(AT + timedelta(seconds=40))
    told = announcement("opened")
    with company.write() as connection:
        one = NewDelivery(told.data["id"], 1, "rep", "email", told.to_dict())
        deliveries.keep(connection, [one], clock.real())
    sender = Sender(company, settings, clock, [Willing()], Random(1), metrics, "one")
    while sender.step():
        pass
    labels = {"channel": "email"}
    assert registry.get_sample_value("vigia_alert_to_delivery_seconds_count", labels) == 1
    assert registry.get_sample_value("vigia_alert_to_delivery_seconds_sum", labels) == 40
