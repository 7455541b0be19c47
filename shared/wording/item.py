"""What the words need of an item of evidence: money, days, and who left why."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from shared.wording.language import Language, round_half_up
from shared.wording.safe import safe

Item = Mapping[str, Any]

BEST_SCORES = {"nps": 10, "csat": 5, "ces": 7}
_WEEK = 7


def money(item: Item, speech: Language, field: str = "amount") -> str:
    return speech.money(Decimal(str(item[field])), safe(item["currency"], 8))


def day(item: Item, field: str = "day") -> date:
    return date.fromisoformat(item[field])


def newest_first(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: str(item["day"]), reverse=True)


def every(item: Item, speech: Language) -> str:
    """The usual interval, `usual_days`: «every 9 days», «every 2 weeks»."""
    days = max(int(round_half_up(Decimal(str(item["usual_days"])), 0)), 1)
    if days % _WEEK:
        return speech.count("every.days", days)
    return speech.count("every.weeks", days // _WEEK)


def reason(item: Item, speech: Language) -> str:
    """Why a customer left, in brackets; nothing when no reason was given."""
    given = item.get("reason")
    if not given:
        return ""
    key = f"reason.{given}"
    return speech.say("brackets", text=speech.say(key) if speech.knows(key) else safe(given))


def payment_standing(item: Item) -> str:
    """missed, late, or settled in the end."""
    if item.get("resolved") or item["status"] == "paid":
        return "settled"
    return "late" if item["status"] == "late" else "missed"
