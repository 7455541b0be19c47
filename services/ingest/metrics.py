"""What the ingest role counts. No label holds a customer, a key or anything a sender wrote."""

from prometheus_client import CollectorRegistry, Counter, Histogram

OUTCOMES = ("accepted", "skipped", "quarantined", "unparsable", "invalid", "future", "forbidden")
ROUTES = ("events", "alerts", "customers", "operations", "other")
STATUSES = (200, 202, 400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 500, 503)
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class IngestMetrics:
    """Counters that begin at zero, so that the first refusal already shows as a rise."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.events = Counter(
            "vigia_ingest_events",
            "Items of POST /v1/events by what became of them.",
            ["outcome"],
            registry=registry,
        )
        self.wire_bytes = Counter(
            "vigia_ingest_body_bytes", "Bytes of bodies as received.", registry=registry
        )
        self.requests = Counter(
            "vigia_http_requests",
            "Requests answered, by route and status.",
            ["route", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "vigia_http_request_seconds",
            "From a request's first byte to its answer.",
            ["route"],
            registry=registry,
            buckets=_SECONDS,
        )
        for outcome in OUTCOMES:
            self.events.labels(outcome)
        for route in ROUTES:
            self.seconds.labels(route)
            for status in STATUSES:
                self.requests.labels(route, str(status))

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self.requests.labels(route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def counted(self, outcome: str, items: int) -> None:
        """Count items that had that outcome."""
        if items:
            self.events.labels(outcome).inc(items)
