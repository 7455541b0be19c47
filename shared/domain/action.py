"""What a person does about an alert: what each act needs, and which transition it comes to."""

from dataclasses import dataclass
from datetime import date, timedelta

from shared.domain.alert import FINAL, IllegalMove

# An act and the kind of transition it comes to.
ACTIONS = {
    "acknowledge": "acknowledged",
    "call": "working",
    "snooze": "snoozed",
    "dismiss": "dismissed",
    "note": "noted",
    "lose": "lost",
}
DELAYS = ("promised", "holiday", "waiting", "other")  # why an alert is put off
DISMISSALS = ("holiday", "known", "moved", "closed", "wrong")  # why it is fine
# Why a customer was lost; a test holds them against the contract's.
LOSSES = (
    "indifference",
    "dissatisfaction",
    "price",
    "competitor",
    "circumstances",
    "own_error",
    "got_worse",
    "terms_changed",
    "rep_conflict",
    "substitute",
    "other",
)
REASONS = {"snooze": DELAYS, "dismiss": DISMISSALS, "lose": LOSSES}
_SAID = {"acknowledge": "seen", "call": "called", "note": "note"}  # where nobody is asked why
LONGEST_NOTE = 1000
LONGEST_SNOOZE = timedelta(weeks=26)


@dataclass(frozen=True, slots=True)
class Action:
    """One act. `until` is the day on which a snoozed alert comes back."""

    name: str
    reason: str = ""
    note: str = ""
    until: date | None = None

    @property
    def said(self) -> str:
        """The reason of the transition."""
        return self.reason if self.name in REASONS else _SAID[self.name]


def missing(action: Action, today: date) -> dict[str, str]:
    """What is wrong with an act, by field: `missing`, `unknown`, `early`, `late`, `long`."""
    wrong: dict[str, str] = {}
    reasons = REASONS.get(action.name)
    if reasons is not None and action.reason not in reasons:
        wrong["reason"] = "unknown" if action.reason else "missing"
    if action.name == "note" and not action.note.strip():
        wrong["note"] = "missing"
    if len(action.note) > LONGEST_NOTE:
        wrong["note"] = "long"
    if action.name == "snooze":
        problem = _delay(action.until, today)
        if problem is not None:
            wrong["until"] = problem
    return wrong


def _delay(until: date | None, today: date) -> str | None:
    if until is None:
        return "missing"
    if until <= today:
        return "early"
    return "late" if until - today > LONGEST_SNOOZE else None


def transition_of(state: str, action: Action) -> str | None:
    """The kind of transition that `action` makes of an alert in `state`; None: it says nothing new.

    Who has taken care already need not say so again; a second call is a note on the case.
    Raises IllegalMove when the alert has ended.
    """
    if state in FINAL:
        raise IllegalMove(f"an alert that is {state} cannot be acted on")
    if action.name == "acknowledge" and state != "open":
        return None
    if action.name == "call" and state == "working":
        return "noted"
    return ACTIONS[action.name]
