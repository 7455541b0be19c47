"""The verdict of one scored customer, from all that bears on it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.detector.numbers import Numbers
from shared.domain.cause import Cause
from shared.domain.evidence import Item
from shared.domain.taken import Shelf
from shared.domain.verdict import NOTHING_PAST, Past, Verdict, by_score

SCORE, GAP, CATEGORY = "score", "gap", "category"  # by what somebody was judged


@dataclass(frozen=True, slots=True)
class Left:
    """Categories that a customer left: log odds that they add, what they usually brought a week,
    in ten-thousandths of the customer's currency, the items that tell of them, and the days that
    show it."""

    weight: float
    weekly: int
    items: tuple[Item, ...] = ()
    shelves: tuple[Shelf, ...] = ()


@dataclass(frozen=True, slots=True)
class Eased:
    """Scores of a member of common causes: as these lead to expect, and as if there were none."""

    following: float
    unaware: float


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What bears on verdicts besides the weeks; each by customer number.

    `held`: whose data are not complete; `gone`: who left for good; `evidence`: log odds beside
    buying; `pasts`: newest alerts; `reps`: whose customer it is; `margins`: what is left of the
    revenue, as a share;
    `causes`: what the customer shares with many; `left`: whoever left a category.
    """

    held: Mapping[int, Verdict] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    evidence: Mapping[int, float] = field(default_factory=dict)
    pasts: Mapping[int, Past] = field(default_factory=dict)
    reps: Mapping[int, str] = field(default_factory=dict)
    margins: Mapping[int, str] = field(default_factory=dict)
    causes: Mapping[int, tuple[Cause, ...]] = field(default_factory=dict)
    left: Mapping[int, Left] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A verdict, by what it was given, and the score by which a candidate is ranked."""

    verdict: Verdict
    basis: str
    ranked_by: float


def judge(
    counts: float,
    beside: float,
    around: Circumstances,
    number: int,
    numbers: Numbers,
    eased: Eased | None,
) -> Found:
    """A scored customer's verdict; `counts` is as much of the score as the own season confirms,
    `beside` are the log odds of everything but the weeks."""
    past = around.pasts.get(number, NOTHING_PAST)
    total, left = counts + beside, number in around.left
    verdict = _verdict(total, numbers, past)
    if past.living:
        lives: Verdict = "snoozed" if past.snoozed else "alert"
        return Found(lives if left and verdict == "steady" else verdict, SCORE, total)
    if eased is not None:
        verdict = _verdict(max(total, eased.unaware + beside), numbers, past)
        total = eased.following + beside
        if verdict != "steady" and _verdict(total, numbers, past) == "steady":
            return Found("held_common_cause", SCORE, total)
    if verdict == "steady" and left and numbers.threshold is not None:
        return Found(_verdict(numbers.threshold, numbers, past), CATEGORY, numbers.threshold)
    return Found(verdict, SCORE, total)


def _verdict(total: float, numbers: Numbers, past: Past) -> Verdict:
    if numbers.threshold is None or numbers.closing is None:
        return "steady"
    return by_score(total, threshold=numbers.threshold, closing=numbers.closing, past=past)
