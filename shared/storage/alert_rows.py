"""What an alert is, as it is stored and as the outside sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from shared.domain.alert import LIVING
from shared.domain.evidence import Item
from shared.domain.money import to_text
from shared.domain.week import day_date
from shared.storage.tables import alert


@dataclass(frozen=True, slots=True)
class Content:
    """What an alert says. Money in ten-thousandths; `as_of` is a day number."""

    rep: str | None
    severity: str
    score: float | None
    rank: int | None
    value_at_risk: int | None
    currency: str | None
    as_of: int
    sentence: str
    evidence: Sequence[Item]


@dataclass(frozen=True, slots=True)
class AlertRow:
    """A stored alert. `key` is the customer's id, `customer` its number."""

    id: str
    kind: str
    key: str
    customer: int | None
    rep: str | None
    state: str
    severity: str
    score: float | None
    rank: int | None
    value_at_risk: int | None
    currency: str | None
    as_of: int
    opened_at: datetime
    updated_at: datetime
    snoozed_until: datetime | None
    sentence: str
    evidence: Sequence[Item]
    last_number: int
    evaluation: int | None

    @property
    def living(self) -> bool:
        return self.state in LIVING

    def asleep(self, now: datetime) -> bool:
        """Whether somebody put it off until later than `now`."""
        return self.snoozed_until is not None and self.snoozed_until > now


_NAMES = [field.name for field in fields(AlertRow)]
COLUMNS = [alert.c[name] for name in _NAMES]


def stored(row: AlertRow) -> dict[str, Any]:
    """The alert by column; what it holds is not copied."""
    return {name: getattr(row, name) for name in _NAMES}


def values_of(content: Content) -> dict[str, Any]:
    """What an alert's row takes from its content."""
    return {field.name: getattr(content, field.name) for field in fields(Content)}


def announced(row: AlertRow) -> dict[str, Any]:
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
