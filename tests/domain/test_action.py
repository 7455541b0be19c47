"""Acts of people: what each needs, and what it comes to in every state."""

from datetime import date, timedelta
from typing import get_args

import pytest

from shared.contract.facts import Reason
from shared.domain.action import ACTIONS, LOSSES, REASONS, Action, missing, transition_of
from shared.domain.alert import FINAL, LIVING, IllegalMove, move

TODAY = date(2026, 3, 2)
WHOLE = {
    "acknowledge": Action("acknowledge"),
    "call": Action("call", note="Comes back on Monday"),
    "snooze": Action("snooze", "promised", until=TODAY + timedelta(days=7)),
    "dismiss": Action("dismiss", "moved"),
    "note": Action("note", note="Prefers mornings"),
    "lose": Action("lose", "competitor"),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_a_whole_act_lacks_nothing(name: str) -> None:
    assert missing(WHOLE[name], TODAY) == {}
    assert WHOLE[name].said


@pytest.mark.parametrize("state", LIVING)
@pytest.mark.parametrize("name", ACTIONS)
def test_every_act_on_a_living_alert_is_a_legal_move_or_says_nothing_new(
    name: str, state: str
) -> None:
    kind = transition_of(state, WHOLE[name])
    if kind is None:
        assert name == "acknowledge"
        assert state != "open"
    else:
        assert move(state, kind) in (*LIVING, *FINAL)


@pytest.mark.parametrize("state", FINAL)
@pytest.mark.parametrize("name", ACTIONS)
def test_nobody_acts_on_what_has_ended(name: str, state: str) -> None:
    with pytest.raises(IllegalMove):
        transition_of(state, WHOLE[name])


def test_a_second_call_is_a_note() -> None:
    assert transition_of("acknowledged", WHOLE["call"]) == "working"
    assert transition_of("working", WHOLE["call"]) == "noted"


def test_who_puts_it_off_has_seen_it() -> None:
    assert move("open", "snoozed") == "acknowledged"
    assert move("working", "snoozed") == "working"


@pytest.mark.parametrize(
    ("action", "wrong"),
    [
        (Action("dismiss"), {"reason": "missing"}),
        (Action("dismiss", "competitor"), {"reason": "unknown"}),
        (Action("lose", "wrong"), {"reason": "unknown"}),
        (Action("note", note=" \n "), {"note": "missing"}),
        (Action("call", note="x" * 1001), {"note": "long"}),
        (Action("snooze", "promised"), {"until": "missing"}),
        (Action("snooze", "", until=TODAY), {"reason": "missing", "until": "early"}),
        (Action("snooze", "other", until=TODAY + timedelta(days=1)), {}),
        (Action("snooze", "other", until=TODAY + timedelta(weeks=26)), {}),
        (Action("snooze", "other", until=TODAY + timedelta(days=183)), {"until": "late"}),
    ],
)
def test_what_is_wrong_is_named_by_field(action: Action, wrong: dict[str, str]) -> None:
    assert missing(action, TODAY) == wrong


def test_customers_leave_for_the_reasons_of_the_contract() -> None:
    assert get_args(Reason) == LOSSES


def test_reasons_tell_no_two_stories() -> None:
    """`purchase` and the like are the judge's; a person's reason must not be read as one."""
    judged = {"score", "purchase", "complaint", "payment", "survey", "severity", "snooze_over"}
    assert not judged & {reason for reasons in REASONS.values() for reason in reasons}
