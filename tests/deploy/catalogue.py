"""Every metric of every role; `python -m tests.deploy.catalogue` writes docs/metrics.md."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

from services.desk.metrics import DeskMetrics
from services.detector.metrics import DetectorMetrics
from services.ingest.metrics import IngestMetrics
from services.notifier.metrics import NotifierMetrics
from shared.eventlog.metrics import ConsumerMetrics
from shared.ops.clock import SystemClock
from tests.deploy.reading import ROOT

PAGE = ROOT / "docs/metrics.md"
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
HEAD = """# Metrics

Every role answers `/metrics` on `VIGIA_OPS_PORT`, `vigia up` on its only port. Counters start at
zero with the process. A histogram NAME is read as `NAME_bucket`, `NAME_sum` and `NAME_count`.
Times are business time where it says so; that differs from real time only in the demo and in
tests. No label holds a customer, a rep or anything a sender wrote.

This page is written by `python -m tests.deploy.catalogue`; a test fails when it is not current.
"""


@dataclass(frozen=True)
class Metric:
    """One metric: its name as Prometheus sees it, without a histogram's endings."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]

    @property
    def series(self) -> set[str]:
        """The names that an expression may use."""
        base = self.name.removesuffix("_total")
        return {base + suffix for suffix in SUFFIXES[self.kind]}


class Recording(CollectorRegistry):
    """A registry that remembers what was registered."""

    def __init__(self) -> None:
        super().__init__()
        self.metrics: list[Metric] = []

    def register(self, collector: Collector) -> None:
        super().register(collector)
        assert isinstance(collector, MetricWrapperBase)
        (family,) = collector.describe()
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = tuple(collector._labelnames)
        self.metrics.append(Metric(name, family.type, family.documentation, labels))


def metrics() -> dict[str, list[Metric]]:
    """Every metric, by who shows it."""
    ingest, detector, notifier, desk, readers = (Recording() for _ in range(5))
    IngestMetrics(ingest)
    DetectorMetrics(detector)
    NotifierMetrics(notifier)
    DeskMetrics(desk)
    ConsumerMetrics(readers, SystemClock())
    return {
        "Ingest": ingest.metrics,
        "Detector": detector.metrics,
        "Notifier": notifier.metrics,
        "Desk": desk.metrics,
        "Readers of the log (detector and notifier)": readers.metrics,
    }


def page() -> str:
    """docs/metrics.md as it should be."""
    parts = [HEAD]
    for role, found in metrics().items():
        rows = [
            f"| `{one.name}` | {one.kind} | "
            f"{', '.join(f'`{label}`' for label in one.labels)} | {one.help} |"
            for one in sorted(found, key=lambda one: one.name)
        ]
        head = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
        parts.append("\n".join([f"## {role}", "", *head, *rows, ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
