"""What the notifier counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

OUTCOMES = ("sent", "retried", "dead", "suppressed", "held", "lost")
CHANNELS = ("email",)


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
        for channel in CHANNELS:
            self.latency.labels(channel)
            self.alert_latency.labels(channel)
            for outcome in OUTCOMES:
                self.deliveries.labels(channel, outcome)

    def count(self, channel: str, outcome: str) -> None:
        self.deliveries.labels(channel, outcome).inc()

    def took(self, channel: str, *, since_intake: float, since_change: float) -> None:
        """A delivery was sent, so many seconds after both."""
        self.latency.labels(channel).observe(since_intake)
        self.alert_latency.labels(channel).observe(since_change)
