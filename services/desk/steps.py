"""What happened to an alert, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_time

from services.desk.desk import Desk
from shared.domain.action import LONGEST_NOTE
from shared.storage.transitions import TransitionRow
from shared.wording import Language, safe


@dataclass(frozen=True, slots=True)
class Step:
    """One transition: when, by whom (None: by Vigía itself), what, and a note."""

    when: str
    at: str  # for machines
    who: str | None
    what: str
    note: tuple[str, ...]  # its lines


def actors(rows: Sequence[TransitionRow]) -> list[str]:
    """The ids of the people who acted."""
    return sorted({row.actor.partition(":")[2] for row in rows if ":" in row.actor})


def acts_of(rows: Sequence[TransitionRow]) -> frozenset[tuple[str, str]]:
    """Who did what: the id of the person, the name of the act."""
    return frozenset(
        (row.actor.partition(":")[2], row.body["act"]) for row in rows if "act" in row.body
    )


def steps(
    rows: Sequence[TransitionRow], names: Mapping[str, str], desk: Desk, speech: Language
) -> list[Step]:
    """The newest first; `names` of people by id."""
    today = desk.today()
    return [_step(row, names, desk, speech, today) for row in reversed(rows)]


def _step(
    row: TransitionRow, names: Mapping[str, str], desk: Desk, speech: Language, today: date
) -> Step:
    _, by_person, person = row.actor.partition(":")
    moment = desk.local(row.at)
    clock = format_time(moment, "short", locale=speech.locale)
    return Step(
        when=f"{speech.day(moment.date(), today)}, {clock}",
        at=row.at.isoformat(),
        who=safe(names.get(person, person)) if by_person else None,
        what=_what(row, speech, today, by_person=bool(by_person)),
        note=tuple(safe(line, LONGEST_NOTE) for line in str(row.body.get("note", "")).splitlines()),
    )


def _what(row: TransitionRow, speech: Language, today: date, *, by_person: bool) -> str:
    if row.kind == "snoozed":
        until = date.fromisoformat(row.body["until"])
        reason = speech.say(f"delay.{row.reason}")
        return speech.say("step.snoozed", day=speech.day(until, today), reason=reason)
    if row.kind == "dismissed" and by_person:
        return speech.say("step.dismissed", reason=speech.say(f"dismissal.{row.reason}"))
    if row.kind == "lost" and by_person:
        return speech.say("step.lost.by_person", reason=speech.say(f"reason.{row.reason}"))
    exact = f"step.{row.kind}.{row.reason}"
    return speech.say(exact if speech.knows(exact) else f"step.{row.kind}")
