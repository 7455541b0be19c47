"""Which words fit: by what happened to an alert, why, and to whom it is told."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.notifier.announcement import Announcement
from services.notifier.routing import Send
from shared.wording import Language

# Good news about an alert that stays open.
RELIEF = (
    "updated.purchase",
    "updated.complaint_resolved",
    "updated.payment_settled",
    "updated.cancellation_withdrawn",
)


def occasion(told: Announcement, to: Send, evidence: Sequence[Mapping[str, Any]]) -> str:
    """What happened and why, as the catalogues name it."""
    reason = told.data["reason"]
    if to.role == "previous_rep":
        return "handed_over"
    handed = told.previous_rep is not None or reason == "rep_changed"
    if handed and told.kind == "updated" and to.role == "rep":
        return "taken_over"
    cancels = any(item["kind"] == "cancellation" and not item.get("resolved") for item in evidence)
    if told.kind == "opened" and cancels:
        return "opened.cancellation"
    return f"{told.kind}.{reason}"


def words(what: str, key: str, speech: Language, **values: str) -> str:
    """The words for `key`, or for what comes before its point where it has none of its own."""
    exact = f"{what}.{key}"
    return speech.say(exact if speech.knows(exact) else exact.rpartition(".")[0], **values)
