"""What was announced about an alert, as it is kept with a delivery until that is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# Transitions that are told. A person's notes, snoozes and acknowledgements are not news.
TOLD = ("opened", "updated", "recovered", "lost", "dismissed", "withdrawn")
ASKING = ("reminder", "escalated")  # told until somebody answers


@dataclass(frozen=True, slots=True)
class Announcement:
    """One transition: its kind, when it happened, and the alert as it was then.

    `data` is the announced alert with `number`, `from`, `to`, `reason` and `actor`.
    `previous_rep` is whose customer it was before this transition, if that was somebody else.
    `refused` says that the person responsible could not be reached. `subject` is the key on the
    alerts topic: the customer, or what else the alert is about. `at_once` says that an operator
    wants it out now and not with the next digest.
    """

    kind: str
    at: datetime
    data: Mapping[str, Any]
    previous_rep: str | None = None
    refused: bool = False
    subject: str | None = None
    at_once: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "kind": self.kind,
            "at": self.at.astimezone(UTC).isoformat(),
            "data": dict(self.data),
            "previous_rep": self.previous_rep,
            "refused": self.refused,
            "subject": self.subject,
            **({"at_once": True} if self.at_once else {}),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Announcement":
        return cls(**{**stored, "at": datetime.fromisoformat(stored["at"])})
