"""The whole backtest of a history: walk, rivals, truth and grades."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Literal

from services.backtest.alerts import Choosing, as_run
from services.backtest.comparing import Contribution, Unconfirmed, compare, variants
from services.backtest.grading import AlertsGrade, Grade, Grader
from services.backtest.history import History
from services.backtest.occasional import GapGrade, Silences, grade_silences, walk_silences
from services.backtest.resampling import Estimate, difference
from services.backtest.rivals import rival_scores
from services.backtest.sales import Floats, Ints
from services.backtest.truth import Measured, measure
from services.backtest.truths import Truths, truths
from services.backtest.walk import FIRST, NEEDED, Shown, Walk, graded_weeks, walk
from shared.contract.truth import TruthRow
from shared.domain.calibration import chances
from shared.domain.sector import ANY
from shared.domain.week import day_date

OURS = "vigia"

FEW = 10  # spells of customers who left, below which nobody can say which rule is better

Outcome = Literal["ahead", "even", "behind", "few", "unknown"]
Progress = Callable[[str, int | None], AbstractContextManager[Shown]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for. resamples: companies of drawn customers for each interval; 0 is none.

    rivals: grade the rules of today. compare: grade the score without each of its parts, and the
    alerts without segments and regions. truth: what was planted, where anything was.
    """

    choosing: Choosing
    rivals: bool
    resamples: int
    seed: int
    compare: bool = False
    truth: Sequence[TruthRow] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A graded history.

    whole: all weeks that could be scored; walk: those of them, `columns`, of which it is known
    what became of the customers. rules: scores of Vigía and its rivals, float64[n]. chances: what
    a running Vigía would have called the chance, NaN where it could not yet. alerts: places in
    `whole` about which it would have alerted; as_run: what came of those in `walk`. compared:
    variants of the score, where asked for; unconfirmed: the alerts without segments and regions,
    where any are known, too. silences: of occasional buyers, and gaps what they were
    worth; none where no rule was graded beside the score. measured: all alerts against what was
    planted, where that is known.
    """

    history: History
    columns: range
    whole: Walk
    walk: Walk
    truths: Truths
    rules: dict[str, Floats]
    grades: dict[str, Grade]
    chances: Floats
    alerts: Ints
    as_run: AlertsGrade
    compared: dict[str, Contribution]
    measured: Measured | None
    silences: Silences | None = None
    gaps: Mapping[str, GapGrade] = field(default_factory=dict)
    unconfirmed: Unconfirmed | None = None

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
        if len(self.truths.episodes.missing) < FEW:
            return "few"
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
    with progress("walking", history.weeks - FIRST) as shown:
        whole = walk(history, range(FIRST, history.weeks), shown)
    found = whole.before(columns.stop)
    alerts = as_run(history, whole, plan.choosing)
    rules = {OURS: found.score}
    silences: Silences | None = None
    gaps: dict[str, GapGrade] = {}
    if plan.rivals:
        with progress("rivals", len(columns)) as shown:
            rules |= rival_scores(history, found, shown)
        with progress("occasional buyers", len(columns)) as shown:
            silences = walk_silences(history, columns, shown)
        with progress("grading them", plan.resamples) as shown:
            gaps = grade_silences(silences, resamples=plan.resamples, seed=plan.seed, shown=shown)
    others = _variants(history, found, progress) if plan.compare else {}
    became = truths(history, found)
    with progress("grading", plan.resamples) as shown:
        grader = Grader(found, became, resamples=plan.resamples, seed=plan.seed, shown=shown)
        grades = grader.grades(rules)
        came = grader.alerts(alerts[alerts < len(found)])
        compared = compare(grader, others) if plan.compare else {}
        unconfirmed = _unconfirmed(history, whole, plan, grader) if plan.compare else None
    return Result(
        history=history,
        columns=columns,
        whole=whole,
        walk=found,
        truths=became,
        rules=rules,
        grades=grades,
        chances=chances(found.week, found.score, became.left),
        alerts=alerts,
        as_run=came,
        compared=compared,
        measured=_measured(history, whole, alerts, plan.truth),
        silences=silences,
        gaps=gaps,
        unconfirmed=unconfirmed,
    )


def _variants(history: History, found: Walk, progress: Progress) -> dict[str, Floats]:
    """The score without each of its parts, and without what is known of the year."""
    scores = variants(found)
    if history.holidays is not None:
        columns = graded_weeks(history.weeks)
        less = replace(history, holidays=None, sectors=None)
        with progress("comparing", len(columns)) as shown:
            scores["without holidays and closures"] = walk(less, columns, shown).score
    return scores


def _unconfirmed(history: History, whole: Walk, plan: Plan, grader: Grader) -> Unconfirmed | None:
    if history.sectors is None or all(sector == ANY for sector in history.sectors):
        return None
    alerts = as_run(history, replace(whole, confirmed=whole.score), plan.choosing)
    known = whole.before(graded_weeks(history.weeks).stop)
    return Unconfirmed(
        grader.alerts(alerts[alerts < len(known)]), _measured(history, whole, alerts, plan.truth)
    )


def _measured(
    history: History, walk: Walk, alerts: Ints, truth: Sequence[TruthRow] | None
) -> Measured | None:
    if truth is None:
        return None
    ends = [day_date(history.week_end(column)) for column in range(history.weeks)]
    weeks = [
        (history.customers[row], ends[column])
        for row, column in zip(walk.customer.tolist(), walk.week.tolist(), strict=True)
    ]
    return measure(truth, [weeks[place] for place in alerts], weeks)
