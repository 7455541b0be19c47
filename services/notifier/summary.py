"""What a manager reads once a week: what became of the team's alerts, and who has not reacted."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Connection

from services.notifier.announcement import Announcement
from services.notifier.digest import Tell
from services.notifier.messages import Fact, Message
from services.notifier.routing import Send
from services.notifier.together import bundle
from shared.domain.money import UNITS
from shared.ops.settings import Settings
from shared.storage import reps, teams
from shared.storage.alert_rows import announced
from shared.storage.alerts import read_alert
from shared.storage.deliveries import Taken
from shared.storage.teams import Week
from shared.wording import Language, language, safe

PREFIX = "summary:"  # what stands for an alert where a summary is delivered
SPAN = timedelta(days=7)
MOST_SHOWN = 10
COUNTED = ("opened", "acknowledged", "working", "recovered", "lost", "dismissed")


def summary_of(
    connection: Connection, taken: Taken, to: Send, tell: Tell, settings: Settings
) -> Message | None:
    """The summary that `taken` is to bring to `to`; None when the team has no alerts at all."""
    told = Announcement.from_dict(taken.message)
    team = teams.managers(connection).get(taken.alert.removeprefix(PREFIX), [])
    week = teams.week(connection, team, told.at - SPAN, told.at)
    if week.empty:
        return None
    names = {person.id: person.name for person in reps.every(connection)}
    parts = []
    for id in teams.unanswered(connection, team, settings.rates, MOST_SHOWN):
        row = read_alert(connection, id)
        if row is not None:
            data = {**announced(row), "number": row.last_number, "reason": "", "actor": "notifier"}
            parts.append(tell(Announcement("escalated", told.at, data), "digest", told.at, to))
    return tell_week(taken, to, week, names, parts, settings)


def tell_week(
    taken: Taken,
    to: Send,
    week: Week,
    names: Mapping[str, str | None],
    parts: Sequence[Message],
    settings: Settings,
) -> Message:
    """The summary of a week in words; `parts` are alerts that nobody has reacted to."""
    speech = language(to.locale, settings.locale)
    return bundle(
        taken,
        to,
        parts,
        settings,
        subject=_subject(week, speech),
        sentence=_counts(week, speech),
        facts=_facts(week, names, speech),
        footer=speech.say("footer.summary"),
    )


def _subject(week: Week, speech: Language) -> str:
    waiting = sum(week.unanswered.values())
    if waiting:
        return speech.count("summary.subject", waiting)
    return speech.say("summary.subject.answered")


def _counts(week: Week, speech: Language) -> str:
    told = [
        speech.count(f"summary.{kind}", week.happened[kind])
        for kind in COUNTED
        if kind in week.happened
    ]
    return " ".join(told) or speech.say("summary.nothing")


def _facts(week: Week, names: Mapping[str, str | None], speech: Language) -> list[Fact]:
    money = (("fact.at_risk", week.at_risk), ("fact.kept", week.recovered))
    found = [
        Fact(speech.say(label), speech.money(Decimal(units) / UNITS, currency))
        for label, sums in (*money, ("fact.gone", week.lost))
        for currency, units in sorted(sums.items())
    ]
    for rep, living in week.living.items():
        waiting = week.unanswered.get(rep, 0)
        text = speech.count("summary.rep", living, waiting=speech.number(waiting, 0))
        found.append(Fact(safe(names.get(rep) or rep), text))
    return found
