"""The sentence: what is known about a customer's leaving, in the order a person would say it."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from shared.wording import beside, buying
from shared.wording.item import Item
from shared.wording.language import Language, language

Clause = Callable[[Sequence[Item], Language, date], str | None]


def sentence(evidence: Sequence[Item], *, locale: str, as_of: date) -> str:
    """The evidence as one line of plain text, told on the day `as_of`.

    `evidence` holds the detector's items (docs/evidence.md); kinds unknown here say nothing. A
    locale that is not spoken falls back to English. Texts that came from customers are made safe.
    """
    speech = language(locale)
    by_kind: dict[Any, list[Item]] = {}
    for item in evidence:
        by_kind.setdefault(item.get("kind"), []).append(item)
    told = (CLAUSES[kind](by_kind[kind], speech, as_of) for kind in CLAUSES if kind in by_kind)
    return " ".join(text for text in told if text)


# In the order of the sentence: what presses most first, the money last.
CLAUSES: dict[str, Clause] = {
    "cancellation": beside.cancellation,
    "drop": buying.drop,
    "spend": buying.spend,
    "gap": buying.gap,
    "category": buying.categories,
    "common_cause": buying.common_cause,
    "purchase": buying.purchases,
    "complaint": beside.complaints,
    "survey": beside.surveys,
    "payment": beside.payments,
    "no_contact": beside.no_contact,
    "group_loss": beside.group_loss,
    "probability": buying.probability,
    "value": buying.value,
    "feed": beside.feed,
}
