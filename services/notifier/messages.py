"""A message in words, before any channel gives it a form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from services.notifier.announcement import Announcement
from services.notifier.bars import Bars, bars
from services.notifier.buttons import Button, LinkTo, buttons
from services.notifier.occasion import RELIEF, occasion, words
from services.notifier.routing import Send
from shared.storage.addressing import Card
from shared.wording import Language, language, safe, sentence
from shared.wording.advice import advice
from shared.wording.items import lines

Evidence = Sequence[Mapping[str, Any]]
CALM = ("recovered", "dismissed", "withdrawn")  # nothing is left to do


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the small table; `link` is an address a phone can follow."""

    label: str
    value: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Everything a channel needs to tell one person about one transition of one alert.

    `told` and `card` are what the words were made from, for whoever is no person.
    """

    told: Announcement
    card: Card | None
    alert: str
    number: int
    audience: str
    kind: str
    severity: str  # urgent, warning, watch; calm when nothing is left to do
    severity_label: str | None
    speech: Language
    customer: str
    subject: str
    happened: str | None
    sentence: str
    news_first: bool  # whether `happened` matters more than the sentence
    buttons: tuple[Button, ...]
    bars: Bars | None
    facts: tuple[Fact, ...]
    evidence_title: str
    evidence: tuple[str, ...]
    advice_title: str
    advice: str | None
    footer: tuple[str, ...]
    parts: tuple["Message", ...] = ()  # what a digest tells of each alert, the worst first
    parts_in_all: int = 0  # with those that are on the reader's list alone

    @property
    def paragraphs(self) -> list[str]:
        """The sentence and what happened, what matters more first."""
        both = [self.happened, self.sentence] if self.news_first else [self.sentence, self.happened]
        return [text for text in both if text]

    def more(self, shown: int) -> str | None:
        """What is said of all parts but the first `shown`; None when there are no more."""
        left = self.parts_in_all - shown
        return self.speech.count("digest.more", left) if left > 0 else None


def compose(
    told: Announcement,
    to: Send,
    audience: str,
    card: Card | None,
    *,
    zone: ZoneInfo,
    locale: str,
    link_to: LinkTo | None = None,
) -> Message:
    """The message for one recipient, in the recipient's language, else in `locale`.

    `link_to` makes the addresses behind its buttons; without it there are none. Evidence that
    cannot be read is left out, and the sentence is then the announced one.
    """
    data = told.data
    speech = language(to.locale, locale)
    today = told.at.astimezone(zone).date()
    evidence: Evidence = data.get("evidence") or ()
    try:
        said = sentence(evidence, locale=str(speech.locale), as_of=today)
        listed = tuple(lines(evidence, speech, today))
        picture = bars(evidence, speech)
    except (KeyError, TypeError, ValueError, InvalidOperation):
        evidence, said, listed, picture = (), "", (), None
    name = _name(data, card, speech)
    key = occasion(told, to, evidence)
    calm = told.kind in CALM or to.role == "previous_rep"
    return Message(
        told=told,
        card=card,
        alert=data["id"],
        number=data["number"],
        audience=audience,
        kind=told.kind,
        severity="calm" if calm else data["severity"],
        severity_label=None if calm else speech.say(f"alert.{data['severity']}"),
        speech=speech,
        customer=name,
        subject=_subject(told, key, name, speech, calm=calm) or safe(said or data["sentence"], 120),
        happened=words("happened", key, speech, customer=name) if data["customer"] else None,
        sentence=said or safe(data["sentence"], 1000),
        news_first=calm or told.kind == "lost",
        buttons=buttons(data["state"], link_to, speech),
        bars=picture,
        facts=tuple(_facts(data, evidence, to, card, speech, calm=calm)),
        evidence_title=speech.say("evidence"),
        evidence=() if calm else listed,
        advice_title=speech.say("next"),
        advice=None if calm else _advice(told.kind, key, evidence, name, speech),
        footer=_footer(told, to, speech, today),
    )


def _name(data: Mapping[str, Any], card: Card | None, speech: Language) -> str:
    found = safe(card and card.name)
    if not found and data["customer"]:
        return speech.say("customer", id=safe(data["customer"]))
    return found


def _subject(told: Announcement, key: str, name: str, speech: Language, *, calm: bool) -> str:
    data = told.data
    if not data["customer"]:  # a feed or the portfolio: the sentence says it
        return ""
    amount = _money(data["value_at_risk"], speech)
    if amount and told.kind == "opened":
        subject = words("subject.at_risk", key, speech, customer=name, amount=amount)
    else:
        subject = words("subject", key, speech, customer=name)
    no_hurry = calm or told.kind == "lost" or key in RELIEF
    pressing = data["severity"] == "urgent" and not no_hurry
    return speech.say("subject.urgent", subject=subject) if pressing else subject


def _money(given: Mapping[str, Any] | None, speech: Language) -> str | None:
    """An amount in words; None where there is none, or nothing at risk."""
    amount = Decimal(str(given["amount"])) if given else Decimal(0)
    return speech.money(amount, safe(given["currency"], 8)) if given and amount else None


def _facts(
    data: Mapping[str, Any],
    evidence: Evidence,
    to: Send,
    card: Card | None,
    speech: Language,
    *,
    calm: bool,
) -> list[Fact]:
    standing = [] if calm else _standing(data, evidence, speech)
    return [*standing, *_contact(data, to, card, speech)]


def _standing(data: Mapping[str, Any], evidence: Evidence, speech: Language) -> list[Fact]:
    say = speech.say
    found: list[Fact] = []
    amount = _money(data["value_at_risk"], speech)
    if amount:
        margin = any(item["kind"] == "value" and item.get("basis") == "margin" for item in evidence)
        found.append(Fact(say("fact.margin" if margin else "fact.value"), amount))
    fall = next((item for item in evidence if item["kind"] in ("drop", "spend")), None)
    if fall:
        found.append(_fall(fall, speech))
    if data["rank"]:
        found.append(Fact(say("fact.rank"), speech.number(data["rank"], 0)))
    return found


def _fall(item: Mapping[str, Any], speech: Language) -> Fact:
    """What was bought in the window, beside the usual for so many weeks."""
    currency = safe(item["currency"], 8)
    weeks = int(item["window_weeks"])
    bought = item["amount"] if item["kind"] == "drop" else Decimal(item["weekly_now"]) * weeks
    usual = speech.money(Decimal(str(item["weekly_usual"])) * weeks, currency)
    now = speech.money(Decimal(str(bought)), currency)
    return Fact(speech.count("fact.now", weeks), speech.say("fact.instead", now=now, usual=usual))


def _contact(data: Mapping[str, Any], to: Send, card: Card | None, speech: Language) -> list[Fact]:
    say = speech.say
    found: list[Fact] = []
    if phone := safe(card and card.phone, 40):
        found.append(Fact(say("fact.phone"), phone, f"tel:{quote(phone.replace(' ', ''), '+')}"))
    if card is not None and safe(card.name):
        found.append(Fact(say("fact.customer"), safe(card.id)))
    if segment := safe(card and card.segment):
        found.append(Fact(say("fact.segment"), segment))
    if to.role not in ("rep", "previous_rep") and data["rep"]:
        found.append(Fact(say("fact.rep"), safe(to.instead_of or data["rep"])))
    return found


def _advice(kind: str, key: str, evidence: Evidence, name: str, speech: Language) -> str | None:
    if kind == "lost":
        return speech.say("next.lost")
    if key == "updated.purchase":
        return speech.say("next.purchase")
    return advice(evidence, speech, name)


def _footer(told: Announcement, to: Send, speech: Language, today: date) -> tuple[str, ...]:
    data = told.data
    why = to.role
    if not data["customer"]:
        why = "operator.system" if to.role == "operator" else "manager.portfolio"
    elif to.role == "operator" and told.refused:
        why = "operator.refused"
    as_of = speech.day(date.fromisoformat(data["as_of"]), today)
    number = str(data["number"])
    return (
        speech.say(f"footer.{why}", rep=safe(to.instead_of or "")),
        speech.say("footer.alert", alert=data["id"], number=number, day=as_of),
    )
