"""Alarms of a simulated year to compare: ours, and the rule that people use today."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import Connection, select

from services.backtest.truth import CustomerWeek
from shared.domain.week import DAYS, Calendar, day_date
from shared.storage.tables import alert, customer, evaluation, standing

LOST_AFTER_WEEKS = 12
PAUSE_WEEKS = 8
INTERVALS_NEEDED = 8
HISTORY_WEEKS = 13
RULE_FACTOR = 2


def our_alarms(connection: Connection, calendar: Calendar) -> list[CustomerWeek]:
    """Every alert about a customer, with the last day that had been looked at."""
    opened = select(customer.c.id, alert.c.opened_at).join(
        customer, customer.c.number == alert.c.customer
    )
    return [
        (subject, day_date(calendar.day_of(at) - 1)) for subject, at in connection.execute(opened)
    ]


def judged_weeks(connection: Connection) -> list[CustomerWeek]:
    """Every week in which a customer had a score, by its last day."""
    scored = (
        select(customer.c.id, evaluation.c.as_of)
        .join(standing, standing.c.customer == customer.c.number)
        .join(evaluation, evaluation.c.id == standing.c.evaluation)
        .where(evaluation.c.live, standing.c.score.is_not(None))
    )
    return [(subject, day_date(as_of - 1)) for subject, as_of in connection.execute(scored)]


def purchase_days(start: date, events: Iterable[dict[str, Any]]) -> dict[str, list[int]]:
    """The days, counted from `start`, on which each customer bought."""
    found: dict[str, set[int]] = defaultdict(set)
    for event in events:
        if event["type"] == "purchase":
            day = date.fromisoformat(event["time"][:10])
            found[event["subject"]].add((day - start).days)
    return {subject: sorted(days) for subject, days in found.items()}


def silence_rule(
    start: date, weeks: int, purchases: Mapping[str, Sequence[int]]
) -> Iterator[CustomerWeek]:
    """Alarms of «no purchase for twice the usual interval», looked at once a week.

    The usual interval is the median of the customer's own; like ours it needs 13 weeks of
    history and raises no second alarm for 8 weeks.
    """
    for subject, days in purchases.items():
        raised = -PAUSE_WEEKS
        for week in range(HISTORY_WEEKS, weeks + 1):
            known = [day for day in days if day < DAYS * week]
            if len(known) <= INTERVALS_NEEDED or week - raised < PAUSE_WEEKS:
                continue
            usual = median(b - a for a, b in pairwise(known))
            silent = DAYS * week - 1 - known[-1]
            if RULE_FACTOR * usual < silent < DAYS * LOST_AFTER_WEEKS:
                raised = week
                yield subject, start + timedelta(days=DAYS * week - 1)
