"""Evaluations, and the weekly histograms of scores from which their thresholds come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    exists,
    or_,
    select,
    update,
)

from shared.domain.histogram import Histogram
from shared.storage.tables import evaluation, score_histogram, standing
from shared.storage.upsert import insert


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """An evaluation. `as_of` is the first day after the weeks it looked at.

    `portfolio`, `threshold`, `closing` and, if there is one, `calibration` are set once its
    numbers are known. `state`: running
    (standings are being written), judging (the judge works through its alerts), done.
    """

    id: int
    as_of: int
    live: bool
    state: str
    started_at: datetime
    finished_at: datetime | None
    progress: Mapping[str, Any]
    portfolio: Mapping[str, Any] | None
    threshold: float | None
    closing: float | None
    calibration: Mapping[str, Any] | None
    judged: int
    opened: int


_COLUMNS = tuple(evaluation.c[name] for name in EvaluationRow.__slots__)


def _newest(*columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).order_by(evaluation.c.as_of.desc(), evaluation.c.id.desc()).limit(1)


_complete = (evaluation.c.live, evaluation.c.state != "running")
_NEWEST_LIVE = _newest(*_COLUMNS).where(*_complete)
_NEWEST_LIVE_ID = _newest(evaluation.c.id).where(*_complete)


def begin(
    connection: Connection, *, as_of: int, live: bool, at: datetime, progress: Mapping[str, Any]
) -> EvaluationRow:
    """A new evaluation in state `running`."""
    statement = insert(connection, evaluation).values(
        as_of=as_of, live=live, state="running", started_at=at, progress=dict(progress)
    )
    row = connection.execute(statement.returning(*_COLUMNS)).one()
    return _row(row)


def read(connection: Connection, number: int) -> EvaluationRow:
    """The evaluation with this id, which exists."""
    return _row(connection.execute(select(*_COLUMNS).where(evaluation.c.id == number)).one())


def newest_live(connection: Connection) -> EvaluationRow | None:
    """The newest live evaluation whose standings are complete."""
    return _first(connection, _NEWEST_LIVE)


def newest_live_id(connection: Connection) -> int | None:
    """The id of that evaluation."""
    found: int | None = connection.scalar(_NEWEST_LIVE_ID)
    return found


def live_before(connection: Connection, as_of: int) -> EvaluationRow | None:
    """The newest live evaluation as of day `as_of` or earlier whose numbers are known."""
    known = (evaluation.c.live, evaluation.c.as_of <= as_of, evaluation.c.portfolio.is_not(None))
    return _first(connection, _newest(*_COLUMNS).where(*known))


def last_begun(connection: Connection) -> tuple[int, str] | None:
    """Day and state of the newest live evaluation, finished or not."""
    found = (
        select(evaluation.c.as_of, evaluation.c.state)
        .where(evaluation.c.live)
        .order_by(evaluation.c.as_of.desc())
        .limit(1)
    )
    row = connection.execute(found).one_or_none()
    return None if row is None else (row.as_of, row.state)


def live_of(connection: Connection, as_of: int) -> EvaluationRow | None:
    """The live evaluation of a week, whatever its state."""
    mine = (evaluation.c.live, evaluation.c.as_of == as_of)
    return _first(connection, _newest(*_COLUMNS).where(*mine))


def change(connection: Connection, number: int, **values: Any) -> None:
    """Set columns of an evaluation."""
    connection.execute(update(evaluation).where(evaluation.c.id == number).values(**values))


_newer = evaluation.alias("newer")
_overtaken = exists().where(
    _newer.c.live, _newer.c.state != "running", _newer.c.as_of > evaluation.c.as_of
)
_dead = and_(evaluation.c.state == "running", or_(evaluation.c.live.is_(False), _overtaken))


def forgotten(connection: Connection, before: datetime) -> list[int]:
    """Evaluations with standings that began before `before`, and those nobody will finish.

    Only for who holds the evaluation's lease and has finished: what still runs is then dead,
    but for a live one of the newest week.
    """
    has_standings = exists().where(standing.c.evaluation == evaluation.c.id)
    old = and_(evaluation.c.started_at < before, has_standings)
    return list(connection.scalars(select(evaluation.c.id).where(or_(old, _dead))))


def drop_dead(connection: Connection, number: int) -> None:
    """Remove an evaluation that nobody will finish and that has no standings any more."""
    connection.execute(delete(evaluation).where(evaluation.c.id == number, _dead))


def read_histograms(connection: Connection, since: int, until: int) -> dict[int, Histogram]:
    """Histograms of the weeks that begin on days `since` up to, not including, `until`."""
    found = select(score_histogram).where(
        score_histogram.c.week >= since, score_histogram.c.week < until
    )
    rows = connection.execute(found).mappings()
    return {row["week"]: Histogram.from_dict(dict(row)) for row in rows}


def write_histograms(connection: Connection, histograms: Mapping[int, Histogram]) -> None:
    """Store the histograms of weeks, by their first days; a week that has one keeps it."""
    values = [{"week": week, **one.to_dict()} for week, one in histograms.items()]
    if values:
        statement = insert(connection, score_histogram)
        connection.execute(statement.on_conflict_do_nothing(index_elements=["week"]), values)


def _first(connection: Connection, statement: Select[Any]) -> EvaluationRow | None:
    row = connection.execute(statement).one_or_none()
    return None if row is None else _row(row)


def _row(row: Row[Any]) -> EvaluationRow:
    return EvaluationRow(*tuple(row))
