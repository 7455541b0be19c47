"""The sentence: what is known about a customer's leaving, in the order a person would say it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from shared.wording.language import Language, language, round_half_up
from shared.wording.safe import safe

Item = Mapping[str, Any]
Clause = Callable[[Sequence[Item], Language, date], str | None]

MOST_TOPICS = 3
WORTH_SAYING = 5  # once in fewer windows
RARE = 9_999  # the detector looks no further
BEST_SCORES = {"nps": 10, "csat": 5, "ces": 7}


def sentence(evidence: Sequence[Item], *, locale: str, as_of: date) -> str:
    """The evidence as one line of plain text, told on the day `as_of`.

    `evidence` holds the detector's items; kinds unknown here say nothing. A locale that is not
    spoken falls back to English. Texts that came from customers are made safe.
    """
    speech = language(locale)
    said: list[str] = []
    for kind, clause in CLAUSES.items():
        items = [item for item in evidence if item.get("kind") == kind]
        text = clause(items, speech, as_of) if items else None
        if text:
            said.append(text)
    return " ".join(said)


def money(item: Item, speech: Language, field: str = "amount") -> str:
    return speech.money(Decimal(str(item[field])), safe(item["currency"], 8))


def day(item: Item, field: str = "day") -> date:
    return date.fromisoformat(item[field])


def newest_first(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: str(item["day"]), reverse=True)


def reason(item: Item, speech: Language) -> str:
    """Why a customer left, in brackets; nothing when no reason was given."""
    given = item.get("reason")
    if not given:
        return ""
    key = f"reason.{given}"
    return speech.say("brackets", text=speech.say(key) if speech.knows(key) else safe(given))


def _drop(items: Sequence[Item], speech: Language, _as_of: date) -> str:
    item = items[0]
    days = int(item["days"])
    told = speech.say(
        "drop",
        usual=_usual(item, speech),
        window=speech.count("window", int(item["window_weeks"])),
        actual=speech.count("actual", days, amount=money(item, speech)),
        expected=_expected(item, speech),
    )
    return " ".join(part for part in (told, _chance(item, speech)) if part)


def _spend(items: Sequence[Item], speech: Language, _as_of: date) -> str:
    item = items[0]
    return speech.say(
        "spend",
        usual=money(item, speech, "weekly_usual"),
        window=speech.count("window", int(item["window_weeks"])),
        now=money(item, speech, "weekly_now"),
    )


def _usual(item: Item, speech: Language) -> str:
    """A habit rarer than weekly is told by its interval, with the money of one purchase."""
    rate = Decimal(str(item["usual_days_per_week"] or 0))
    weekly = Decimal(str(item["weekly_usual"]))
    currency = safe(item["currency"], 8)
    if rate <= 0:
        return speech.say("usual.money", amount=speech.money(weekly, currency))
    shown = round_half_up(rate, 1)
    if shown >= 1:
        shown = shown.to_integral_value() if shown == shown.to_integral_value() else shown
        return speech.count("usual.often", shown, amount=speech.money(weekly, currency))
    amount = speech.money(weekly / rate, currency)
    weeks = 1 / rate
    nearest = round_half_up(weeks, 0)
    if weeks >= Decimal("2.5") or abs(weeks - nearest) <= Decimal("0.1"):
        return speech.count("usual.weeks", int(nearest), amount=amount)
    return speech.count("usual.days", int(round_half_up(weeks * 7, 0)), amount=amount)


def _expected(item: Item, speech: Language) -> str:
    given = item.get("expected_days")
    expected = round_half_up(Decimal(str(given or 0)), 1)
    if expected <= 0:
        return ""
    if expected == expected.to_integral_value():
        expected = expected.to_integral_value()
    return speech.count("expected", expected)


def _chance(item: Item, speech: Language) -> str | None:
    """Nothing where the drop is ordinary: «once in 2» would speak against the alert."""
    n = int(item.get("once_in") or 0)
    if n < WORTH_SAYING:
        return None
    return speech.say("chance.rare" if n >= RARE else "chance", n=speech.number(min(n, RARE), 0))


def _complaints(items: Sequence[Item], speech: Language, as_of: date) -> str:
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


def _surveys(items: Sequence[Item], speech: Language, as_of: date) -> str:
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


def _payments(items: Sequence[Item], speech: Language, as_of: date) -> str:
    return " ".join(
        speech.say(
            f"payment.{payment_standing(item)}",
            amount=money(item, speech),
            due=speech.on(day(item, "due_on"), as_of),
        )
        for item in newest_first(items)
    )


def payment_standing(item: Item) -> str:
    """missed, late, or settled in the end."""
    if item.get("resolved") or item["status"] == "paid":
        return "settled"
    return "late" if item["status"] == "late" else "missed"


def _cancellation(items: Sequence[Item], speech: Language, as_of: date) -> str:
    newest = newest_first(items)[0]
    stage = "confirmed" if newest["stage"] == "confirmed" else "requested"
    ago = speech.ago(day(newest), as_of)
    return speech.say(f"cancellation.{stage}", ago=ago, reason=reason(newest, speech))


def _purchases(items: Sequence[Item], speech: Language, as_of: date) -> str:
    """All of one currency together; several currencies one after the other."""
    told = []
    for currency in dict.fromkeys(item["currency"] for item in items):
        same = newest_first([item for item in items if item["currency"] == currency])
        total = sum((Decimal(str(item["amount"])) for item in same), Decimal(0))
        when = speech.on(day(same[0]), as_of)
        amount = speech.money(total, safe(currency, 8))
        told.append(speech.count("purchase", len(same), when=when, amount=amount))
    return " ".join(told)


def _value(items: Sequence[Item], speech: Language, _as_of: date) -> str | None:
    if not Decimal(str(items[0]["amount"])):
        return None
    return speech.say("value", amount=money(items[0], speech))


# In the order of the sentence: what presses most first, the money last.
CLAUSES: dict[str, Clause] = {
    "cancellation": _cancellation,
    "drop": _drop,
    "spend": _spend,
    "purchase": _purchases,
    "complaint": _complaints,
    "survey": _surveys,
    "payment": _payments,
    "value": _value,
}
