"""The notifier: intake and sender on one database and one log."""

import random
from collections.abc import Callable

from prometheus_client import CollectorRegistry

from services.notifier.channels.email import channel as email
from services.notifier.intake import Intake
from services.notifier.metrics import NotifierMetrics
from services.notifier.sender import Sender
from shared.contract.topics import NOTIFIER_GROUP, alerts_topic
from shared.eventlog.consumer import Consumer, FoldCount
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import EventLog
from shared.ops.clock import Clock
from shared.ops.settings import Settings
from shared.ops.stop import Stop
from shared.ops.wakeup import Wakeup
from shared.ops.worker import Worker
from shared.storage.database import Database


class Notifier:
    """Takes announced alerts in, and brings each to its recipients.

    `poll_seconds` is how long intake waits on a log that rings no bell; 0 where bells ring.
    """

    def __init__(
        self,
        *,
        database: Database,
        log: EventLog,
        settings: Settings,
        clock: Clock,
        wakeup: Wakeup,
        registry: CollectorRegistry,
        consumer_metrics: ConsumerMetrics,
        owner: str,
        poll_seconds: float = 0.0,
    ) -> None:
        metrics = NotifierMetrics(registry)
        self._wakeup = wakeup
        self._poll_seconds = poll_seconds
        self._consumer = Consumer(
            log,
            database,
            topic=alerts_topic(),
            group=NOTIFIER_GROUP,
            fold=Intake(clock, metrics).fold,
            on_commit=self._taken_in,
            metrics=consumer_metrics,
        )
        self._sender = Sender(
            database,
            settings,
            clock,
            [email.build(settings, clock)],
            random.Random(),  # noqa: S311 - spreads retries, guards nothing
            metrics,
            owner,
        )

    def workers(self, stop: Stop) -> list[Worker]:
        """One thread each: taking alerts in, and sending."""

        def worker(name: str, step: Callable[[], bool], bell: str) -> Worker:
            return Worker(name, step, stop=stop, wakeup=self._wakeup, bell=bell)

        return [
            worker("intake", self._take_in, f"log:{alerts_topic()}"),
            worker("sender", self._sender.step, "delivery"),
        ]

    def close(self) -> None:
        """Leave the group, so that another notifier takes over at once."""
        self._consumer.close()
        self._sender.close()

    def _take_in(self) -> bool:
        """One step; where it waited on the log itself there is no bell to wait for after it."""
        return self._consumer.step(self._poll_seconds) or self._poll_seconds > 0

    def _taken_in(self, _count: FoldCount) -> None:
        self._wakeup.ring("delivery")
