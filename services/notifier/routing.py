"""Whom a message goes to, and how. Pure: people and facts in, a decision with its reason out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.storage.channel_state import WAITS_FOR_CHANNEL
from shared.storage.rep_channels import Way
from shared.storage.reps import Rep

PATIENCE = timedelta(minutes=10)  # a rep's master data may come just after the customer's


@dataclass(frozen=True, slots=True)
class Send:
    """Send by this way. `role` says why this person; `instead_of` whom they stand in for.

    `spare`: the same person can be reached by another way, if this one fails.
    """

    way: Way
    role: str  # rep, manager, previous_rep, operator
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
    `actor` is who caused the transition; `age` is how long the delivery has existed.
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


def route(case: Case, *, patience: timedelta = PATIENCE) -> Decision:
    """The customer's rep, else the nearest manager who can be reached, else the operator.

    An alert is never homeless: only a person's own act, and a farewell to a rep who cannot be
    reached or has the customer again, are not sent at all. Of a person's ways the first that may
    work is taken; when all of them wait for paused channels, so does the message.
    """
    decision = _person(case, patience)
    if isinstance(decision, Send) and decision.way.channel in case.paused:
        return Hold(patience, reason=WAITS_FOR_CHANNEL)
    return decision


def _person(case: Case, patience: timedelta) -> Decision:
    if case.audience == "previous_rep":
        return _farewell(case)
    if case.audience == "operator" or case.rep is None:
        return _operator(case)
    if case.rep not in case.people and case.age < patience:
        return Hold(patience - case.age, reason="rep_unknown")
    found = _upwards(case.rep, case)
    if found is None:
        return _operator(case)
    if case.actor in (f"rep:{found.person}", f"manager:{found.person}"):
        return Suppress("own_act")
    return found


def _operator(case: Case) -> Send:
    """The operator comes last: by the last way even if that was tried."""
    ways = _untried(case.operator, case) or case.operator[-1:]
    return Send(_best(ways, case), role="operator", spare=len(ways) > 1)


def _farewell(case: Case) -> Decision:
    person = case.people.get(case.previous_rep or "")
    if case.previous_rep == case.rep:
        return Suppress("rep_unchanged")
    found = None if person is None else _send(person, case, role="previous_rep")
    return found or Suppress("previous_rep_unreachable")


def _upwards(rep: str, case: Case) -> Send | None:
    """The first who can be reached from `rep` up the managers, who may form a circle."""
    people = case.people
    seen: set[str] = set()
    wanted: str | None = rep
    while wanted is not None and wanted not in seen and wanted in people:
        person = people[wanted]
        if person.id == rep:
            found = _send(person, case, role="rep")
        else:
            found = _send(person, case, role="manager", instead_of=people[rep].name or rep)
        if found is not None:
            return found
        seen.add(wanted)
        wanted = person.manager
    return None


def _send(person: Rep, case: Case, *, role: str, instead_of: str | None = None) -> Send | None:
    ways = _untried(case.ways.get(person.id, ()), case)
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


def _untried(ways: Sequence[Way], case: Case) -> Sequence[Way]:
    return [way for way in ways if way.recipient not in case.tried]


def _best(ways: Sequence[Way], case: Case) -> Way:
    """The first whose channel sends; the first of all when none does."""
    return next((way for way in ways if way.channel not in case.paused), ways[0])
