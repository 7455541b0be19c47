"""What one person is told together: the newest about each alert, the worst first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from services.notifier.announcement import Announcement
from services.notifier.buttons import Button
from services.notifier.messages import CALM, Fact, Message
from services.notifier.routing import Send
from shared.domain.alert import FINAL, SEVERITIES
from shared.ops.settings import Settings
from shared.storage import delivery_list, gathering
from shared.storage.alerts import read_alert
from shared.storage.deliveries import Taken
from shared.storage.gathering import Member
from shared.wording import Language, language

PREFIX = "digest:"  # what stands for an alert where a digest is delivered
SHOWN = 40  # a longer list is not read: the rest is counted

# From an announcement, its audience and the time of its delivery to the message about it.
Tell = Callable[[Announcement, str, datetime], Message]


@dataclass(frozen=True, slots=True)
class Digest:
    """The message, and the deliveries that have become pointless meanwhile."""

    message: Message
    left_out: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """The newest about one alert, as it was announced and in words."""

    data: Mapping[str, Any]
    message: Message


def digest_key(person: str) -> str:
    """Under what a person's deliveries wait."""
    return f"{PREFIX}{person}"


def is_digest(alert: str) -> bool:
    """Whether what stands for an alert is a digest."""
    return alert.startswith(PREFIX)


def name_of(key: str, number: int) -> str:
    """The name of one digest."""
    return f"{key}/{number}"


def digest_of(
    connection: Connection, taken: Taken, to: Send, tell: Tell, settings: Settings
) -> Digest | None:
    """The digest that `taken` is to bring to `to`; None when nothing of it is news any more."""
    waiting = gathering.members(connection, name_of(taken.alert, taken.number))
    by_alert: dict[str, list[Member]] = {}
    for member in waiting:
        by_alert.setdefault(member.alert, []).append(member)
    parts, left_out = [], []
    for alert, members in by_alert.items():
        members.sort(key=lambda member: member.number)
        if _is_over(connection, alert, members, to):
            left_out += [member.id for member in members]
            continue
        newest = members[-1]
        told = _as_opening(Announcement.from_dict(newest.message), members)
        parts.append(_Part(told.data, tell(told, newest.audience, newest.created_at)))
    if not parts:
        return None
    parts.sort(key=_worst_first)
    return Digest(_message(taken, to, parts, settings), tuple(left_out))


def _is_over(connection: Connection, alert: str, members: Sequence[Member], to: Send) -> bool:
    """Whether the person knows more by now, or need not hear of it any more."""
    newest, kind = members[-1], members[-1].message["kind"]
    if delivery_list.newest_sent(connection, alert, to.way.recipient) > newest.number:
        return True
    row = read_alert(connection, alert)
    if row is None:
        return False
    if kind in FINAL:
        return (
            kind in CALM and members[0].number < newest.number and _unheard(connection, alert, to)
        )
    return row.state in FINAL


def _unheard(connection: Connection, alert: str, to: Send) -> bool:
    return delivery_list.newest_sent(connection, alert, to.way.recipient) == 0


def _as_opening(told: Announcement, members: Sequence[Member]) -> Announcement:
    """News of an alert whose opening is told here as well is a part of the opening."""
    opened = members[0].message["kind"] == "opened"
    if not opened or told.kind != "updated":
        return told
    data = {**told.data, "reason": members[0].message["data"]["reason"]}
    return Announcement("opened", told.at, data, told.previous_rep)


def _worst_first(part: _Part) -> tuple[int, Decimal, str]:
    severity = part.message.severity
    place = SEVERITIES.index(severity) if severity in SEVERITIES else -1
    value = part.data["value_at_risk"]
    return -place, -Decimal(str(value["amount"])) if value else Decimal(0), part.message.alert


def _message(taken: Taken, to: Send, parts: Sequence[_Part], settings: Settings) -> Message:
    speech = language(to.locale, settings.locale)
    messages = [part.message for part in parts]
    pressing = [message for message in messages if message.severity != "calm"]
    return Message(
        told=Announcement.from_dict(taken.message),
        card=None,
        alert=taken.alert,
        number=taken.number,
        audience=taken.audience,
        kind="digest",
        severity=messages[0].severity,
        severity_label=None,
        speech=speech,
        customer="",
        subject=_subject(messages, pressing, speech),
        happened=_more(len(messages), speech),
        sentence=_counts(messages, speech),
        news_first=False,
        buttons=(Button("desk", speech.say("button.desk"), f"{settings.base_url}/desk/"),),
        bars=None,
        facts=tuple(_totals([part.data for part in parts if part.message in pressing], speech)),
        evidence_title="",
        evidence=(),
        advice_title="",
        advice=None,
        footer=(speech.say("footer.digest"),),
        parts=tuple(messages[:SHOWN]),
    )


def _subject(messages: Sequence[Message], pressing: Sequence[Message], speech: Language) -> str:
    if not pressing:
        first = messages[0].customer or messages[0].subject
        return speech.count("digest.subject.calm", len(messages), customer=first)
    first = pressing[0].customer or pressing[0].subject
    return speech.count("digest.subject", len(pressing), customer=first)


def _counts(messages: Sequence[Message], speech: Language) -> str:
    """How many are new, have news, wait for an answer, went well, or are lost."""
    found: dict[str, int] = {}
    for message in messages:
        kind = message.kind if message.kind not in CALM else "calm"
        found[kind] = found.get(kind, 0) + 1
    order = ("opened", "updated", "reminder", "escalated", "lost", "calm")
    return " ".join(speech.count(f"digest.{kind}", found[kind]) for kind in order if kind in found)


def _more(total: int, speech: Language) -> str | None:
    return speech.count("digest.more", total - SHOWN) if total > SHOWN else None


def _totals(data: Sequence[Mapping[str, Any]], speech: Language) -> list[Fact]:
    """What is at risk altogether, by currency: amounts of several are never summed."""
    sums: dict[str, Decimal] = {}
    for each in data:
        value = each["value_at_risk"]
        if value:
            currency = str(value["currency"])
            sums[currency] = sums.get(currency, Decimal(0)) + Decimal(str(value["amount"]))
    label = speech.say("fact.value")
    return [Fact(label, speech.money(amount, name)) for name, amount in sorted(sums.items())]
