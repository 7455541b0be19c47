"""Whom a message goes to. Pure: people and facts in, a decision with its reason out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from shared.storage.reps import Rep, is_address

PATIENCE = timedelta(minutes=10)  # a rep's master data may come just after the customer's


@dataclass(frozen=True, slots=True)
class Send:
    """Send to this address. `role` says why this person; `instead_of` whom they stand in for."""

    address: str
    role: str  # rep, manager, previous_rep, operator
    name: str | None = None
    locale: str | None = None
    person: str | None = None
    instead_of: str | None = None


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

    `people` holds everybody known among the rep, the previous rep and their managers; `actor`
    is who caused the transition; `age` is how long the delivery has existed.
    """

    audience: str
    rep: str | None
    previous_rep: str | None
    actor: str
    people: Mapping[str, Rep]
    age: timedelta


def route(case: Case, *, operator: str, patience: timedelta = PATIENCE) -> Decision:
    """The customer's rep, else the nearest manager who can be reached, else the operator.

    An alert is never homeless: only a person's own act, and a farewell to a rep who cannot be
    reached or has the customer again, are not sent at all.
    """
    if case.audience == "previous_rep":
        return _farewell(case)
    if case.audience == "operator" or case.rep is None:
        return Send(operator, role="operator")
    if case.rep not in case.people and case.age < patience:
        return Hold(patience - case.age, reason="rep_unknown")
    found = _upwards(case.rep, case.people)
    if found is None:
        return Send(operator, role="operator")
    if case.actor in (f"rep:{found.person}", f"manager:{found.person}"):
        return Suppress("own_act")
    return found


def _farewell(case: Case) -> Decision:
    person = case.people.get(case.previous_rep or "")
    if case.previous_rep == case.rep:
        return Suppress("rep_unchanged")
    if person is None or not _reachable(person):
        return Suppress("previous_rep_unreachable")
    return _send(person, role="previous_rep")


def _upwards(rep: str, people: Mapping[str, Rep]) -> Send | None:
    """The first who can be reached from `rep` up the managers, who may form a circle."""
    seen: set[str] = set()
    wanted: str | None = rep
    while wanted is not None and wanted not in seen and wanted in people:
        person = people[wanted]
        if _reachable(person):
            if person.id == rep:
                return _send(person, role="rep")
            return _send(person, role="manager", instead_of=people[rep].name or rep)
        seen.add(wanted)
        wanted = person.manager
    return None


def _reachable(person: Rep) -> bool:
    return person.active and is_address(person.email)


def _send(person: Rep, *, role: str, instead_of: str | None = None) -> Send:
    return Send(
        address=person.email or "",
        role=role,
        name=person.name,
        locale=person.locale,
        person=person.id,
        instead_of=instead_of,
    )
