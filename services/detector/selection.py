"""The end of an evaluation: who is chosen for each rep, and whom the judge has to look at."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    bindparam,
    not_,
    or_,
    select,
    update,
)

from services.detector.histories import rates_of
from services.detector.verdicts import CATEGORY, GAP, SCORE
from shared.domain import verdict
from shared.domain.history import Rates
from shared.domain.verdict import HELD_FOR_DATA, Budgets, Candidate, Choice
from shared.ops.settings import Settings
from shared.storage import reps
from shared.storage.standings import StandingRow
from shared.storage.tables import LIVING, alert, customer, event, standing

# A living alert's standing has the verdict `alert` too, and never a rank.
_competes = or_(
    standing.c.verdict == "below_budget",
    and_(standing.c.verdict == "alert", standing.c.rank.is_not(None)),
)


def load_budgets(connection: Connection, company: int) -> Budgets:
    """How many new score alerts each rep takes a week; `company` for who has no own number."""
    return Budgets(company, reps.budgets(connection))


def limits_of(settings: Settings) -> dict[str, int]:
    """How many alerts of a rep's budget may be given by something else than the score."""
    return {GAP: settings.gap_budget_per_rep, CATEGORY: settings.category_budget_per_rep}


def choices(connection: Connection, evaluation: int, settings: Settings) -> list[Choice]:
    """Rank every candidate of an evaluation whose standings are all written."""
    budgets = load_budgets(connection, settings.budget_per_rep)
    candidates = _candidates(connection, evaluation, rates_of(settings))
    return verdict.select(candidates, budgets, limits_of(settings))


def rank_among(connection: Connection, row: StandingRow, settings: Settings) -> StandingRow:
    """A candidate's standing, with its place among the rep's others of the same evaluation."""
    rates, budgets = rates_of(settings), load_budgets(connection, settings.budget_per_rep)
    others = [
        one
        for one in _candidates(connection, row.evaluation, rates, standing.c.rep == row.rep)
        if one.customer != row.customer
    ]
    name = connection.scalar(select(customer.c.id).where(customer.c.number == row.customer))
    own = _candidate(row.customer, str(name), row, rates)
    chosen = verdict.select([*others, own], budgets, limits_of(settings))
    place = next(one for one in chosen if one.customer == row.customer)
    return replace(row, verdict=place.verdict, rank=place.rank)


def _candidates(
    connection: Connection, evaluation: int, rates: Rates, *only: ColumnElement[bool]
) -> list[Candidate]:
    wanted = ("customer", "rep", "score", "weekly_usual", "currency", "basis", "priority")
    found = (
        select(*(standing.c[name] for name in wanted), customer.c.id)
        .join(customer, customer.c.number == standing.c.customer)
        .where(standing.c.evaluation == evaluation, _competes, *only)
    )
    rows = connection.execute(found)
    return [_candidate(row.customer, row.id, row, rates) for row in rows]


def _candidate(number: int, name: str, row: Any, rates: Rates) -> Candidate:
    order = row.priority
    if order is None:  # stored by an earlier version
        order = verdict.priority(row.score, row.weekly_usual, rates.scale(row.currency))
    return Candidate(number, name, row.rep, order, row.basis or SCORE)


def store_choices(connection: Connection, evaluation: int, chosen: Sequence[Choice]) -> None:
    """Write verdicts and ranks into the standings."""
    statement = (
        update(standing)
        .where(standing.c.evaluation == evaluation, standing.c.customer == bindparam("number"))
        .values(verdict=bindparam("new_verdict"), rank=bindparam("new_rank"))
    )
    values = [
        {"number": one.customer, "new_verdict": one.verdict, "new_rank": one.rank} for one in chosen
    ]
    if values:
        connection.execute(statement, values)


def to_open(connection: Connection, evaluation: int) -> list[tuple[int, str, float, int]]:
    """The chosen customers, best first: number, id, score and rank."""
    found = (
        select(customer.c.number, customer.c.id, standing.c.score, standing.c.rank)
        .join(standing, customer.c.number == standing.c.customer)
        .where(
            standing.c.evaluation == evaluation,
            standing.c.verdict == "alert",
            standing.c.rank.is_not(None),
        )
        .order_by(standing.c.score.desc(), customer.c.id)
    )
    return [(row.number, row.id, row.score, row.rank) for row in connection.execute(found)]


def left_out(connection: Connection, evaluation: int) -> list[RowMapping]:
    """Whoever is above the floor and beyond the rep's budget, rep by rep and best first."""
    wanted = ("rep", "rank", "score", "value_at_risk", "currency")
    found = (
        select(customer.c.id.label("customer"), *(standing.c[name] for name in wanted))
        .join(standing, customer.c.number == standing.c.customer)
        .where(standing.c.evaluation == evaluation, standing.c.verdict == "below_budget")
        .order_by(standing.c.rep, standing.c.rank, customer.c.id)
    )
    return list(connection.execute(found).mappings())


def living_customers(connection: Connection) -> list[int]:
    """Customers with a living alert."""
    found = select(alert.c.customer).where(alert.c.state.in_(LIVING), alert.c.customer.is_not(None))
    return [number for (number,) in connection.execute(found)]


def held_customers(connection: Connection, evaluation: int) -> list[int]:
    """Customers an evaluation could not judge yet, for what is missing."""
    found = select(standing.c.customer).where(
        standing.c.evaluation == evaluation, standing.c.verdict.in_(HELD_FOR_DATA)
    )
    return [number for (number,) in connection.execute(found)]


def changed_customers(connection: Connection, after: int, as_of: int) -> list[int]:
    """Customers of whom something that bears on the judged weeks came after event `after`."""
    later_trade = and_(event.c.type.in_(("purchase", "refund")), event.c.day >= as_of)
    found = (
        select(event.c.customer)
        .where(event.c.number > after, event.c.customer.is_not(None), not_(later_trade))
        .distinct()
    )
    return [number for (number,) in connection.execute(found)]
