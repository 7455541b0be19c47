"""Alerts against what was planted: how soon each true change was told, and what was told falsely.

Pure: the truth is a table (`shared.contract.truth`), alerts and judged customer-weeks are pairs of
customer and the last day of the week that was looked at. An alert of a week is known the day after.
"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from statistics import median

from shared.contract.truth import TruthRow

CustomerWeek = tuple[str, date]  # the week by its last day

WINDOW_WEEKS = 12
DAYS = 7
WEEKS_A_MONTH = 52 / 12
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a customer: rows of the truth that follow each other.

    `told` is its first day, when it could be known (a complaint); on `starts` buying changes.
    """

    customer: str
    kind: str
    told: date
    starts: date
    ends: date | None
    rate: float  # what remains at last
    category: str

    @property
    def declines(self) -> bool:
        """Buying is less and stays so: an alert about it is right."""
        return self.rate < 1 and self.ends is None

    @property
    def leaves(self) -> bool:
        """Less than half of all buying remains for good."""
        return self.declines and self.rate < 0.5 and not self.category


@dataclass(frozen=True, slots=True)
class Found:
    """How changes of one kind were found.

    `judged`: those whose customer was judged within the window. `delay` and `latest` are the
    median and the 90 % quantile of the weeks from the change of buying to the first alert within
    the window; below 0 the alert came before.
    """

    kind: str
    leaves: bool
    changes: int
    judged: int
    found: int
    delay: float | None
    latest: float | None

    @property
    def share(self) -> float:
        return self.found / self.changes


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Alarms about customers of one sort who were not declining, and the weeks they were judged."""

    about: str
    customers: int
    weeks: int
    alarms: int

    @property
    def monthly(self) -> float | None:
        """Alarms for 100 customers and month."""
        return None if not self.weeks else 100 * WEEKS_A_MONTH * self.alarms / self.weeks


@dataclass(frozen=True, slots=True)
class Measured:
    """`alarms` are all; `right` were about a decline from its first day on, however late.

    `leavers` sums up those of `found` who leave; None: nobody does.
    """

    window_weeks: int
    alarms: int
    right: int
    leavers: Found | None
    found: tuple[Found, ...]
    false: tuple[FalseAlarms, ...]


def changes_of(rows: Iterable[TruthRow]) -> list[Change]:
    """The changes that a truth tells of, by customer; whoever stays as usual has none."""

    def what(row: TruthRow) -> tuple[str, str, str, str]:
        return row.customer, row.kind, row.category, row.cause

    ordered = sorted(rows, key=lambda row: (*what(row), row.starts))
    found = [
        _change(steps)
        for _, group in groupby(ordered, key=what)
        for steps in _runs(list(group))
        if any(row.rate != 1 for row in steps)
    ]
    return sorted(found, key=lambda change: (change.customer, change.told, change.kind))


def measure(
    truth: Sequence[TruthRow],
    alerts: Iterable[CustomerWeek],
    judged: Iterable[CustomerWeek],
    window_weeks: int = WINDOW_WEEKS,
) -> Measured:
    """Compare alerts with the truth.

    A decline counts as found by an alert from its first day up to `window_weeks` after buying
    fell. Every alert before a decline, and every alert about somebody who does not decline, is
    false; it is counted under what that customer is: away and back, one large order, many
    returns, else under the customer's trade. Customers whom the truth does not name are left out.
    """
    history = _History(truth)
    told = history.by_customer(alerts)
    weeks = history.by_customer(judged)
    headings = history.headings(told), history.headings(weeks)
    declines = sorted(history.declines(), key=lambda change: (not change.leaves, change.kind))
    leavers = [change for change in declines if change.leaves]

    def found(kind: str, changes: Sequence[Change]) -> Found:
        return _found(kind, changes, told, weeks, window_weeks)

    return Measured(
        window_weeks=window_weeks,
        alarms=sum(map(len, told.values())),
        right=headings[0][None],
        leavers=found("left for good", leavers) if leavers else None,
        found=tuple(
            found(kind, list(changes))
            for (_, kind), changes in groupby(declines, key=lambda c: (c.leaves, c.kind))
        ),
        false=tuple(history.false(*headings)),
    )


class _History:
    """What is true of each customer on each day."""

    def __init__(self, truth: Sequence[TruthRow]) -> None:
        self._trades = {row.customer: row.trade or "steady" for row in truth}
        self._changes: dict[str, list[Change]] = defaultdict(list)
        for change in changes_of(truth):
            self._changes[change.customer].append(change)
        for row in truth:  # a sort of customer, such as those who return much, changes nothing
            if row.kind != "steady" and row.customer not in self._changes:
                self._trades[row.customer] = row.kind

    def by_customer(self, weeks: Iterable[CustomerWeek]) -> dict[str, list[date]]:
        found: dict[str, list[date]] = defaultdict(list)
        for customer, week in weeks:
            if customer in self._trades:
                found[customer].append(week)
        return {customer: sorted(days) for customer, days in found.items()}

    def declines(self) -> list[Change]:
        return [change for group in self._changes.values() for change in group if change.declines]

    def headings(self, weeks: Mapping[str, Sequence[date]]) -> Counter[str | None]:
        """How many of these weeks count under what; None: the customer declines."""
        return Counter(
            self._heading(customer, week) for customer, days in weeks.items() for week in days
        )

    def false(
        self, alarms: Counter[str | None], weeks: Counter[str | None]
    ) -> Iterator[FalseAlarms]:
        customers = Counter(self._trades.values())
        customers += Counter(
            kind
            for changes in self._changes.values()
            for kind in {change.kind for change in changes if not change.declines}
        )
        for about in sorted(customers):
            yield FalseAlarms(about, customers[about], weeks[about], alarms[about])

    def _heading(self, customer: str, week: date) -> str | None:
        begun = [c for c in self._changes.get(customer, ()) if c.told <= week]
        if any(change.declines for change in begun):
            return None
        return begun[-1].kind if begun else self._trades[customer]


def _runs(rows: Sequence[TruthRow]) -> Iterator[list[TruthRow]]:
    """Rows cut where one does not begin the day after the one before."""
    run = [rows[0]]
    for before, row in pairwise(rows):
        if before.ends is None or row.starts != before.ends + _DAY:
            yield run
            run = []
        run.append(row)
    yield run


def _change(steps: Sequence[TruthRow]) -> Change:
    last = steps[-1]
    return Change(
        customer=last.customer,
        kind=last.kind,
        told=steps[0].starts,
        starts=next(row.starts for row in steps if row.rate != 1),
        ends=last.ends,
        rate=last.rate,
        category=last.category,
    )


def _found(
    kind: str,
    changes: Sequence[Change],
    alerts: Mapping[str, Sequence[date]],
    judged: Mapping[str, Sequence[date]],
    window_weeks: int,
) -> Found:
    delays = sorted(
        delay
        for change in changes
        if (delay := _delay(change, alerts.get(change.customer, ()), window_weeks)) is not None
    )
    return Found(
        kind=kind,
        leaves=changes[0].leaves,
        changes=len(changes),
        judged=sum(
            bool(_within(change, judged.get(change.customer, ()), window_weeks))
            for change in changes
        ),
        found=len(delays),
        delay=median(delays) if delays else None,
        latest=delays[math.ceil(0.9 * len(delays)) - 1] if delays else None,
    )


def _delay(change: Change, weeks: Sequence[date], window_weeks: int) -> float | None:
    """Weeks from the change of buying to the day on which the first alert is known."""
    inside = _within(change, weeks, window_weeks)
    if not inside:
        return None
    return (inside[0] + _DAY - change.starts).days / DAYS


def _within(change: Change, weeks: Sequence[date], window_weeks: int) -> Sequence[date]:
    """Those of the weeks that end on the change's first day or later, up to the window's end."""
    end = change.starts + timedelta(days=DAYS * window_weeks - 1)
    return weeks[bisect_left(weeks, change.told) : bisect_right(weeks, end)]
