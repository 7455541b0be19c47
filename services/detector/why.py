"""What was judged about a customer and what an alert rests on, for `vigia why` and `explain`.

Every answer holds nothing but what JSON can hold: dataclasses.asdict makes it printable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from services.detector.beside import load_items
from services.detector.facts import weights
from services.detector.feeds import incomplete_feeds
from services.detector.selection import load_budgets
from shared.domain.likelihood import contribution
from shared.domain.money import to_text
from shared.domain.score import REASONS, TYPICAL, WEIGHTS
from shared.domain.verdict import HELD
from shared.domain.week import Calendar, day_date
from shared.ops.errors import InputError
from shared.ops.settings import Settings
from shared.storage import alerts, evaluations, standings, transitions
from shared.storage.alerts import AlertRow
from shared.storage.evaluations import EvaluationRow
from shared.storage.standings import StandingRow
from shared.storage.tables import customer, delivery, due


@dataclass(frozen=True, slots=True)
class Standing:
    """How a customer stood in an evaluation; money is decimal text.

    `reasons`: what in the weeks sets the score apart from a typical customer's, in log odds: a
    drop now, a good spell before, buying in swings, being young.
    """

    as_of: str
    verdict: str
    score: float | None
    threshold: float | None
    closing: float | None
    rank: int | None
    rep: str | None
    weekly_usual: str | None
    weekly_now: str | None
    value_at_risk: str | None
    currency: str | None
    window_weeks: int | None
    reasons: dict[str, float]


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


@dataclass(frozen=True, slots=True)
class Why:
    """All that bears on a customer now.

    `held_by` says what keeps a new alert from opening: `paused`, `dismissed`, `snoozed` (until a
    date), `below_budget`, or the feeds that are waited for. `waiting` are the reasons for which
    the customer is still to be judged.
    """

    customer: str
    name: str | None
    standing: Standing | None
    held_by: dict[str, Any]
    waiting: list[str]
    evidence: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    sent: list[Sent]


@dataclass(frozen=True, slots=True)
class Explanation:
    """An alert as it is now, how the customer stood when it opened and stands now."""

    alert: dict[str, Any]
    opened_by: Standing | None
    standing: Standing | None
    transitions: list[dict[str, Any]]
    sent: list[Sent]


def why(
    connection: Connection, name: str, *, settings: Settings, calendar: Calendar, now: datetime
) -> Why:
    """What holds for the customer with id `name`. Raises InputError when there is none."""
    wanted = select(customer.c.number, customer.c.name).where(customer.c.id == name)
    found = connection.execute(wanted).one_or_none()
    if found is None:
        raise InputError("there is no customer of that id; ids are case sensitive")
    evaluation = evaluations.newest_live(connection)
    standing = _standing(connection, evaluation, found.number)
    mine = alerts.of_customer(connection, found.number)
    today = calendar.day_of(now)
    mine_only = [found.number]
    beside = load_items(connection, today + 1, today, calendar, mine_only, live=True)
    each = weights(settings)
    return Why(
        customer=name,
        name=found.name,
        standing=standing,
        held_by=_held_by(connection, standing, evaluation, mine, settings, calendar, now),
        waiting=list(
            connection.scalars(
                select(due.c.reason).where(due.c.customer == found.number).order_by(due.c.priority)
            )
        ),
        evidence=[
            {**item, "weight": round(contribution(item, day_date(today), each), 3)}
            for item in beside.get(found.number, [])
        ],
        alerts=[_short(alert) for alert in mine],
        sent=_sent(connection, [alert.id for alert in mine]),
    )


def explain(connection: Connection, alert_id: str) -> Explanation:
    """What the alert rests on. Raises InputError when there is none of that id."""
    row = alerts.read_alert(connection, alert_id)
    if row is None:
        raise InputError("there is no alert of that id; `vigia why CUSTOMER` lists a customer's")
    opening = None
    if row.evaluation is not None:
        opening = evaluations.read(connection, row.evaluation)
    newest = evaluations.newest_live(connection)
    known = row.customer
    return Explanation(
        alert=alerts.announced(row),
        opened_by=None if known is None else _standing(connection, opening, known),
        standing=None if known is None else _standing(connection, newest, known),
        transitions=[
            {
                "number": one.number,
                "kind": one.kind,
                "from": one.from_state,
                "to": one.to_state,
                "reason": one.reason,
                "actor": one.actor,
                "at": _instant(one.at),
                "published_at": _instant(one.published_at),
            }
            for one in transitions.transitions(connection, row.id)
        ],
        sent=_sent(connection, [row.id]),
    )


def _standing(
    connection: Connection, evaluation: EvaluationRow | None, number: int
) -> Standing | None:
    row = None if evaluation is None else standings.read(connection, evaluation.id, number)
    if row is None or evaluation is None:
        return None
    return Standing(
        as_of=day_date(evaluation.as_of).isoformat(),
        verdict=row.verdict,
        score=row.score,
        threshold=evaluation.threshold,
        closing=evaluation.closing,
        rank=row.rank,
        rep=row.rep,
        weekly_usual=_money(row.weekly_usual),
        weekly_now=_money(row.weekly_now),
        value_at_risk=_money(row.value_at_risk),
        currency=row.currency,
        window_weeks=row.window_weeks,
        reasons=_reasons(row),
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


def _held_by(
    connection: Connection,
    standing: Standing | None,
    evaluation: EvaluationRow | None,
    mine: Sequence[AlertRow],
    settings: Settings,
    calendar: Calendar,
    now: datetime,
) -> dict[str, Any]:
    if standing is None or evaluation is None:
        return {}
    newest = mine[0] if mine else None
    if standing.verdict in HELD:
        until = calendar.starts_at(evaluation.as_of)
        return {"feeds": sorted(incomplete_feeds(connection, until, now, settings))}
    if standing.verdict == "below_budget":
        budgets = load_budgets(connection, settings.budget_per_rep)
        return {"rank": standing.rank, "budget": budgets.of(standing.rep)}
    if standing.verdict == "snoozed" and newest is not None:
        return {"snoozed_until": _instant(newest.snoozed_until)}
    if standing.verdict in ("paused", "dismissed") and newest is not None:
        since = newest.updated_at if standing.verdict == "dismissed" else newest.opened_at
        until_day = day_date(calendar.day_of(since)) + timedelta(weeks=settings.pause_weeks)
        return {f"{standing.verdict}_until": until_day.isoformat()}
    return {}


def _short(row: AlertRow) -> dict[str, Any]:
    told = alerts.announced(row)
    wanted = ("id", "state", "severity", "rank", "opened_at", "updated_at", "sentence")
    return {name: told[name] for name in wanted}


def _sent(connection: Connection, names: Sequence[str]) -> list[Sent]:
    wanted = ("alert", "number", "audience", "channel", "recipient", "state", "sent_at", "reason")
    found = (
        select(*(delivery.c[name] for name in wanted))
        .where(delivery.c.alert.in_(names))
        .order_by(delivery.c.id)
    )
    return [
        Sent(**{**row, "sent_at": _instant(row["sent_at"])})
        for row in connection.execute(found).mappings()
    ]


def _money(units: int | None) -> str | None:
    return None if units is None else to_text(units)


def _instant(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
