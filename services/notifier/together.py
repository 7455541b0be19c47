"""Several messages as one: the worst first, counted and summed up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from services.notifier.announcement import Announcement
from services.notifier.buttons import Button
from services.notifier.messages import Fact, Message
from services.notifier.routing import Send
from shared.domain.alert import SEVERITIES
from shared.ops.settings import Settings
from shared.storage.deliveries import Taken
from shared.wording import Language, language, safe

MOST_PARTS = 40  # a longer list is not read: the rest is counted
COUNTED = ("opened", "updated", "reminder", "escalated", "lost", "recovered", "closed")


def together(taken: Taken, to: Send, parts: Sequence[Message], settings: Settings) -> Message:
    """The digest of `parts`, of which there is at least one."""
    speech = language(to.locale, settings.locale)
    ordered = worst_first(parts, settings.rates)
    return bundle(
        taken,
        to,
        ordered,
        settings,
        subject=_subject(ordered, speech),
        sentence=_counts(ordered, speech),
        facts=totals(filter(_presses, ordered), speech),
        footer=speech.say("footer.digest"),
    )


def bundle(
    taken: Taken,
    to: Send,
    parts: Sequence[Message],
    settings: Settings,
    *,
    subject: str,
    sentence: str,
    facts: Sequence[Fact],
    footer: str,
) -> Message:
    """One message that tells `parts` in their order, below a sentence and some facts."""
    speech = language(to.locale, settings.locale)
    told = Announcement.from_dict(taken.message)
    return Message(
        told=told,
        card=None,
        alert=taken.alert,
        number=taken.number,
        audience=taken.audience,
        kind=told.kind,
        severity=parts[0].severity if parts else "calm",
        severity_label=None,
        speech=speech,
        customer="",
        subject=subject,
        happened=None,
        sentence=sentence,
        news_first=False,
        buttons=(Button("desk", speech.say("button.desk"), f"{settings.base_url}/desk/"),),
        bars=None,
        facts=tuple(facts),
        evidence_title="",
        evidence=(),
        advice_title="",
        advice=None,
        footer=(footer,),
        parts=tuple(_plainly(part) for part in parts[:MOST_PARTS]),
        parts_in_all=len(parts),
    )


def _plainly(part: Message) -> Message:
    """Among others, a new alert need not be called new."""
    return replace(part, happened=None) if part.kind == "opened" else part


def worst_first(parts: Iterable[Message], rates: Mapping[str, Decimal]) -> list[Message]:
    """By severity, then by money at risk in the company's currency; what is settled comes last.

    Money without a rate counts as if it were the company's, as on the desk.
    """

    def order(part: Message) -> tuple[int, Decimal, str]:
        place = SEVERITIES.index(part.severity) if part.severity in SEVERITIES else -1
        value, money = part.told.data["value_at_risk"], Decimal(0)
        if value:
            money = Decimal(str(value["amount"])) * rates.get(value["currency"], Decimal(1))
        return -place, -money, part.alert

    return sorted(parts, key=order)


def totals(parts: Iterable[Message], speech: Language) -> list[Fact]:
    """What is at risk altogether, by currency: amounts of several are never summed."""
    sums: dict[str, Decimal] = {}
    for part in parts:
        value = part.told.data["value_at_risk"]
        if value:
            currency = safe(value["currency"], 8)
            sums[currency] = sums.get(currency, Decimal(0)) + Decimal(str(value["amount"]))
    label = speech.say("fact.value")
    return [Fact(label, speech.money(amount, name)) for name, amount in sorted(sums.items())]


def _presses(part: Message) -> bool:
    """Whether something can still be done for the customer."""
    return part.severity != "calm" and part.kind != "lost"


def _subject(parts: Sequence[Message], speech: Language) -> str:
    key, shown = "digest.subject", [part for part in parts if _presses(part)]
    if not shown:
        key, shown = "digest.subject.lost", [part for part in parts if part.kind == "lost"]
    if not shown:
        key, shown = "digest.subject.calm", [*parts]
    return speech.count(key, len(shown), customer=shown[0].customer or shown[0].subject)


def _counts(parts: Sequence[Message], speech: Language) -> str:
    """How many are new, have news since the last message, wait for an answer, are lost, buy again,
    or were closed."""
    found: dict[str, int] = {}
    for part in parts:
        kind = "closed" if part.kind in ("dismissed", "withdrawn") else part.kind
        found[kind] = found.get(kind, 0) + 1
    return " ".join(
        speech.count(f"digest.{kind}", found[kind]) for kind in COUNTED if kind in found
    )
