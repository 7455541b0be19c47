"""Each piece of evidence as a line of its own, with its date: for lists in messages."""

from collections.abc import Callable, Sequence
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

Line = Callable[[Item, Language, date], str]


def lines(evidence: Sequence[Item], speech: Language, as_of: date) -> list[str]:
    """One line an event, newest first; the drop and the value are told by the sentence."""
    told = newest_first([item for item in evidence if "day" in item and item["kind"] in LINES])
    return [LINES[item["kind"]](item, speech, as_of) for item in told]


def _complaint(item: Item, speech: Language, as_of: date) -> str:
    topic = item.get("topic")
    return speech.say(
        "item.complaint",
        when=speech.on(day(item), as_of),
        topic=speech.say("brackets", text=safe(topic)) if topic else "",
        severity=speech.say(f"severity.{item['severity']}"),
        standing=speech.say("standing.resolved" if item["resolved"] else "standing.open"),
    )


def _survey(item: Item, speech: Language, as_of: date) -> str:
    return speech.say(
        "item.survey",
        when=speech.on(day(item), as_of),
        score=speech.number(Decimal(str(item["score"]))),
        best=str(BEST_SCORES[item["survey"]]),
        survey=item["survey"].upper(),
    )


def _payment(item: Item, speech: Language, as_of: date) -> str:
    due = speech.on(day(item, "due_on"), as_of)
    key = f"item.payment.{payment_standing(item)}"
    return speech.say(key, amount=money(item, speech), due=due)


def _cancellation(item: Item, speech: Language, as_of: date) -> str:
    when = speech.on(day(item), as_of)
    key = f"item.cancellation.{item['stage']}"
    return speech.say(key, when=when, reason=reason(item, speech))


def _purchase(item: Item, speech: Language, as_of: date) -> str:
    return speech.say("item.purchase", when=speech.on(day(item), as_of), amount=money(item, speech))


def _no_contact(item: Item, speech: Language, as_of: date) -> str:
    when = speech.on(day(item), as_of)
    return speech.say("item.no_contact", when=when, every=every(item, speech))


def _group_loss(item: Item, speech: Language, as_of: date) -> str:
    when = speech.on(day(item), as_of)
    return speech.say("item.group_loss", when=when, group=safe(item["group"]))


LINES: dict[str, Line] = {
    "complaint": _complaint,
    "survey": _survey,
    "payment": _payment,
    "cancellation": _cancellation,
    "purchase": _purchase,
    "no_contact": _no_contact,
    "group_loss": _group_loss,
}
