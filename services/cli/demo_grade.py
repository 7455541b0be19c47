"""Grading alarms against what was planted: ours and the rule that people use today."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Any

from services.cli.trade import AWAY, WEEKS_AWAY, SimulatedCustomer, Trade

LOST_AFTER_WEEKS = 12
PAUSE_WEEKS = 8
INTERVALS_NEEDED = 8
HISTORY_WEEKS = 13
RULE_FACTOR = 2

Alarms = Mapping[str, Sequence[int]]  # customer -> the weeks in whose first hours it was raised


@dataclass(frozen=True, slots=True)
class Grade:
    """How a series of alarms did: leavers found, weeks before the loss, and false alarms.

    `away` are alarms about customers who stayed away for weeks as planted, and came back.
    """

    leavers: int
    found: int
    weeks_before_loss: float | None  # the median of those found
    away: int
    false: int
    alarms: int


def grade(trade: Trade, purchases: Mapping[str, Sequence[int]], alarms: Alarms) -> Grade:
    """Compare alarms with the planted changes.

    A leaver is found by an alarm between the planted change and the end of the 12 silent weeks
    after the last purchase; every other alarm is false, but for those about somebody who was
    made to stay away for weeks. `purchases` are the
    day numbers (from the start of the trade) on which each customer bought.
    """
    leads: list[int] = []
    away = false = 0
    leavers = [customer for customer in trade.customers if customer.leaves]
    for customer in trade.customers:
        raised = alarms.get(customer.id, ())
        right = [week for week in raised if _is_right(customer, week)]
        absent = sum(_is_away(customer, week) for week in raised)
        away += absent
        false += len(raised) - len(right) - absent
        if right:
            lost_in = purchases[customer.id][-1] // 7 + LOST_AFTER_WEEKS
            leads.append(lost_in - min(right))
    total = sum(len(weeks) for weeks in alarms.values())
    return Grade(len(leavers), len(leads), median(leads) if leads else None, away, false, total)


def _is_right(customer: SimulatedCustomer, week: int) -> bool:
    return customer.leaves and customer.changes_in is not None and week >= customer.changes_in


def _is_away(customer: SimulatedCustomer, week: int) -> bool:
    if customer.kind not in AWAY or customer.changes_in is None:
        return False
    return customer.changes_in < week <= customer.changes_in + WEEKS_AWAY + 1


def purchase_days(trade: Trade, events: Iterable[dict[str, Any]]) -> dict[str, list[int]]:
    """The days, counted from the start of the trade, on which each customer bought."""
    found: dict[str, set[int]] = defaultdict(set)
    for event in events:
        if event["type"] == "purchase":
            day = date.fromisoformat(event["time"][:10])
            found[event["subject"]].add((day - trade.start).days)
    return {customer: sorted(days) for customer, days in found.items()}


def silence_rule(trade: Trade, purchases: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """Alarms of «no purchase for twice the usual interval», looked at once a week.

    The usual interval is the median of the customer's own; like ours it needs 13 weeks of
    history and raises no second alarm for 8 weeks.
    """
    alarms: dict[str, list[int]] = defaultdict(list)
    for customer, days in purchases.items():
        for week in range(HISTORY_WEEKS, trade.weeks + 1):
            known = [day for day in days if day < 7 * week]
            if len(known) <= INTERVALS_NEEDED:
                continue
            usual = median(b - a for a, b in pairwise(known))
            silent = 7 * week - 1 - known[-1]
            recent = alarms[customer] and week - alarms[customer][-1] < PAUSE_WEEKS
            if RULE_FACTOR * usual < silent < 7 * LOST_AFTER_WEEKS and not recent:
                alarms[customer].append(week)
    return alarms
