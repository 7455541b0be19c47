"""Verdicts of scored customers, and the choice for each rep."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.verdict import (
    Budgets,
    Candidate,
    Choice,
    Past,
    by_score,
    priority,
    raised,
    select,
)


@pytest.mark.parametrize(
    ("past", "score", "verdict"),
    [
        (Past(), 0.9, "steady"),
        (Past(), 1.0, "below_budget"),
        (Past(paused=True), 0.9, "steady"),
        (Past(paused=True), 1.0, "paused"),
        (Past(paused=True, dismissed=True), 1.0, "dismissed"),
        (Past(living=True), 0.4, "steady"),
        (Past(living=True), 0.5, "alert"),
        (Past(living=True, paused=True), 2.0, "alert"),
        (Past(living=True, snoozed=True), 0.5, "snoozed"),
        (Past(living=True, snoozed=True), 0.4, "steady"),
        (Past(raised=0.5), 0.9, "steady"),
        (Past(raised=0.5), 1.4, "dismissed"),
        (Past(raised=0.5), 1.5, "below_budget"),
        (Past(raised=0.5, living=True), 0.5, "alert"),
    ],
)
def test_the_past_decides_with_the_score(past: Past, score: float, verdict: str) -> None:
    assert by_score(score, threshold=1.0, closing=0.5, past=past) == verdict


def test_each_rep_gets_the_first_by_priority() -> None:
    candidates = [
        Candidate(1, "a", "ana", 1.0),
        Candidate(2, "b", "ana", 3.0),
        Candidate(3, "c", "ana", 2.0),
        Candidate(4, "d", "luis", 0.1),
        Candidate(5, "e", None, 0.2),
    ]
    assert sorted(select(candidates, Budgets(2)), key=lambda choice: choice.customer) == [
        Choice(1, "ana", 3, "below_budget"),
        Choice(2, "ana", 1, "alert"),
        Choice(3, "ana", 2, "alert"),
        Choice(4, "luis", 1, "alert"),
        Choice(5, None, 1, "alert"),
    ]


def test_equals_go_by_id_not_by_when_they_became_known() -> None:
    candidates = [Candidate(1, "z", "ana", 1.0), Candidate(2, "y", "ana", 1.0)]
    for order in (candidates, candidates[::-1]):
        chosen = [one for one in select(order, Budgets(1)) if one.verdict == "alert"]
        assert chosen == [Choice(2, "ana", 1, "alert")]


def test_no_budget_opens_nothing() -> None:
    assert select([Candidate(1, "a", "ana", 1.0)], Budgets(0)) == [
        Choice(1, "ana", 1, "below_budget")
    ]


def test_more_money_goes_first_in_the_companys_currency() -> None:
    assert priority(1.0, 10_000, 1.0) == pytest.approx(1.0)
    assert priority(1.0, 40_000, 1.0) == pytest.approx(1.0 + math.log(2))
    assert priority(1.0, 40_000, 0.25) == pytest.approx(1.0)
    assert math.isfinite(priority(1.0, 0, 1.0))


def test_a_rep_may_have_an_own_budget() -> None:
    budgets = Budgets(1, {"ana": 2, "eva": 0})
    reps = ("ana", "eva", "luis", None)
    them = [Candidate(n, str(n), rep, -n) for rep in reps for n in (1, 2)]
    chosen = [(one.rep, one.rank) for one in select(them, budgets) if one.verdict == "alert"]
    assert chosen == [("ana", 1), ("ana", 2), ("luis", 1), (None, 1)]


@given(amount=st.floats(0, 20), weeks=st.integers(1, 104), age=st.integers(-3, 800))
def test_a_raised_bar_only_sinks_and_ends(amount: float, weeks: int, age: int) -> None:
    now, tomorrow = raised(amount, weeks, age), raised(amount, weeks, age + 1)
    assert 0 <= tomorrow <= now <= amount
    assert raised(amount, weeks, 0) == amount
    assert raised(amount, weeks, 7 * weeks) == 0
