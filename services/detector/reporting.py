"""What an evaluation found, as `vigia evaluate --json` answers it."""

from typing import Any

from sqlalchemy import Connection, func, select

from services.detector import selection
from services.detector.beside import load_items
from services.detector.common_causes import Shared
from services.detector.content import picture_of
from services.detector.customer import judge_one
from services.detector.facts import weights
from services.detector.portfolio_alerts import item_of
from shared.domain.likelihood import weight
from shared.domain.money import to_text
from shared.domain.verdict import HELD
from shared.domain.week import DAYS, Calendar, day_date
from shared.domain.weeks import YOUNG_WEEKS
from shared.ops.settings import Settings
from shared.storage.evaluations import EvaluationRow
from shared.storage.tables import alert, standing, transition
from shared.wording import sentence

Report = dict[str, Any]

_ANNOUNCED = ("opened", "updated", "recovered", "lost", "withdrawn")


def report(
    connection: Connection, row: EvaluationRow, settings: Settings, calendar: Calendar
) -> Report:
    """The report of an evaluation; a dry one also says whom it would warn of, worst first."""
    verdicts = _verdicts(connection, row.id)
    found = {
        "id": row.id,
        "as_of": day_date(row.as_of).isoformat(),
        "week_from": day_date(row.as_of - DAYS).isoformat(),
        "week_to": day_date(row.as_of - 1).isoformat(),
        "live": row.live,
        "state": row.state,
        "judged": row.judged,
        "history": _history(connection, row),
        "verdicts": verdicts,
        "threshold": row.threshold,
        "closing": row.closing,
        "calibration": row.calibration,
        "alerts": _alerts(connection, row, "customer"),
        "portfolio_alerts": _alerts(connection, row, "portfolio"),
        "held": {name: count for name, count in verdicts.items() if name in HELD},
        "portfolio": _portfolio(row),
        "below_budget": _below_budget(connection, row),
    }
    if not row.live:
        found["would_open"] = _would_open(connection, row, settings, calendar)
    return found


def _verdicts(connection: Connection, evaluation: int) -> dict[str, int]:
    found = (
        select(standing.c.verdict, func.count())
        .where(standing.c.evaluation == evaluation)
        .group_by(standing.c.verdict)
        .order_by(standing.c.verdict)
    )
    return {row[0]: row[1] for row in connection.execute(found)}


def _history(connection: Connection, row: EvaluationRow) -> dict[str, Any]:
    """How many whole weeks are known (at most 52 are looked at), from when on the score can judge
    anybody where it cannot yet, and how many were judged by what."""
    weeks = int((row.portfolio or {}).get("columns", 0))
    missing = YOUNG_WEEKS + 1 - weeks
    found = (
        select(standing.c.basis, func.count())
        .where(standing.c.evaluation == row.id, standing.c.basis.is_not(None))
        .group_by(standing.c.basis)
    )
    return {
        "weeks": weeks,
        "score_from": day_date(row.as_of + missing * DAYS).isoformat() if missing > 0 else None,
        "judged_by": {one[0]: one[1] for one in connection.execute(found)},
    }


def _alerts(connection: Connection, row: EvaluationRow, about: str) -> dict[str, int]:
    """Transitions made for the evaluation, of one kind of alerts; a dry one has none."""
    counts = dict.fromkeys(_ANNOUNCED, 0)
    if row.live:
        found = (
            select(transition.c.kind, func.count())
            .join(alert)
            .where(
                alert.c.kind == about,
                transition.c.actor == "detector",
                transition.c.kind.in_(_ANNOUNCED),
                transition.c.at >= row.started_at,
            )
        )
        if row.finished_at is not None:
            found = found.where(transition.c.at <= row.finished_at)
        for kind, count in connection.execute(found.group_by(transition.c.kind)):
            counts[kind] = count
    return counts


def _portfolio(row: EvaluationRow) -> dict[str, Any]:
    stored = row.portfolio or {}
    numbers = dict(stored.get("numbers", {}))
    sectors = [
        {"segment": segment, "region": region, "season": days, "season_spend": spend}
        for (segment, region), days, spend in numbers.pop("sectors", [])
    ]
    causes = [item_of(Shared.from_dict(one).cause) for one in stored.get("causes", ())]
    return {
        "season": numbers.get("season_days", []),
        "sectors": sectors,
        "gaps": stored.get("gaps"),
        "causes": causes,
        **numbers,
    }


def _below_budget(connection: Connection, row: EvaluationRow) -> list[dict[str, Any]]:
    """Who was left out because the rep has enough to do: rep by rep, by rank."""
    return [
        {**one, "value_at_risk": to_text(one["value_at_risk"])}
        for one in selection.left_out(connection, row.id)
    ]


def _would_open(
    connection: Connection, row: EvaluationRow, settings: Settings, calendar: Calendar
) -> list[dict[str, Any]]:
    as_of = day_date(row.as_of)
    chosen = selection.to_open(connection, row.id)
    answer = []
    for number, name, score, rank in chosen:
        found = load_items(connection, row.as_of, row.as_of, calendar, [number], live=False)
        events = found.get(number, [])
        log_odds = weight(events, as_of, weights(settings))
        judgement = judge_one(connection, number, row, settings, calendar, evidence=log_odds)
        evidence = [*picture_of(judgement, told=False), *events]
        said = sentence(evidence, locale=settings.locale, as_of=as_of)
        answer.append({"customer": name, "score": score, "rank": rank, "sentence": said})
    return answer
