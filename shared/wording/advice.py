"""What to do next, by what presses most."""

from collections.abc import Sequence

from shared.wording.item import Item
from shared.wording.language import Language

# From what presses most; a settled matter asks for nothing.
PRESSING = (
    *("cancellation", "complaint", "payment", "survey", "drop", "spend"),
    *("gap", "category", "no_contact", "group_loss"),
)


def advice(evidence: Sequence[Item], speech: Language, customer: str) -> str | None:
    """A sentence for whoever looks after `customer`; None where nothing presses."""
    unsettled = {item["kind"] for item in evidence if not item.get("resolved")}
    first = next((kind for kind in PRESSING if kind in unsettled), None)
    return speech.say(f"next.{first}", customer=customer) if first else None
