"""What the readers of the log show to Prometheus."""

from collections.abc import Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from shared.ops.clock import Clock

OUTCOMES = ("folded", "bad")


class ConsumerMetrics:
    """The numbers of every consumer of a process; `of` gives those of one."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        labels = ("topic", "group")
        self.clock = clock
        self._groups: dict[tuple[str, str], GroupMetrics] = {}
        self.lag = Gauge(
            "vigia_log_lag_records",
            "Records behind the newest one, from the stored position.",
            (*labels, "partition"),
            registry=registry,
        )
        self.lag_seconds = Gauge(
            "vigia_log_lag_seconds",
            "Age of the oldest record that is not folded; 0 when none waits.",
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
        """The numbers of one group on one topic, the same however often they are asked for."""
        if (topic, group) not in self._groups:
            self._groups[topic, group] = GroupMetrics(self, topic, group)
        return self._groups[topic, group]


class GroupMetrics:
    """The numbers of one group on one topic, which start at zero."""

    def __init__(self, metrics: ConsumerMetrics, topic: str, group: str) -> None:
        self._metrics = metrics
        self._labels = (topic, group)
        self._oldest: datetime | None = None
        metrics.lag_seconds.labels(topic, group).set_function(self._age)
        self._batches = metrics.batches.labels(topic, group)
        self._fences = metrics.fences.labels(topic, group)
        self._records = {name: metrics.records.labels(topic, group, name) for name in OUTCOMES}

    def folded(self, batches: int, records: int, bad: int) -> None:
        """So many batches were committed together."""
        self._batches.inc(batches)
        self._records["folded"].inc(records - bad)
        self._records["bad"].inc(bad)

    def fenced(self) -> None:
        """A batch was dropped."""
        self._fences.inc()

    def behind(self, lag: Mapping[int, int], oldest: datetime | None) -> None:
        """Records that wait, by partition; the oldest of them was written then."""
        for partition, records in lag.items():
            self._metrics.lag.labels(*self._labels, partition).set(records)
        self._oldest = oldest

    def _age(self) -> float:
        """It grows also while nobody looks."""
        if self._oldest is None:
            return 0.0
        return max(0.0, (self._metrics.clock.real() - self._oldest).total_seconds())
