"""What the detector shows to Prometheus."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from shared.domain.alert import KINDS

OUTCOMES = ("new", "repeat", "conflict", "invalid", "future")
FAST = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3)
SLOW = (1, 5, 15, 60, 300, 1800, 7200, 86400)


class DetectorMetrics:
    """Labels start at zero, so that a rate is right from the first event on."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.events = Counter(
            "vigia_events",
            "Events folded, by outcome; a batch that had to be repeated counts again.",
            ("outcome",),
            registry=registry,
        )
        self.replaced = Counter(
            "vigia_events_replaced", "Events that a higher revision replaced.", registry=registry
        )
        self.fold_seconds = Histogram(
            "vigia_fold_seconds", "Folding one batch.", buckets=FAST, registry=registry
        )
        self.evaluation_seconds = Histogram(
            "vigia_evaluation_seconds",
            "One evaluation, without what the judge does afterwards.",
            ("live",),
            buckets=SLOW,
            registry=registry,
        )
        self.judge_seconds = Histogram(
            "vigia_judge_seconds", "Judging one customer.", buckets=FAST, registry=registry
        )
        self.judge_overtaken = Counter(
            "vigia_judge_overtaken",
            "Judgements dropped because more became known meanwhile.",
            registry=registry,
        )
        self.due_oldest = Gauge(
            "vigia_due_oldest_seconds",
            "Business time for which the longest-waiting due customer waits; 0 when none does.",
            registry=registry,
        )
        self.transitions = Counter(
            "vigia_transitions", "Changes of alerts by the detector.", ("kind",), registry=registry
        )
        self.alert_seconds = Histogram(
            "vigia_event_to_alert_seconds",
            "Business time from folding what made a customer due, or from the evaluation that "
            "did, to the committed change of the alert.",
            buckets=FAST + SLOW[1:],
            registry=registry,
        )
        self.publish_seconds = Histogram(
            "vigia_publish_delay_seconds",
            "Business time from an alert's change to its announcement.",
            buckets=FAST + SLOW[1:],
            registry=registry,
        )
        for outcome in OUTCOMES:
            self.events.labels(outcome)
        for kind in KINDS:
            self.transitions.labels(kind)
        for live in ("true", "false"):
            self.evaluation_seconds.labels(live)

    def folded(self, seconds: float, outcomes: Mapping[str, int], replaced: int) -> None:
        """A batch was folded; `outcomes` counts its events by the names of OUTCOMES."""
        self.fold_seconds.observe(seconds)
        self.replaced.inc(replaced)
        for outcome, count in outcomes.items():
            self.events.labels(outcome).inc(count)

    def evaluated(self, seconds: float, *, live: bool) -> None:
        self.evaluation_seconds.labels(str(live).lower()).observe(seconds)

    def judged(self, seconds: float) -> None:
        self.judge_seconds.observe(seconds)

    def overtaken(self) -> None:
        """A judgement was dropped because more became known meanwhile."""
        self.judge_overtaken.inc()

    def oldest_due(self, seconds: float) -> None:
        self.due_oldest.set(seconds)

    def moved(self, kind: str, seconds: float) -> None:
        """The judge added a transition of `kind`, `seconds` after its customer became due."""
        self.changed(kind)
        self.alert_seconds.observe(seconds)

    def changed(self, kind: str) -> None:
        """An alert got a transition of `kind`."""
        self.transitions.labels(kind).inc()

    def published(self, seconds: float) -> None:
        self.publish_seconds.observe(seconds)
