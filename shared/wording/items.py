"""Each piece of evidence as a line of its own, with its date: for lists in messages."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from shared.wording.language import Language
from shared.wording.safe import safe
from shared.wording.sentence import (
    BEST_SCORES,
    Item,
    day,
    money,
    newest_first,
    payment_standing,
    reason,
)


def lines(evidence: Sequence[Item], speech: Language, as_of: date) -> list[str]:
    """One line an event, newest first; the drop and the value are told by the sentence."""
    events = [item for item in evidence if "day" in item]
    told = (_line(item, speech, as_of) for item in newest_first(events))
    return [line for line in told if line]


def _line(item: Item, speech: Language, as_of: date) -> str | None:
    when = speech.on(day(item), as_of)
    match item["kind"]:
        case "complaint":
            topic = item.get("topic")
            return speech.say(
                "item.complaint",
                when=when,
                topic=speech.say("brackets", text=safe(topic)) if topic else "",
                severity=speech.say(f"severity.{item['severity']}"),
                standing=speech.say("standing.resolved" if item["resolved"] else "standing.open"),
            )
        case "survey":
            return speech.say(
                "item.survey",
                when=when,
                score=speech.number(Decimal(str(item["score"]))),
                best=str(BEST_SCORES[item["survey"]]),
                survey=item["survey"].upper(),
            )
        case "payment":
            due = speech.on(day(item, "due_on"), as_of)
            key = f"item.payment.{payment_standing(item)}"
            return speech.say(key, amount=money(item, speech), due=due)
        case "cancellation":
            key = f"item.cancellation.{item['stage']}"
            return speech.say(key, when=when, reason=reason(item, speech))
        case "purchase":
            return speech.say("item.purchase", when=when, amount=money(item, speech))
        case _:
            return None
