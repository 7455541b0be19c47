"""Names of the log's topics and of the groups that read them."""

DETECTOR_GROUP = "vigia.detector"
NOTIFIER_GROUP = "vigia.notifier"


def events_topic(prefix: str = "vigia") -> str:
    """Where accepted events go, by customer."""
    return f"{prefix}.events"


def alerts_topic(prefix: str = "vigia") -> str:
    """Where every change of an alert is announced."""
    return f"{prefix}.alerts"
