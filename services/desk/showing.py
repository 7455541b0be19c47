"""An alert as a page tells it: from what is stored, never judged again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from services.desk.chart import Chart, chart
from services.desk.desk import Desk
from services.desk.steps import Step, actors, acts_of, steps
from services.desk.weeks import load_weeks
from shared.domain.alert import LIVING
from shared.domain.money import from_units
from shared.domain.verdict import raised
from shared.domain.week import day_date
from shared.storage import addressing, dismissals, transitions, visible
from shared.storage.addressing import Card
from shared.storage.alert_rows import AlertRow
from shared.storage.visible import Visible
from shared.wording import Language, safe, sentence
from shared.wording.advice import advice
from shared.wording.items import lines

Evidence = Sequence[Mapping[str, Any]]
_LONGEST_SENTENCE = 1000


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the small table; `link` is an address a phone can follow."""

    label: str
    value: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything a page says about an alert.

    `number` is its newest transition; `acts` are what people did, as (person, act).
    """

    id: str
    kind: str
    number: int
    state: str
    living: bool
    severity: str
    title: str
    label: str
    at_risk: str | None
    phone: Fact | None
    sentence: str
    advice: str | None
    facts: tuple[Fact, ...]
    evidence: tuple[str, ...]
    chart: Chart | None
    steps: tuple[Step, ...]
    acts: frozenset[tuple[str, str]]
    raised: str | None
    back_on: str | None  # the day on which it comes back, while it is put off


def show(connection: Connection, found: Visible, desk: Desk, speech: Language) -> Shown:
    """The page of an alert that somebody may see."""
    row, today = found.alert, desk.today()
    card = addressing.card(connection, row.key) if row.customer is not None else None
    title = title_of(connection, found, speech)
    said, listed, evidence = _words(row, speech, today)
    living = row.state in LIVING
    happened = transitions.transitions(connection, row.id)
    people = visible.names(connection, actors(happened))
    weeks = None
    if row.customer is not None:
        weeks = load_weeks(
            connection, row.customer, evidence, desk.settings, desk.calendar, desk.day()
        )
    return Shown(
        id=row.id,
        kind=row.kind,
        number=row.last_number,
        state=row.state,
        living=living,
        severity=row.severity if living else "calm",
        title=title,
        label=label_of(row, speech, today, desk),
        at_risk=at_risk(row, speech) if living else None,
        phone=_phone(card, speech),
        sentence=said,
        advice=advice(evidence, speech, title) if living else None,
        facts=tuple(_facts(found, card, speech)),
        evidence=tuple(listed),
        chart=None if weeks is None else chart(weeks, speech),
        steps=tuple(steps(happened, people, desk, speech)),
        acts=acts_of(happened),
        raised=_raised(connection, row, desk, speech),
        back_on=back_on(row, speech, today, desk),
    )


def title_of(connection: Connection, found: Visible, speech: Language) -> str:
    """The customer's name as a rep knows it; of an alert about many, which customers these are."""
    if found.alert.kind == "customer":
        return safe(found.customer) or speech.say("customer", id=safe(found.alert.key))
    causes = (item for item in found.alert.evidence if item["kind"] == "common_cause")
    group = next(causes, {"group_kind": "portfolio"})
    kind, name = group["group_kind"], str(group.get("name"))
    if kind == "rep":
        name = visible.names(connection, [name]).get(name, name)
    return speech.say(f"group.{kind}", name=safe(name))


def label_of(row: AlertRow, speech: Language, today: date, desk: Desk) -> str:
    """The state in a word or two."""
    day = back_on(row, speech, today, desk)
    return speech.say(f"state.{row.state}") if day is None else speech.say("state.snoozed", day=day)


def back_on(row: AlertRow, speech: Language, today: date, desk: Desk) -> str | None:
    """The day on which an alert comes back, while it is put off."""
    back = row.snoozed_until
    if back is None or back <= desk.clock.now() or not row.living:
        return None
    return speech.day(desk.local(back).date(), today)


def at_risk(row: AlertRow, speech: Language) -> str | None:
    """The money that is at risk in a year."""
    if not row.value_at_risk or row.currency is None:
        return None
    amount = speech.money(from_units(row.value_at_risk), safe(row.currency, 8))
    return speech.say("desk.at_risk", amount=amount)


def said_of(row: AlertRow, speech: Language, today: date) -> str:
    """The sentence, in the reader's language where its evidence can be read."""
    return _words(row, speech, today)[0]


def _words(row: AlertRow, speech: Language, today: date) -> tuple[str, list[str], Evidence]:
    evidence: Evidence = row.evidence
    try:
        said = sentence(evidence, locale=str(speech.locale), as_of=today)
        listed = lines(evidence, speech, today)
    except (KeyError, TypeError, ValueError, InvalidOperation):
        said, listed, evidence = "", [], ()
    return said or safe(row.sentence, _LONGEST_SENTENCE), listed, evidence


def _phone(card: Card | None, speech: Language) -> Fact | None:
    phone = safe(card and card.phone, 40)
    if not phone:
        return None
    return Fact(speech.say("fact.phone"), phone, f"tel:{quote(phone.replace(' ', ''), '+')}")


def _facts(found: Visible, card: Card | None, speech: Language) -> list[Fact]:
    facts = []
    if card is not None:
        facts.append(Fact(speech.say("fact.customer"), safe(card.id)))
        if segment := safe(card.segment):
            facts.append(Fact(speech.say("fact.segment"), segment))
    if found.role != "rep" and found.rep is not None:
        facts.append(Fact(speech.say("fact.rep"), safe(found.rep_name or found.rep)))
    return facts


def _raised(connection: Connection, row: AlertRow, desk: Desk, speech: Language) -> str | None:
    """What an answer to an earlier alert, or to this one, still does to the customer's bar."""
    settings = desk.settings
    weeks = timedelta(weeks=settings.dismissal_weeks)
    if row.customer is None:
        return None
    said = dismissals.mistaken(connection, desk.clock.now() - weeks, [row.customer])
    if row.customer not in said:
        return None
    day = desk.calendar.day_of(said[row.customer])
    today = desk.today()
    age = (today - day_date(day)).days
    now = raised(settings.dismissal_raise, settings.dismissal_weeks, age)
    if not now:
        return None
    return speech.say(
        "desk.raised",
        day=speech.day(day_date(day), today),
        until=speech.day(day_date(day) + weeks, today),
        now=speech.number(Decimal(str(round(now, 2))), 2),
    )
