"""How much evidence beside buying adds to a score, in log odds."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from shared.domain.evidence import LONGEST_DAYS, Item

LASTING = ("no_contact", "category")  # states, not events: they weigh in full while they last


@dataclass(frozen=True, slots=True)
class Weights:
    """Log likelihood ratios: how much likelier leaving is, given new and unsettled evidence.

    Each is added to a score as it is on the day of the event; every `half_life_days` later half
    of it is left.
    """

    complaint_low: float
    complaint_medium: float
    complaint_high: float
    survey: float
    payment: float
    payment_late: float
    cancellation: float
    cancellation_confirmed: float
    cancellation_withdrawn: float
    no_contact: float
    group_loss: float
    half_life_days: float
    category: float = 0.0  # unknown to what was kept by earlier versions


RATIOS = tuple(field.name for field in fields(Weights) if field.name != "half_life_days")


@dataclass(frozen=True, slots=True)
class Measure:
    """Which of RATIOS an item takes, and the share of it that is left, 0 to 1."""

    ratio: str
    left: float


def measure(item: Item, as_of: date, half_life_days: float) -> Measure | None:
    """What the item weighs on `as_of`; None where it weighs nothing."""
    ratio = _ratio(item)
    left = 0.0 if ratio is None else _left(item, as_of, half_life_days)
    return Measure(ratio, left) if ratio and left else None


def contribution(item: Item, as_of: date, weights: Weights) -> float:
    """Log odds that one item adds to a score on `as_of`."""
    found = measure(item, as_of, weights.half_life_days)
    return 0.0 if found is None else found.left * float(getattr(weights, found.ratio))


def weight(found: Sequence[Item], as_of: date, weights: Weights) -> float:
    """Log odds that the items add to a score on `as_of`, all together."""
    return sum(contribution(item, as_of, weights) for item in found)


def _ratio(item: Item) -> str | None:
    """The name of the item's ratio; None for what is settled and for what only tells of buying."""
    match item["kind"]:
        case "cancellation":
            return {
                "requested": "cancellation",
                "confirmed": "cancellation_confirmed",
                "withdrawn": "cancellation_withdrawn",
            }[item["stage"]]
        case "complaint" if not item["resolved"]:
            return f"complaint_{item['severity']}"
        case "payment" if not item["resolved"]:
            return "payment" if item["status"] == "missed" else "payment_late"
        case "survey" | "no_contact" | "group_loss" | "category" as kind:
            return str(kind)
        case _:
            return None


def _left(item: Item, as_of: date, half_life_days: float) -> float:
    """Nothing before the day itself, nor once it is too old."""
    age = (as_of - date.fromisoformat(item["day"])).days
    if item["kind"] in LASTING:
        return 1.0 if age >= 0 else 0.0
    return float(0.5 ** (age / half_life_days)) if 0 <= age <= LONGEST_DAYS else 0.0
