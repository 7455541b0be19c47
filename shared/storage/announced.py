"""An alert as the outside sees it, in announcements and answers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.domain.money import to_text
from shared.domain.week import day_date

if TYPE_CHECKING:
    from shared.storage.alerts import AlertRow


def announced(row: "AlertRow") -> dict[str, Any]:
    """The alert as the outside sees it, without its transitions; JSON."""
    at_risk = None
    if row.value_at_risk is not None:
        at_risk = {"amount": to_text(row.value_at_risk), "currency": row.currency}
    return {
        "id": row.id,
        "kind": row.kind,
        "customer": row.key if row.kind == "customer" else None,
        "rep": row.rep,
        "state": row.state,
        "severity": row.severity,
        "score": row.score,
        "rank": row.rank,
        "value_at_risk": at_risk,
        "probability": probability_of(row.evidence),
        "as_of": day_date(row.as_of).isoformat(),
        "opened_at": _instant(row.opened_at),
        "updated_at": _instant(row.updated_at),
        "snoozed_until": None if row.snoozed_until is None else _instant(row.snoozed_until),
        "sentence": row.sentence,
        "evidence": list(row.evidence),
    }


def probability_of(evidence: Sequence[Mapping[str, Any]]) -> float | None:
    """The chance of leaving among an alert's evidence, if it is known."""
    return next((each["probability"] for each in evidence if each["kind"] == "probability"), None)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
