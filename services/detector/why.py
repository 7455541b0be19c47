"""What was judged about a customer, for `vigia why`.

The answer holds nothing but what JSON can hold: dataclasses.asdict makes it printable.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from services.detector.beside import load_items
from services.detector.common_causes import Shared
from services.detector.facts import weights
from services.detector.feeds import incomplete_feeds
from services.detector.selection import load_budgets
from services.detector.shown import Sent, Standing, instant, sent_about, standing_of
from shared.domain.likelihood import contribution
from shared.domain.prospect import prospect
from shared.domain.verdict import HELD
from shared.domain.week import Calendar, day_date
from shared.ops.errors import InputError
from shared.ops.settings import Settings
from shared.storage import alerts, evaluations
from shared.storage.alert_rows import AlertRow, announced
from shared.storage.evaluations import EvaluationRow
from shared.storage.purchases import load_purchases
from shared.storage.tables import customer, due


@dataclass(frozen=True, slots=True)
class Why:
    """All that bears on a customer now.

    `held_by` says what keeps a new alert from opening: `paused`, `dismissed`, `snoozed` (until a
    date), `below_budget`, a `bar` that an answer raised, the feeds that are waited for, or what is
    shared with many. `waiting` are the reasons for which the customer is still to be judged.
    `known`: what is known of the customer and from when on the score or own gaps can judge; None
    before the first purchase.
    """

    customer: str
    name: str | None
    standing: Standing | None
    known: dict[str, Any] | None
    held_by: dict[str, Any]
    waiting: list[str]
    evidence: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
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
    standing = standing_of(connection, evaluation, found.number)
    mine = alerts.of_customer(connection, found.number)
    today = calendar.day_of(now)
    mine_only = [found.number]
    beside = load_items(connection, today + 1, today, calendar, mine_only, live=True)
    each = weights(settings)
    return Why(
        customer=name,
        name=found.name,
        standing=standing,
        known=_known(connection, found.number, evaluation, today, calendar),
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
        sent=sent_about(connection, [alert.id for alert in mine]),
    )


def _known(
    connection: Connection,
    number: int,
    evaluation: EvaluationRow | None,
    today: int,
    calendar: Calendar,
) -> dict[str, Any] | None:
    as_of = calendar.week_of(today) if evaluation is None else evaluation.as_of
    days = [one.day for one in load_purchases(connection, number, 0) if one.day < as_of]
    if not days:
        return None
    found = prospect(days, as_of)
    dates = {
        name: None if day is None else day_date(day).isoformat()
        for name, day in (("score_from", found.score_from), ("gaps_from", found.gaps_from))
    }
    return {**asdict(found), "since": day_date(days[0]).isoformat(), **dates}


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
        return _held(connection, standing, evaluation, settings, calendar, now)
    if standing.verdict == "below_budget":
        budgets = load_budgets(connection, settings.budget_per_rep)
        return {"rank": standing.rank, "budget": budgets.of(standing.rep)}
    if standing.verdict == "snoozed" and newest is not None:
        return {"snoozed_until": instant(newest.snoozed_until)}
    if standing.verdict in ("paused", "dismissed") and newest is not None:
        return _said_no(standing, newest, settings.pause_weeks, calendar)
    return {}


def _said_no(
    standing: Standing, newest: AlertRow, pause_weeks: int, calendar: Calendar
) -> dict[str, Any]:
    """The end of a pause that runs, and the bar that an answer raised."""
    since = newest.updated_at if standing.verdict == "dismissed" else newest.opened_at
    until = day_date(calendar.day_of(since)) + timedelta(weeks=pause_weeks)
    held: dict[str, Any] = {}
    if until.isoformat() > standing.as_of:
        held[f"{standing.verdict}_until"] = until.isoformat()
    if standing.threshold is not None and standing.raised is not None:
        held["bar"] = round(standing.threshold + standing.raised, 2)
    return held


def _held(
    connection: Connection,
    standing: Standing,
    evaluation: EvaluationRow,
    settings: Settings,
    calendar: Calendar,
    now: datetime,
) -> dict[str, Any]:
    if standing.verdict == "held_common_cause":
        stored = (evaluation.portfolio or {}).get("causes", ())
        groups = (Shared.from_dict(one).cause.group for one in stored)
        return {"common_cause": [f"{kind} {name}" for kind, name in groups]}
    until = calendar.starts_at(evaluation.as_of)
    return {"feeds": sorted(incomplete_feeds(connection, until, now, settings))}


def _short(row: AlertRow) -> dict[str, Any]:
    told = announced(row)
    wanted = ("id", "state", "severity", "rank", "opened_at", "updated_at", "sentence")
    return {name: told[name] for name in wanted}
