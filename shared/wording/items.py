"""Each piece of evidence as a line of its own, with its date: for lists in messages."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from shared.wording.item import (
    BEST_SCORES,
    Item,
    day,
    every,
    money,
    newest_first,
    payment_standing,
    reason,
)
from shared.wording.language import Language
from shared.wording.safe import safe


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
        case "no_contact":
            return speech.say("item.no_contact", when=when, every=every(item, speech))
        case "group_loss":
            return speech.say("item.group_loss", when=when, group=safe(item["group"]))
        case _:
            return None
