"""Whom a message goes to."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.routing import PATIENCE, Case, Hold, Send, Suppress, route
from services.notifier.ways import mail_way
from shared.storage.rep_channels import Way
from shared.storage.reps import Rep, is_address

OPERATOR = "it@company.example"
TO_OPERATOR = Send(mail_way(OPERATOR), role="operator")
ANA = Rep("ana", name="Ana", email="ana@company.example", manager="marta", locale="es")
MARTA = Rep("marta", name="Marta", email="marta@company.example", manager="pau")
PAU = Rep("pau", name="Pau", email="pau@company.example")


def case(*people: Rep, **changes: Any) -> Case:
    given: dict[str, Any] = {
        "audience": "rep",
        "rep": "ana",
        "previous_rep": None,
        "actor": "detector",
        "age": timedelta(0),
        "people": {person.id: person for person in people},
        "ways": {person.id: mails(person) for person in people},
        "operator": [mail_way(OPERATOR)],
        **changes,
    }
    return Case(**given)


def mails(person: Rep) -> list[Way]:
    return [mail_way(person.email)] if person.email and is_address(person.email) else []


def changed(person: Rep, **changes: Any) -> Rep:
    return Rep(**{**{f: getattr(person, f) for f in Rep.__dataclass_fields__}, **changes})


AWAY = changed(ANA, active=False)
NO_MAIL = changed(ANA, email=None)
BROKEN_MAIL = changed(ANA, email="ana@")


def test_the_customers_rep_gets_it() -> None:
    assert route(case(ANA, MARTA)) == Send(
        mail_way("ana@company.example"), role="rep", name="Ana", locale="es", person="ana"
    )


@pytest.mark.parametrize("rep", [AWAY, NO_MAIL, BROKEN_MAIL])
def test_the_manager_stands_in(rep: Rep) -> None:
    found = route(case(rep, MARTA))
    assert isinstance(found, Send)
    assert (found.address, found.role) == ("marta@company.example", "manager")
    assert found.instead_of == "Ana"


@pytest.mark.parametrize(
    ("people", "address"),
    [
        ((AWAY, changed(MARTA, active=False), PAU), "pau@company.example"),
        ((AWAY, changed(MARTA, active=False)), OPERATOR),
        ((AWAY,), OPERATOR),
        ((AWAY, changed(MARTA, email=None, manager="ana")), OPERATOR),
        ((changed(AWAY, manager="ana"),), OPERATOR),
    ],
)
def test_an_alert_is_never_homeless(people: tuple[Rep, ...], address: str) -> None:
    found = route(case(*people))
    assert isinstance(found, Send)
    assert found.address == address


def test_without_a_rep_the_operator_gets_it_at_once() -> None:
    assert route(case(rep=None)) == TO_OPERATOR


def test_an_unknown_rep_is_waited_for_and_then_the_operator_gets_it() -> None:
    early = route(case(age=timedelta(minutes=4)))
    late = route(case(age=timedelta(minutes=10)))
    assert early == Hold(PATIENCE - timedelta(minutes=4), reason="rep_unknown")
    assert late == TO_OPERATOR


def test_patience_can_be_scaled() -> None:
    found = route(case(), patience=timedelta(0))
    assert found == TO_OPERATOR


def test_people_are_not_told_of_what_they_did_themselves() -> None:
    assert route(case(ANA, actor="rep:ana")) == Suppress("own_act")
    assert isinstance(route(case(ANA, actor="manager:marta")), Send)


def test_what_concerns_no_customer_goes_to_the_operator() -> None:
    found = route(case(ANA, audience="operator"))
    assert found == TO_OPERATOR


@pytest.mark.parametrize(
    ("people", "rep", "expected"),
    [
        ((ANA, PAU), "pau", "previous_rep"),
        ((ANA,), "ana", "rep_unchanged"),
        ((AWAY, PAU), "pau", "previous_rep_unreachable"),
        ((PAU,), "pau", "previous_rep_unreachable"),
    ],
)
def test_the_previous_rep_is_told_if_that_makes_sense(
    people: tuple[Rep, ...], rep: str, expected: str
) -> None:
    leaving = case(*people, rep=rep, previous_rep="ana", audience="previous_rep")
    found = route(leaving)
    assert expected == (found.role if isinstance(found, Send) else getattr(found, "reason", None))


def test_what_many_customers_share_goes_to_the_manager_or_above() -> None:
    found = route(case(MARTA, PAU, audience="manager:marta", rep=None))
    assert isinstance(found, Send)
    assert (found.address, found.role, found.instead_of) == (
        "marta@company.example",
        "manager",
        None,
    )
    away = changed(MARTA, active=False, manager="pau")
    above = route(case(away, PAU, audience="manager:marta", rep=None))
    assert isinstance(above, Send)
    assert (above.address, above.role) == ("pau@company.example", "manager")
    assert route(case(audience="manager:marta", rep=None)) == TO_OPERATOR


def test_managers_are_not_told_of_what_they_did() -> None:
    own = case(MARTA, audience="manager:marta", rep=None, actor="manager:marta")
    assert route(own) == Suppress("own_act")


CHAT = Way("slack", "https://hooks.slack.com/s", "slack:1a2b")
MAIL = mail_way("ana@company.example")
TWO = {"ana": [CHAT, MAIL], "marta": [mail_way("marta@company.example")]}


def way_of(found: object) -> tuple[str, bool]:
    assert isinstance(found, Send)
    return found.way.recipient, found.spare


def test_a_persons_ways_are_taken_in_order_and_the_next_person_comes_after_all_of_them() -> None:
    people = case(ANA, MARTA, ways=TWO)
    assert way_of(route(people)) == (CHAT.recipient, True)
    assert way_of(route(replace(people, tried=[CHAT.recipient]))) == (MAIL.recipient, False)
    both = replace(people, tried=[CHAT.recipient, MAIL.recipient])
    assert way_of(route(both)) == ("marta@company.example", False)


def test_a_paused_channel_is_passed_over_while_another_way_is_open() -> None:
    people = case(ANA, MARTA, ways=TWO)
    assert way_of(route(replace(people, paused=["slack"]))) == (MAIL.recipient, True)
    assert route(replace(people, paused=["slack", "email"])) == Hold(PATIENCE, "channel_paused")
    assert route(replace(people, paused=["email"], tried=[CHAT.recipient])) == Hold(
        PATIENCE, "channel_paused"
    )


def test_the_operator_comes_last_by_whatever_is_left() -> None:
    ways = [CHAT, mail_way(OPERATOR)]
    homeless = case(rep=None, operator=ways)
    assert way_of(route(homeless)) == (CHAT.recipient, True)
    tried = [way.recipient for way in ways]
    assert way_of(route(replace(homeless, tried=tried[:1]))) == (OPERATOR, False)
    assert way_of(route(replace(homeless, tried=tried))) == (OPERATOR, False)
