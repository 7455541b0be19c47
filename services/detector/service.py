"""The detector: every part of it on one database and one log, as workers or step by step."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry

from services.detector.evaluation import Evaluator
from services.detector.feed_alerts import FeedWatch
from services.detector.judge import Judge
from services.detector.metrics import DetectorMetrics
from services.detector.projector import Projector
from services.detector.publisher import Publisher
from shared.contract.topics import DETECTOR_GROUP, events_topic
from shared.domain.week import Calendar
from shared.eventlog.consumer import Consumer, FoldCount
from shared.eventlog.lag import LAG_SECONDS, LagWatch
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import EventLog
from shared.ops.clock import Clock
from shared.ops.settings import Settings
from shared.ops.stop import Stop
from shared.ops.threads import switch_often
from shared.ops.wakeup import Wakeup
from shared.ops.worker import Worker, crew, periodically
from shared.storage.database import Database

SILENCE_SECONDS = 60.0
ANNOUNCING_SECONDS = 0.02  # in which nobody looks whether there is more to judge, unless called
LOOK_BACK_SECONDS = 10.0  # after which an idle projector notices `vigia replay`


class Detector:
    """Projector, evaluation, judge and publisher.

    `poll_seconds` is how long folding waits on a log that rings no bell; 0 where bells ring.
    """

    def __init__(
        self,
        *,
        database: Database,
        log: EventLog,
        settings: Settings,
        calendar: Calendar,
        clock: Clock,
        wakeup: Wakeup,
        registry: CollectorRegistry,
        consumer_metrics: ConsumerMetrics,
        owner: str,
        poll_seconds: float = 0.0,
    ) -> None:
        metrics = DetectorMetrics(registry)
        self._wakeup = wakeup
        self._database = database
        self._settings = settings
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._look_back_at = 0.0
        projector = Projector(calendar, clock, metrics, grace=settings.feed_grace)
        self._consumer = Consumer(
            log,
            database,
            topic=events_topic(),
            group=DETECTOR_GROUP,
            read=projector.read,
            fold=projector.fold,
            on_commit=self._folded,
            metrics=consumer_metrics,
        )
        self._lag = LagWatch(
            log, database, topic=events_topic(), group=DETECTOR_GROUP, metrics=consumer_metrics
        )
        self.publisher = Publisher(database, log, clock, metrics, owner)
        hand = self.publisher.hand
        self.judge = Judge(database, settings, calendar, clock, wakeup, metrics, hand)
        self.evaluator = Evaluator(database, log, settings, calendar, clock, wakeup, metrics, owner)
        self.feed_watch = FeedWatch(database, log, settings, calendar, clock, wakeup, metrics)

    def workers(self, stop: Stop) -> list[Worker]:
        """One thread each: folding, the weekly evaluation, judging, publishing."""
        switch_often()

        lag = periodically(self._lag.look, LAG_SECONDS, self._clock)
        silence = periodically(self.feed_watch.step, SILENCE_SECONDS, self._clock)
        work: list[tuple[str, Callable[[], bool], str]] = [
            ("projector", self._fold, f"log:{events_topic()}"),
            ("evaluation", self.evaluator.step, "feed"),
            ("judge", self._judge, "due"),
            ("publisher", self._publish, "transition"),
            ("silence", silence, "silence"),
            ("lag", lag, "lag"),
        ]
        return crew(work, stop, self._wakeup)

    def fold_all(self, shown: Callable[[int], None]) -> None:
        """Fold until nothing is left; `shown` is told how many records are done."""
        done = 0
        behind = sum(self._consumer.lag().values())
        while behind:
            self._consumer.step(self._poll_seconds)
            left = sum(self._consumer.lag().values())
            done += behind - left
            behind = left
            shown(done)

    def judge_all(self) -> None:
        """Judge whoever is due, until nobody is."""
        while self.judge.step():
            pass

    def close(self) -> None:
        """Leave the group, so that another detector takes over at once."""
        self._consumer.close()
        self.publisher.close()

    def _fold(self) -> bool:
        """One step; where it waited on the log itself there is no bell to wait for after it."""
        if self._consumer.step(self._poll_seconds):
            return True
        if self._clock.monotonic() >= self._look_back_at:
            self._look_back_at = self._clock.monotonic() + LOOK_BACK_SECONDS
            self._consumer.look_back()
        return self._poll_seconds > 0

    def _judge(self) -> bool:
        """One step; after the last the publisher goes first, with what was just judged."""
        busy = self.judge.step()
        if busy and not self.judge.pressed:
            self._wakeup.wait("due", ANNOUNCING_SECONDS)
        return busy

    def _publish(self) -> bool:
        """One step; whoever makes more to announce meanwhile rings."""
        return self.publisher.step() and self.publisher.pressed

    def _folded(self, _count: FoldCount) -> None:
        self._wakeup.ring("due")
        if self.evaluator.waiting:
            self._wakeup.ring("feed")
