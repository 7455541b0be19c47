"""What the readers of the log show to Prometheus."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from shared.ops.clock import Clock

OUTCOMES = ("folded", "bad")


class ConsumerMetrics:
    """The numbers of every consumer of a process; `of` gives those of one."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        labels = ("topic", "group")
        self.clock = clock
        self.lag = Gauge(
            "vigia_log_lag_records",
            "Records behind the newest one, from the stored position.",
            (*labels, "partition"),
            registry=registry,
        )
        self.lag_seconds = Gauge(
            "vigia_log_lag_seconds",
            "Age of the last folded record while newer ones wait; 0 when none does.",
            labels,
            registry=registry,
        )
        self.batches = Counter(
            "vigia_log_batches_total", "Batches folded.", labels, registry=registry
        )
        self.fences = Counter(
            "vigia_log_fences_total",
            "Batches dropped because another reader had moved the position.",
            labels,
            registry=registry,
        )
        self.records = Counter(
            "vigia_log_records_total",
            "Records read, by what became of them.",
            (*labels, "outcome"),
            registry=registry,
        )

    def of(self, topic: str, group: str) -> "GroupMetrics":
        return GroupMetrics(self, topic, group)


class GroupMetrics:
    """The numbers of one group on one topic, which start at zero."""

    def __init__(self, metrics: ConsumerMetrics, topic: str, group: str) -> None:
        self._metrics = metrics
        self._labels = (topic, group)
        self._lag_seconds = metrics.lag_seconds.labels(topic, group)
        self._batches = metrics.batches.labels(topic, group)
        self._fences = metrics.fences.labels(topic, group)
        self._records = {name: metrics.records.labels(topic, group, name) for name in OUTCOMES}

    def folded(self, records: int, bad: int) -> None:
        """A batch was committed."""
        self._batches.inc()
        self._records["folded"].inc(records - bad)
        self._records["bad"].inc(bad)

    def fenced(self) -> None:
        """A batch was dropped."""
        self._fences.inc()

    def behind(self, lag: dict[int, int], folded_until: datetime | None) -> None:
        """Records that wait, by partition; the last folded one was written at `folded_until`."""
        for partition, records in lag.items():
            self._metrics.lag.labels(*self._labels, partition).set(records)
        age = 0.0
        if folded_until is not None and any(lag.values()):
            age = (self._metrics.clock.real() - folded_until).total_seconds()
        self._lag_seconds.set(age)
