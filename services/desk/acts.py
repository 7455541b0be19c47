"""Acts that pages offer, and doing them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import Connection

from services.desk.desk import Desk
from services.desk.forms import Form, action_of, seen
from services.desk.showing import Shown
from shared.domain.action import (
    ACTIONS,
    LONGEST_NOTE,
    LONGEST_SNOOZE,
    REASONS,
    Action,
    missing,
)
from shared.domain.week import day_number
from shared.storage import visible
from shared.storage.acting import AlertEnded, act
from shared.storage.visible import Person
from shared.wording import Language

Outcome = Literal["new", "again", "ended", "hidden"]
AddressOf = Callable[[str], str]  # of the form that does an act
# What can be done about many customers at once, and why.
OF_MANY: Mapping[str, tuple[str, ...]] = {
    "acknowledge": (),
    "snooze": ("waiting", "other"),
    "dismiss": ("known", "wrong"),
    "note": (),
}
_WORDS_OF_REASONS = {"snooze": "delay", "dismiss": "dismissal", "lose": "reason"}
_NEXT_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ActForm:
    """One act as a form: where it goes, what it asks for, and what is in it."""

    name: str
    url: str
    label: str
    send: str
    is_open: bool
    reasons: tuple[tuple[str, str], ...]  # code and words; empty: nobody is asked why
    hint: str | None
    note_label: str | None
    note_needed: bool
    earliest: str | None
    latest: str | None
    values: Mapping[str, str]
    wrong: Mapping[str, str]  # what is wrong, by field


def act_forms(
    shown: Shown,
    address_of: AddressOf,
    desk: Desk,
    speech: Language,
    *,
    opened: str | None = None,
    form: Form | None = None,
) -> list[ActForm]:
    """The acts that are left to do; `opened` stands open, with `form` as it was sent."""
    if not shown.living:
        return []
    left = [
        name for name in acts_about(shown.kind) if name != "acknowledge" or shown.state == "open"
    ]
    left.sort(key=lambda name: name != opened)  # what one came for stands first
    return [
        _form(name, shown, address_of(name), desk, speech, form if name == opened else None, opened)
        for name in left
    ]


def acts_about(kind: str) -> Mapping[str, tuple[str, ...]]:
    """The acts on an alert of that kind, with the reasons to choose from."""
    return {name: REASONS.get(name, ()) for name in ACTIONS} if kind == "customer" else OF_MANY


def _form(
    name: str,
    shown: Shown,
    url: str,
    desk: Desk,
    speech: Language,
    form: Form | None,
    opened: str | None,
) -> ActForm:
    today, snooze = desk.today(), name == "snooze"
    known = form or {}
    wrong = {} if form is None else missing(action_of(name, form), today)
    words = _WORDS_OF_REASONS.get(name)
    raises = name == "dismiss" and shown.kind == "customer"
    label = f"field.note.{name}"
    return ActForm(
        name=name,
        url=url,
        label=speech.say(f"button.{name}"),
        send=speech.say(f"send.{name}") if name != "acknowledge" else speech.say(f"button.{name}"),
        is_open=name == opened,
        reasons=tuple(
            (code, speech.say(f"{words}.{code}")) for code in acts_about(shown.kind)[name]
        ),
        hint=speech.say("dismissal.raises") if raises else None,
        note_label=None
        if name == "acknowledge"
        else speech.say(label if speech.knows(label) else "field.note"),
        note_needed=name == "note",
        earliest=(today + timedelta(days=1)).isoformat() if snooze else None,
        latest=(today + LONGEST_SNOOZE).isoformat() if snooze else None,
        values={
            "reason": known.get("reason", ""),
            "note": known.get("note", "")[:LONGEST_NOTE],
            "until": known.get("until", "") or (today + _NEXT_WEEK).isoformat(),
        },
        wrong={field: speech.say(f"wrong.{field}.{problem}") for field, problem in wrong.items()},
    )


def perform(desk: Desk, person: Person, alert: str, action: Action, form: Form) -> Outcome:
    """Do a whole act for a person who may see the alert at that very moment."""
    now = desk.clock.now()
    until = None
    if action.until is not None:
        hour = desk.settings.evaluation_hour
        until = desk.calendar.starts_at(day_number(action.until), hour)

    def work(connection: Connection) -> Outcome:
        found = visible.one(connection, person, alert)
        if found is None or action.name not in acts_about(found.alert.kind):
            return "hidden"
        actor = f"{found.acting}:{person.id}"
        try:
            done = act(connection, alert, action, actor=actor, at=now, until=until, seen=seen(form))
        except AlertEnded:
            return "ended"
        return "new" if done.new else "again"

    outcome = desk.database.run(work)
    if outcome == "new":
        desk.wakeup.ring("transition")
    desk.metrics.acted(action.name, outcome)
    return outcome


def is_wrong(desk: Desk, action: Action) -> bool:
    """Whether something is missing; the page then says what."""
    wrong = bool(missing(action, desk.today()))
    if wrong:
        desk.metrics.acted(action.name, "wrong")
    return wrong
