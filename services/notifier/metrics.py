"""What the notifier counts."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.notifier.registry import KINDS
from shared.storage.answers import Answers, summed

OUTCOMES = ("sent", "retried", "moved", "dead", "suppressed", "held", "lost")


class NotifierMetrics:
    """Deliveries by channel and outcome, how long they took, and how long the oldest waits."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.deliveries = Counter(
            "vigia_deliveries",
            "Deliveries by what became of them; lost: another notifier took over the lease.",
            ("channel", "outcome"),
            registry=registry,
        )
        self.latency = Histogram(
            "vigia_delivery_latency_seconds",
            "From taking in an announced alert to the provider's yes.",
            ("channel",),
            buckets=(0.1, 0.5, 1, 5, 30, 120, 600, 3600, 21600, 86400),
            registry=registry,
        )
        self.alert_latency = Histogram(
            "vigia_alert_to_delivery_seconds",
            "Business time from an alert's change to the provider's yes.",
            ("channel",),
            buckets=(0.1, 0.5, 1, 5, 30, 120, 600, 3600, 21600, 86400),
            registry=registry,
        )
        self.oldest_waiting = Gauge(
            "vigia_delivery_oldest_waiting_seconds",
            "Age of the oldest delivery that is not finished; 0 when none waits.",
            registry=registry,
        )
        self.answers = Gauge(
            "vigia_alert_answers",
            "Alerts of the last 26 weeks by what opened them and what people answered.",
            ("rule", "answer"),
            registry=registry,
        )
        self.paused = Gauge(
            "vigia_channel_paused",
            "1 while the channel sends nothing because its provider does not let us in.",
            ("channel",),
            registry=registry,
        )
        for channel in KINDS:
            self.paused.labels(channel)
            self.latency.labels(channel)
            self.alert_latency.labels(channel)
            for outcome in OUTCOMES:
                self.deliveries.labels(channel, outcome)

    def tell_paused(self, channels: Iterable[str]) -> None:
        """Which channels are paused now."""
        for channel in KINDS:
            self.paused.labels(channel).set(channel in channels)

    def count(self, channel: str, outcome: str) -> None:
        self.deliveries.labels(channel, outcome).inc()

    def took(self, channel: str, *, since_intake: float, since_change: float) -> None:
        """A delivery was sent, so many seconds after both."""
        self.latency.labels(channel).observe(since_intake)
        self.alert_latency.labels(channel).observe(since_change)

    def tell_answers(self, rows: Iterable[Answers]) -> None:
        """What people answered, by rule; reps stay out of metrics."""
        self.answers.clear()
        for rule, row in summed(list(rows), "rule").items():
            self.answers.labels(rule, "right").set(row.right)
            self.answers.labels(rule, "wrong").set(row.wrong)
            self.answers.labels(rule, "unanswered").set(row.unanswered)
