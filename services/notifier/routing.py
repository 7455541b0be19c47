"""Whom a message goes to, and how. Pure: people and facts in, a decision with its reason out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from services.notifier.rules import DEFAULT, Manner
from shared.storage.channel_state import WAITS_FOR_CHANNEL
from shared.storage.rep_channels import Way
from shared.storage.reps import Rep

ESCALATION = "escalation"  # the audience of what a manager is told because nobody answered
MANAGER = "manager:"  # the audience of what many customers have in common: this and the id
PROGRAMS = ("webhook",)  # channels that no person reads
FOR_PEOPLE = ("digest", "summary", "reminder", "escalated")  # what programs are not told
FOR_ONE = ("summary", "reminder")  # what is of no use to anybody else
READ_BY_PROGRAM = "read_by_program"
PATIENCE = timedelta(minutes=10)  # a rep's master data may come just after the customer's


@dataclass(frozen=True, slots=True)
class Send:
    """Send by this way. `role` says why this person; `instead_of` whom they are told instead of.

    `spare`: the same person can be reached by another way, if this one fails.
    """

    way: Way
    role: str  # rep, substitute, manager, escalated, previous_rep, operator
    name: str | None = None
    locale: str | None = None
    person: str | None = None
    instead_of: str | None = None
    spare: bool = False

    @property
    def address(self) -> str:
        return self.way.address


@dataclass(frozen=True, slots=True)
class Hold:
    """Decide again after `wait`."""

    wait: timedelta
    reason: str


@dataclass(frozen=True, slots=True)
class Suppress:
    """Send nothing, for this reason."""

    reason: str


Decision = Send | Hold | Suppress


@dataclass(frozen=True, slots=True)
class Case:
    """What is known about a delivery when it is to be sent.

    `people` holds everybody known among the rep, the previous rep and their managers; `ways` how
    each of them can be reached, in order, and `operator` how the operator can; `tried` are
    recipients that this message is not sent to again; `paused` channels send nothing for now;
    `actor` is who caused the transition; `age` is how long the delivery has existed; `away` names
    everybody who is absent today, and who stands in; `manner` is what the rules say; `kind` is
    that of the announcement.
    """

    audience: str
    rep: str | None
    previous_rep: str | None
    actor: str
    people: Mapping[str, Rep]
    ways: Mapping[str, Sequence[Way]]
    operator: Sequence[Way]
    age: timedelta
    tried: Collection[str] = ()
    paused: Collection[str] = ()
    away: Mapping[str, str | None] = field(default_factory=dict)
    manner: Manner = DEFAULT
    kind: str = "updated"


def route(case: Case, *, patience: timedelta = PATIENCE) -> Decision:
    """The customer's rep, else who stands in, else the nearest manager, else the operator.

    An alert is never homeless: only a person's own act, and a farewell to a rep who cannot be
    reached or has the customer again, are not sent at all. Of a person's ways the first that may
    work is taken, in the order of the rules; when all of them wait for paused channels, so does
    the message.
    """
    decision = _person(case, patience)
    if case.kind in FOR_ONE and _is_read_by_program(case, decision, patience):
        return Suppress(READ_BY_PROGRAM)
    if isinstance(decision, Send) and decision.way.channel in case.paused:
        return Hold(patience, reason=WAITS_FOR_CHANNEL)
    return decision


def _person(case: Case, patience: timedelta) -> Decision:
    if case.audience == "previous_rep":
        return _farewell(case)
    if case.audience.startswith(MANAGER):
        return _manager(case.audience.removeprefix(MANAGER), case)
    if "operator" in (case.audience, case.manner.to) or case.rep is None:
        return _operator(case)
    if case.rep not in case.people and case.age < patience:
        return Hold(patience - case.age, reason="rep_unknown")
    found = _above(case.rep, case) if _is_for_manager(case) else _upwards(case.rep, case)
    return _unless_own(found, case)


def _is_read_by_program(case: Case, decision: Decision, patience: timedelta) -> bool:
    """Whether it goes to somebody else only because a program reads what it is meant for."""
    meant = _person(replace(case, kind="updated"), patience)
    if not isinstance(meant, Send) or not isinstance(decision, Send):
        return False
    return meant.person != decision.person


def _manager(manager: str, case: Case) -> Decision:
    """Who answers for reps, else who stands in or the nearest above, else the operator."""
    found = _upwards(manager, case)
    return _unless_own(found and replace(found, role="manager", instead_of=None), case)


def _unless_own(found: Send | None, case: Case) -> Decision:
    if found is None:
        return _operator(case)
    if case.actor in (f"rep:{found.person}", f"manager:{found.person}"):
        return Suppress("own_act")
    return found


def _operator(case: Case) -> Send:
    """The operator comes last: by the last way even if that was tried."""
    ways = _usable(case.operator, case) or case.operator[-1:]
    return Send(_best(ways, case), role="operator", spare=len(ways) > 1)


def _farewell(case: Case) -> Decision:
    person = case.people.get(case.previous_rep or "")
    if case.previous_rep == case.rep:
        return Suppress("rep_unchanged")
    found = None if person is None else _send(person, case, role="previous_rep")
    return found or Suppress("previous_rep_unreachable")


def _is_for_manager(case: Case) -> bool:
    return case.audience == ESCALATION or case.manner.to == "manager"


def _upwards(rep: str, case: Case) -> Send | None:
    """The rep, who stands in, or the first who can be reached above."""
    person = case.people.get(rep)
    if person is None:
        return None
    if rep not in case.away:
        return _send(person, case, role="rep") or _above(rep, case)
    other = case.people.get(case.away[rep] or "")
    found = None
    if other is not None and other.id not in case.away:
        found = _send(other, case, role="substitute", instead_of=person.name or rep)
    return found or _above(rep, case) or _send(person, case, role="rep")


def _above(rep: str, case: Case) -> Send | None:
    """The first manager above `rep` who can be reached; managers may form a circle."""
    people = case.people
    role = "escalated" if _is_for_manager(case) else "manager"
    seen = {rep}
    wanted = people[rep].manager if rep in people else None
    while wanted is not None and wanted not in seen and wanted in people:
        person = people[wanted]
        if wanted not in case.away:
            found = _send(person, case, role=role, instead_of=people[rep].name or rep)
            if found is not None:
                return found
        seen.add(wanted)
        wanted = person.manager
    return None


def _send(person: Rep, case: Case, *, role: str, instead_of: str | None = None) -> Send | None:
    ways = _usable(_in_order(case.ways.get(person.id, ()), case.manner.channels), case)
    if not person.active or not ways:
        return None
    return Send(
        way=_best(ways, case),
        role=role,
        name=person.name,
        locale=person.locale,
        person=person.id,
        instead_of=instead_of,
        spare=len(ways) > 1,
    )


def _in_order(ways: Sequence[Way], channels: Sequence[str]) -> list[Way]:
    """The ways by the channels that a rule names, then all others as the person has them."""
    wanted = {channel: place for place, channel in enumerate(channels)}
    return sorted(ways, key=lambda way: wanted.get(way.channel, len(wanted)))


def _usable(ways: Sequence[Way], case: Case) -> Sequence[Way]:
    """Those that were not tried; what asks and what bundles is for people."""
    unfit = PROGRAMS if case.kind in FOR_PEOPLE else ()
    return [way for way in ways if way.recipient not in case.tried and way.channel not in unfit]


def _best(ways: Sequence[Way], case: Case) -> Way:
    """The first whose channel sends; the first of all when none does."""
    return next((way for way in ways if way.channel not in case.paused), ways[0])
