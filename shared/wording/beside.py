"""What is said beside buying: complaints, surveys, payments, cancellations, contact, the group."""

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
from shared.wording.language import Language, round_half_up
from shared.wording.safe import safe

MOST_TOPICS = 3


def cancellation(items: Sequence[Item], speech: Language, as_of: date) -> str:
    newest = newest_first(items)[0]
    ago = speech.ago(day(newest), as_of)
    return speech.say(f"cancellation.{newest['stage']}", ago=ago, reason=reason(newest, speech))


def complaints(items: Sequence[Item], speech: Language, as_of: date) -> str:
    """The unsettled ones; the settled ones only where nothing is unsettled."""
    unsettled = [item for item in items if not item.get("resolved")]
    told = newest_first(unsettled or items)
    topics = list(dict.fromkeys(safe(item["topic"]) for item in told if item.get("topic")))
    shown = ", ".join([*topics[:MOST_TOPICS], *(["…"] if len(topics) > MOST_TOPICS else [])])
    return speech.count(
        "complaint" if unsettled else "complaint.resolved",
        len(told),
        topics=speech.say("brackets", text=shown) if shown else "",
        ago=speech.ago(day(told[0]), as_of),
    )


def surveys(items: Sequence[Item], speech: Language, as_of: date) -> str:
    return " ".join(
        speech.say(
            "survey",
            score=speech.number(Decimal(str(item["score"]))),
            best=str(BEST_SCORES[item["survey"]]),
            survey=item["survey"].upper(),
            ago=speech.ago(day(item), as_of),
        )
        for item in newest_first(items)
    )


def payments(items: Sequence[Item], speech: Language, as_of: date) -> str:
    return " ".join(
        speech.say(
            f"payment.{payment_standing(item)}",
            amount=money(item, speech),
            due=speech.on(day(item, "due_on"), as_of),
        )
        for item in newest_first(items)
    )


def no_contact(items: Sequence[Item], speech: Language, as_of: date) -> str:
    """Nobody visited or called for long; `day` is that of the last contact."""
    item = items[0]
    silence = speech.count("silence", max((as_of - day(item)).days, 0))
    return speech.say("no_contact", silence=silence, every=every(item, speech))


def group_loss(items: Sequence[Item], speech: Language, as_of: date) -> str:
    """Others of the same group were lost; never who: they may be another rep's customers."""
    item = items[0]
    return speech.count(
        "group_loss",
        int(item["customers"]),
        group=safe(item["group"]),
        ago=speech.ago(day(item), as_of),
    )


def feed(items: Sequence[Item], speech: Language, as_of: date) -> str:
    """A source of events that has fallen silent, or is no longer missed; for the operator."""
    item = items[0]
    source = safe(item["source"])
    if item["state"] != "silent":
        return speech.say(f"feed.{item['state']}", source=source)
    if item["last"] is None:
        return speech.say("feed.never", source=source)
    usual = item.get("days_a_week")
    return speech.say(
        "feed.silent",
        source=source,
        ago=speech.ago(day(item, "last"), as_of),
        usual=_days_a_week(Decimal(str(usual)), speech) if usual else "",
    )


def _days_a_week(usual: Decimal, speech: Language) -> str:
    shown = round_half_up(usual, 0)
    return speech.count("feed.usual", int(shown)) if shown >= 1 else ""
