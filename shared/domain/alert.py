"""An alert: its states, the moves between them, its name and its severity."""

import base64
from collections.abc import Sequence
from hashlib import sha256

from shared.domain import evidence
from shared.domain.evidence import Item

LIVING = ("open", "acknowledged", "working")
FINAL = ("recovered", "lost", "dismissed", "withdrawn")
SEVERITIES = ("watch", "warning", "urgent")  # from the least to the most pressing

_STAYS = {state: state for state in LIVING}
# What can happen to an alert: from which state into which. Whoever puts one off has seen it.
MOVES: dict[str, dict[str, str]] = {
    "updated": _STAYS,
    "acknowledged": {"open": "acknowledged"},
    "working": {"open": "working", "acknowledged": "working"},
    "snoozed": {**_STAYS, "open": "acknowledged"},
    "noted": _STAYS,
    **{state: dict.fromkeys(LIVING, state) for state in FINAL},
}
KINDS = ("opened", *MOVES)  # of transitions
SNOOZE_OVER = "snooze_over"  # the reason of an update: the day has come that somebody asked for

_TOP = 10  # one living alert in ten is urgent for its value at risk
_TOP_TO_STAY = 5  # once there, it stays until it leaves the upper fifth: no flapping


class IllegalMove(ValueError):
    """The alert's state does not allow what was asked."""


def move(state: str | None, kind: str) -> str:
    """The state after a transition of `kind`; `state` is None before an alert exists.

    Raises IllegalMove: final states never change.
    """
    if kind == "opened":
        if state is None:
            return "open"
    elif state in MOVES.get(kind, {}):
        return MOVES[kind][str(state)]
    raise IllegalMove(f"an alert that is {state or 'not there yet'} cannot be {kind}")


def alert_id(about: str, episode: int) -> str:
    """The name of the `episode`-th alert (from 1) about a customer or something else.

    The same wherever it is computed. `about` is a customer's id, or what no customer's id can be.
    """
    name = sha256(f"{about}\0{episode}".encode()).digest()
    return "a_" + base64.b32encode(name).decode("ascii").lower()[:20]


def most_at_risk(larger: int, living: int, *, already_urgent: bool) -> bool:
    """Whether an alert is among the living ones with most value at risk.

    `larger` of `living` alerts (itself included) have more at risk. With fewer than ten living
    alerts none is a tenth of them.
    """
    return larger < living // (_TOP_TO_STAY if already_urgent else _TOP)


def severity(items: Sequence[Item], *, by_score: bool, top: bool) -> str:
    """How pressing an alert with this evidence is.

    `by_score`: the evaluation chose the customer within the budget. `top`: among the living
    alerts with most value at risk.
    """
    requested = any(evidence.is_requested_cancellation(item) for item in items)
    angry = any(evidence.is_open_complaint(item, "high") for item in items)
    drop = any(item["kind"] == "drop" for item in items)
    if requested or (angry and drop) or top:
        return "urgent"
    if by_score or any(evidence.opens_alone(item) for item in items):
        return "warning"
    return "watch"


def is_worse(new: str, old: str) -> bool:
    """Whether severity `new` presses more than `old`."""
    return SEVERITIES.index(new) > SEVERITIES.index(old)
