"""What the lines of a purchase or a refund say by category."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.domain.money import LARGEST, text_units


def by_category(kind: str, lines: Iterable[Mapping[str, Any]]) -> dict[str, int] | None:
    """Ten-thousandths of the lines of each category; None where no line names one.

    A line without a category says nothing here, and no article stands in for one: who takes
    another article of the same kind has not left it. A category of which a purchase took back
    more than it sold was not bought.
    """
    found: dict[str, int] = {}
    for line in lines:
        category = line.get("category")
        if category:
            found[category] = found.get(category, 0) + text_units(line["amount"])
    refund = kind == "refund"
    kept = {
        category: min(abs(units), LARGEST)
        for category, units in found.items()
        if refund or units >= 0
    }
    return kept or None
