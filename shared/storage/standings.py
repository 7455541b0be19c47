"""Standings: what an evaluation found about each customer."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter

from sqlalchemy import Connection, delete, select

from shared.storage import arrays
from shared.storage.tables import standing
from shared.storage.upsert import insert


@dataclass(frozen=True, slots=True)
class StandingRow:
    """One customer in one evaluation. Money in ten-thousandths of `currency`.

    The scores are null where the customer was not scored; `score` includes evidence, `raw` and
    the seven parts are of buying alone. `rank` counts the rep's candidates from 1. `raised`: by how
    much people's answers raise this customer's bar, in log odds; null: not at all. `basis` says by
    what the customer was judged: the score, own gaps, or a category that was left; `priority` puts
    candidates of every basis in one order. `confirmed`: as much of the score as the season of the
    own segment and region confirms; null: all of it, or nobody asked.
    """

    evaluation: int
    customer: int
    verdict: str
    score: float | None = None
    change: float | None = None
    outlook: float | None = None
    level4: float | None = None
    longrun: float | None = None
    dips: float | None = None
    swing: float | None = None
    tenure: float | None = None
    raw: float | None = None
    weekly_usual: int | None = None
    weekly_now: int | None = None
    value_at_risk: int | None = None
    currency: str | None = None
    rep: str | None = None
    rank: int | None = None
    window_weeks: int | None = None
    margin_rate: str | None = None
    raised: float | None = None
    basis: str | None = None
    priority: float | None = None
    confirmed: float | None = None

    @property
    def counts(self) -> float | None:
        """What of the score counts for an alert."""
        return self.score if self.confirmed is None else self.confirmed


COLUMNS = tuple(field.name for field in fields(StandingRow))
_values = attrgetter(*COLUMNS)
_KEY = ("evaluation", "customer")


def read(connection: Connection, evaluation: int, customer: int) -> StandingRow | None:
    """The customer's standing in an evaluation, if it was judged there."""
    row = connection.execute(
        select(*(standing.c[name] for name in COLUMNS)).where(
            standing.c.evaluation == evaluation, standing.c.customer == customer
        )
    ).one_or_none()
    return None if row is None else StandingRow(*row)


def write(connection: Connection, rows: Iterable[StandingRow]) -> None:
    """Store standings; a customer's earlier one of the same evaluation is replaced."""
    values = [_values(row) for row in rows]
    if not values:
        return
    statement = insert(connection, standing)
    new = {name: statement.excluded[name] for name in COLUMNS if name not in _KEY}
    if connection.dialect.name == "postgresql" and len(values) > 1:  # thousands as one statement
        kinds = [(name, standing.c[name].type) for name in COLUMNS]
        given = select(arrays.table(connection, kinds, values))
        many = statement.from_select(COLUMNS, given)
        connection.execute(many.on_conflict_do_update(index_elements=_KEY, set_=new))
        return
    connection.execute(
        statement.on_conflict_do_update(index_elements=_KEY, set_=new),
        [dict(zip(COLUMNS, each, strict=True)) for each in values],
    )


def drop(connection: Connection, evaluation: int, *, limit: int) -> int:
    """Delete up to `limit` standings of an evaluation; how many there were."""
    of_evaluation = standing.c.evaluation == evaluation
    some = select(standing.c.customer).where(of_evaluation).limit(limit)
    gone = delete(standing).where(of_evaluation, standing.c.customer.in_(some))
    return connection.execute(gone).rowcount
