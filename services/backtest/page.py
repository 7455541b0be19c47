"""What the report shows, ready to be drawn and told."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import numpy as np

from services.backtest.cases import (
    AROUND,
    Case,
    WeekOfAlerts,
    catches,
    false_alarms,
    money_around,
    weeks_of_alerts,
)
from services.backtest.charts import (
    Columns,
    Mark,
    Point,
    case_columns,
    diagram,
    mark,
    money_columns,
    stacked,
)
from services.backtest.run import OURS, Outcome, Result
from shared.domain.calibration import reliability
from shared.domain.outcome import AHEAD
from shared.domain.week import day_date
from shared.domain.weeks import SILENT_WEEKS

BUDGET = 0.02  # the share of customer-weeks that each rule may name where rules are compared
GAP_BUDGET = 0.05  # the same of occasional buyers
TICKS = 6
EARLIEST = AHEAD + SILENT_WEEKS  # weeks before a customer counts as lost


@dataclass(frozen=True, slots=True)
class Summary:
    """The answer and the four numbers under it; None where there is nothing to say.

    graded: anybody could be judged, and anybody left.
    ours: share of right alerts; theirs: of as many of the best simple rule, `best`. missing:
    money.
    """

    graded: bool
    outcome: Outcome
    ours: float | None
    best: str | None
    theirs: float | None
    alerts: int
    weeks: int
    open: int
    right: float | None
    base: float | None
    caught: int
    missing: float
    found: int
    lost: int
    lead: float | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """An alert and its chart."""

    case: Case
    chart: Columns


@dataclass(frozen=True, slots=True)
class Around:
    """The money of the caught customers around their alerts, and what was usual a week."""

    chart: Columns
    usual: float
    before: int


@dataclass(frozen=True, slots=True)
class Weekly:
    """Alerts of every week, the most in one, and some weeks for the axis, by their place."""

    chart: Columns
    weeks: list[WeekOfAlerts]
    most: int
    ticks: list[tuple[float, date]]


@dataclass(frozen=True, slots=True)
class Dot:
    """A lost customer: weeks before, from left to right, and the how manieth at that place."""

    weeks: int
    x: float
    y: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """Percentages against what became of them, on two axes that end at `end`."""

    end: float
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Occasional:
    """Buyers who come now and then: right alerts by rule, and the share that stays silent."""

    customers: int
    judged: int
    base: float
    rules: list[tuple[str, Mark]]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page. rules: names and their right alerts; orders: average precisions."""

    first: date
    last: date
    customers: int
    weeks: int
    currency: str
    judged: int
    summary: Summary
    around: Around | None
    weekly: Weekly
    rules: list[tuple[str, Mark]]
    alerts_each: int
    catches: list[Drawn]
    false: list[Drawn]
    leads: list[Dot]
    reliability: Reliability | None
    calendar: list[tuple[date, list[WeekOfAlerts]]]
    orders: list[tuple[str, float]]
    occasional: Occasional | None


def page_of(result: Result) -> Page:
    """The page of a graded history."""
    history, weeks = result.history, weeks_of_alerts(result)
    at_budget = {name: grade.budgets[BUDGET] for name, grade in result.grades.items()}
    marks = [(name, mark(grade.precision)) for name, grade in at_budget.items()]
    orders = [(name, grade.average_precision.value) for name, grade in result.grades.items()]
    return Page(
        first=day_date(history.start),
        last=day_date(history.week_end(history.weeks - 1)),
        customers=int((history.first < history.weeks).sum()),
        weeks=history.weeks,
        currency=history.currency,
        judged=len(result.walk),
        summary=_summary(result),
        around=_around(result),
        weekly=_weekly(weeks),
        rules=[(name, one) for name, one in marks if one is not None],
        alerts_each=len(at_budget[OURS].places),
        catches=[Drawn(case, case_columns(case)) for case in catches(result)],
        false=[Drawn(case, case_columns(case)) for case in false_alarms(result)],
        leads=_dots(result.as_run.leads.tolist()),
        reliability=_reliability(result),
        calendar=[
            (month, list(each))
            for month, each in groupby(weeks, lambda week: week.week_end.replace(day=1))
        ],
        orders=[(name, value) for name, value in orders if value is not None],
        occasional=_occasional(result),
    )


def _summary(result: Result) -> Summary:
    run, left = result.as_run, result.truths.left
    right = run.places[left[run.places]]
    precision = {
        name: grade.budgets[BUDGET].precision.value for name, grade in result.grades.items()
    }
    ours = precision.pop(OURS)
    best = max(precision, key=lambda name: precision[name] or 0.0, default=None)
    return Summary(
        graded=result.grades[OURS].average_precision.value is not None,
        outcome=result.outcome(),
        ours=ours,
        best=best,
        theirs=None if best is None else precision[best],
        alerts=len(result.alerts),
        weeks=result.history.weeks - result.columns.start,
        open=len(result.alerts) - len(run.places),
        right=run.precision.value,
        base=float(left.mean()) if len(left) else None,
        caught=len(right),
        missing=float(result.truths.missing[right].sum()),
        found=len(run.leads),
        lost=len(result.truths.lost.customer),
        lead=run.lead,
    )


def _occasional(result: Result) -> Occasional | None:
    silences = result.silences
    if silences is None or not len(silences):
        return None
    marks = [(name, mark(grade.precision[GAP_BUDGET])) for name, grade in result.gaps.items()]
    return Occasional(
        customers=len(np.unique(silences.customer)),
        judged=len(silences),
        base=float(silences.left.mean()),
        rules=[(name, one) for name, one in marks if one is not None],
    )


def _around(result: Result) -> Around | None:
    spent, usual = money_around(result)
    if not usual:
        return None
    return Around(money_columns(spent.tolist(), AROUND, usual), usual, AROUND)


def _weekly(weeks: list[WeekOfAlerts]) -> Weekly:
    chart = stacked(
        [
            [("right", week.count(True)), ("wrong", week.count(False)), ("open", week.count(None))]
            for week in weeks
        ]
    )
    every = -(-len(weeks) // TICKS)
    ticks = [(place / len(weeks), weeks[place].week_end) for place in range(0, len(weeks), every)]
    return Weekly(chart, weeks, max(len(week.alerts) for week in weeks), ticks)


def _dots(leads: list[int]) -> list[Dot]:
    seen: Counter[int] = Counter()
    dots = []
    for weeks in sorted(leads, reverse=True):
        dots.append(Dot(weeks, 1 - weeks / EARLIEST, seen[weeks]))
        seen[weeks] += 1
    return dots


def _reliability(result: Result) -> Reliability | None:
    bins = reliability(result.chances, result.truths.left)
    return Reliability(*diagram(bins)) if bins else None
