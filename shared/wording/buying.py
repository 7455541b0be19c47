"""What is said about buying: what was usual, what happened, and how likely that is by chance."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from shared.wording.item import Item, day, every, money, newest_first
from shared.wording.language import Language, round_half_up
from shared.wording.safe import safe

MOST_CATEGORIES = 3
WORTH_SAYING = 5  # once in fewer windows
LEAVERS_WORTH_SAYING = 3  # of ten
RARE = 9_999  # the detector looks no further


def drop(items: Sequence[Item], speech: Language, _as_of: date) -> str:
    item = items[0]
    days = int(item["days"])
    told = speech.say(
        "drop",
        usual=_usual(item, speech),
        window=speech.count("window", int(item["window_weeks"])),
        actual=speech.count("actual", days, amount=money(item, speech)),
        expected=_expected(item, speech),
    )
    return _with_chance("chance", told, item, speech)


def spend(items: Sequence[Item], speech: Language, _as_of: date) -> str:
    item = items[0]
    return speech.say(
        "spend",
        usual=money(item, speech, "weekly_usual"),
        window=speech.count("window", int(item["window_weeks"])),
        now=money(item, speech, "weekly_now"),
    )


def gap(items: Sequence[Item], speech: Language, _as_of: date) -> str:
    """The silence of somebody who buys now and then, against the own gaps."""
    item = items[0]
    amount = money(item, speech) if "amount" in item else None
    told = speech.say(
        "gap",
        every=every(item, speech),
        amount=speech.say("gap.amount", amount=amount) if amount else "",
        silence=speech.count("silence", int(item["silent_days"])),
    )
    return _with_chance("gap.chance", told, item, speech)


def categories(items: Sequence[Item], speech: Language, _as_of: date) -> str:
    """What somebody who still buys does not buy any more, the longest first."""
    longest = sorted(items, key=lambda item: -int(item["weeks_since"]))
    gaps = [
        speech.count(
            "category.gap",
            int(item["weeks_since"]),
            category=safe(item["category"]),
            every=every(item, speech),
        )
        for item in longest[:MOST_CATEGORIES]
    ]
    return speech.say("category", gaps=speech.listed(gaps))


def common_cause(items: Sequence[Item], speech: Language, _as_of: date) -> str:
    """What most customers of a region, rep, shop... have in common; for managers."""
    return " ".join(_common_cause(item, speech) for item in items)


def _common_cause(item: Item, speech: Language) -> str:
    """`state` says how it ended: back, or lasting for so long that it is usual now."""
    whose = speech.say(f"cause.{item['group_kind']}", name=safe(item.get("name") or ""))
    if item.get("state"):
        return speech.say(f"common_cause.{item['state']}", whose=whose)
    return speech.count(
        "common_cause",
        int(item["customers"]),
        all=speech.number(int(item["of"]), 0),
        whose=whose,
        percent=speech.number(Decimal(str(item["drop_percent"])), 0),
        window=speech.count("window", int(item["weeks"])),
    )


def purchases(items: Sequence[Item], speech: Language, as_of: date) -> str:
    """All of one currency together; several currencies one after the other."""
    told = []
    for currency in dict.fromkeys(item["currency"] for item in items):
        same = newest_first([item for item in items if item["currency"] == currency])
        total = sum((Decimal(str(item["amount"])) for item in same), Decimal(0))
        when = speech.on(day(same[0]), as_of)
        amount = speech.money(total, safe(currency, 8))
        told.append(speech.count("purchase", len(same), when=when, amount=amount))
    return " ".join(told)


def probability(items: Sequence[Item], speech: Language, _as_of: date) -> str | None:
    """How many of ten such customers leave; where they are few it would only confuse."""
    of_ten = int(round_half_up(10 * Decimal(str(items[0]["probability"])), 0))
    if of_ten < LEAVERS_WORTH_SAYING:
        return None
    return speech.say("probability", n=speech.number(min(of_ten, 9), 0))


def value(items: Sequence[Item], speech: Language, _as_of: date) -> str | None:
    """Money at risk a year: revenue, or margin where the customer's rate is known."""
    item = items[0]
    if not Decimal(str(item["amount"])):
        return None
    basis = "margin" if item.get("basis") == "margin" else "revenue"
    return speech.say(f"value.{basis}", amount=money(item, speech))


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


def _with_chance(key: str, told: str, item: Item, speech: Language) -> str:
    """Nothing more where it is ordinary: «once in 2» would speak against the alert."""
    n = int(item.get("once_in") or 0)
    if n < WORTH_SAYING:
        return told
    said = f"{key}.rare" if n >= RARE else key
    return f"{told} {speech.say(said, n=speech.number(min(n, RARE), 0))}"
