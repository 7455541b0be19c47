"""Standings and messages as the answers of `vigia why` and `vigia explain` show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from services.detector.verdicts import GAP
from shared.domain.money import to_text
from shared.domain.probability import standing_probability
from shared.domain.score import REASONS, TYPICAL, WEIGHTS
from shared.domain.week import day_date
from shared.storage import standings
from shared.storage.evaluations import EvaluationRow
from shared.storage.standings import StandingRow
from shared.storage.tables import delivery


@dataclass(frozen=True, slots=True)
class Standing:
    """How a customer stood in an evaluation; money is decimal text.

    `basis`: by what it was judged, the score, own gaps (gap) or a category that was left.
    `reasons`: what in the weeks sets the score apart from a typical customer's, in log odds: a
    drop now, a good spell before, buying in swings, being young. `value_at_risk` is margin where
    `margin_rate` says what is left of the revenue. `raised`: by how much people's answers lift this
    customer's bar above `threshold`. `confirmed`: what the season of the own segment and region
    leaves of the score, where an alert depended on it and it is less.
    """

    as_of: str
    verdict: str
    score: float | None
    probability: float | None
    threshold: float | None
    closing: float | None
    rank: int | None
    rep: str | None
    weekly_usual: str | None
    weekly_now: str | None
    value_at_risk: str | None
    currency: str | None
    window_weeks: int | None
    margin_rate: str | None
    raised: float | None
    basis: str | None
    reasons: dict[str, float]
    confirmed: float | None


@dataclass(frozen=True, slots=True)
class Sent:
    """One message about an alert, and what became of it."""

    alert: str
    number: int
    audience: str
    channel: str
    recipient: str | None
    state: str
    sent_at: str | None
    reason: str | None


def standing_of(
    connection: Connection, evaluation: EvaluationRow | None, number: int
) -> Standing | None:
    row = None if evaluation is None else standings.read(connection, evaluation.id, number)
    if row is None or evaluation is None:
        return None
    own = (evaluation.portfolio or {}).get("gaps") if row.basis == GAP else None
    levels = own or {"threshold": evaluation.threshold, "closing": evaluation.closing}
    scored = row.raw is not None
    return Standing(
        as_of=day_date(evaluation.as_of).isoformat(),
        verdict=row.verdict,
        score=row.score,
        probability=standing_probability(
            row.score if scored else None, row.confirmed, row.verdict, evaluation.calibration
        ),
        threshold=levels["threshold"],
        closing=levels["closing"],
        rank=row.rank,
        rep=row.rep,
        weekly_usual=_money(row.weekly_usual),
        weekly_now=_money(row.weekly_now),
        value_at_risk=_money(row.value_at_risk),
        currency=row.currency,
        window_weeks=row.window_weeks,
        margin_rate=row.margin_rate,
        raised=row.raised,
        basis=row.basis,
        reasons=_reasons(row),
        confirmed=row.confirmed,
    )


def _reasons(row: StandingRow) -> dict[str, float]:
    if row.raw is None:
        return {}
    return {
        reason: round(
            sum(WEIGHTS[part] * (getattr(row, part) - TYPICAL[part]) for part in parts), 3
        )
        for reason, parts in REASONS.items()
    }


def sent_about(connection: Connection, names: Sequence[str]) -> list[Sent]:
    wanted = ("alert", "number", "audience", "channel", "recipient", "state", "sent_at", "reason")
    found = (
        select(*(delivery.c[name] for name in wanted))
        .where(delivery.c.alert.in_(names))
        .order_by(delivery.c.id)
    )
    return [
        Sent(**{**row, "sent_at": instant(row["sent_at"])})
        for row in connection.execute(found).mappings()
    ]


def _money(units: int | None) -> str | None:
    return None if units is None else to_text(units)


def instant(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
