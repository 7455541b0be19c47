"""The whole backtest of a history: walk, rivals, truth and grades."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from services.backtest.alerts import Choosing, as_run
from services.backtest.grading import AlertsGrade, Grade, Grader
from services.backtest.history import History
from services.backtest.resampling import Estimate, difference
from services.backtest.rivals import rival_scores
from services.backtest.sales import Floats
from services.backtest.truths import Truths, truths
from services.backtest.walk import NEEDED, Shown, Walk, graded_weeks, walk
from shared.domain.calibration import chances

OURS = "vigia"

Outcome = Literal["ahead", "even", "behind", "unknown"]
Progress = Callable[[str, int | None], AbstractContextManager[Shown]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for. resamples: companies of drawn customers for each interval; 0 is none."""

    choosing: Choosing
    rivals: bool
    resamples: int
    seed: int


@dataclass(frozen=True, slots=True)
class Result:
    """A graded history. rules: scores of Vigía and its rivals, float64[n]. chances: what a
    running Vigía would have called the chance, NaN where it could not yet. as_run: the alerts of
    a running Vigía and what came of them.
    """

    history: History
    columns: range
    walk: Walk
    truths: Truths
    rules: dict[str, Floats]
    grades: dict[str, Grade]
    chances: Floats
    as_run: AlertsGrade

    def ahead(self, rival: str) -> Estimate:
        """By how much Vigía's average precision is above a rival's."""
        ours, other = self.grades[OURS], self.grades[rival]
        return difference(ours.average_precision, other.average_precision)

    def best_rival(self) -> str | None:
        """The rule of today with the highest average precision; None where none is known."""
        known = {
            name: grade.average_precision.value
            for name, grade in self.grades.items()
            if name != OURS and grade.average_precision.value is not None
        }
        return max(known, key=known.__getitem__, default=None)

    def outcome(self) -> Outcome:
        """Whether Vigía is ahead of the best rule of today beyond chance."""
        best = self.best_rival()
        if self.grades[OURS].average_precision.value is None or best is None:
            return "unknown"
        ahead = self.ahead(best)
        if ahead.low is None or ahead.high is None:
            return "unknown"
        if ahead.low > 0:
            return "ahead"
        return "behind" if ahead.high < 0 else "even"


def weeks_missing(history: History) -> int:
    """How many whole weeks the history lacks to be graded at all."""
    return max(NEEDED - history.weeks, 0)


def backtest(history: History, plan: Plan, progress: Progress) -> Result:
    """Grade a history of at least 34 whole weeks. `progress` shows each part's share done."""
    columns = graded_weeks(history.weeks)
    with progress("walking", len(columns)) as shown:
        found = walk(history, columns, shown)
    rules = {OURS: found.score}
    if plan.rivals:
        with progress("rivals", len(columns)) as shown:
            rules |= rival_scores(history, found, shown)
    became = truths(history, found)
    with progress("grading", plan.resamples) as shown:
        grader = Grader(found, became, resamples=plan.resamples, seed=plan.seed, shown=shown)
        grades = grader.grades(rules)
        alerts = grader.alerts(as_run(history, found, plan.choosing))
    said = chances(found.week, found.score, became.left)
    return Result(history, columns, found, became, rules, grades, said, alerts)
