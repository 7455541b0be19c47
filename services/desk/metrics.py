"""What the desk counts. No label holds a person, a customer or a token."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from shared.domain.action import ACTIONS

PAGES = ("alerts", "alert", "link", "login", "unsubscribe", "static", "other")
OUTCOMES = ("new", "again", "ended", "wrong", "hidden")
LOGINS = ("asked", "unknown", "limited", "opened", "refused")


class DeskMetrics:
    """Requests by page and status, acts by outcome, log-ins by what became of them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "vigia_desk_requests",
            "Requests to the desk, by page and kind of status.",
            ("page", "status"),
            registry=registry,
        )
        self.seconds = Histogram(
            "vigia_desk_request_seconds",
            "From a request's first byte to its answer.",
            ("page",),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=registry,
        )
        self.acts = Counter(
            "vigia_desk_acts",
            "What people did about alerts; again: sent twice, hidden: not theirs (any more).",
            ("act", "outcome"),
            registry=registry,
        )
        self.logins = Counter(
            "vigia_desk_logins",
            "Log-in links asked for and opened, by what became of them.",
            ("outcome",),
            registry=registry,
        )
        for page in PAGES:
            self.seconds.labels(page)
            for status in ("2xx", "3xx", "4xx", "5xx"):
                self.requests.labels(page, status)
        for act in ACTIONS:
            for outcome in OUTCOMES:
                self.acts.labels(act, outcome)
        for outcome in LOGINS:
            self.logins.labels(outcome)

    def answered(self, page: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self.requests.labels(page, f"{status // 100}xx").inc()
        self.seconds.labels(page).observe(seconds)

    def acted(self, act: str, outcome: str) -> None:
        self.acts.labels(act, outcome).inc()

    def login(self, outcome: str) -> None:
        self.logins.labels(outcome).inc()
