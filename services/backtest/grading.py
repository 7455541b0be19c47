"""Grading rules on the same customer-weeks: what each would have been worth."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from services.backtest.alerts import at_budget
from services.backtest.measures import AveragePrecision, Measure, Ranking, Ratio, RocAuc
from services.backtest.resampling import Estimate, estimates
from services.backtest.sales import Floats, Ints
from services.backtest.truths import BEFORE_LAST, KEY, Truths
from services.backtest.walk import Shown, Walk
from shared.domain.weeks import SILENT_WEEKS

BUDGETS = (0.01, 0.02, 0.05)
A_MONTH_AND_HUNDRED = 52 / 12 * 100  # false alarms are told for 100 customers and a month
ALL = 1.0  # the share of customer-weeks that a rule's order is graded on

Key = tuple[str, float]  # a rule and its share of alerts


@dataclass(frozen=True, slots=True)
class AlertsGrade:
    """What came of certain alerts; `places` are theirs in the walk, rising.

    precision: share after which the customer left. false_alarms: a month for 100 customers.
    captured: share of the missing money of all episodes that had an alert. found: share of the
    lost customers who had an alert in time; leads: int64[k], the weeks from it until they count
    as lost, of those who had one.
    """

    places: Ints
    precision: Estimate
    false_alarms: Estimate
    captured: Estimate
    found: Estimate
    leads: Ints

    @property
    def lead(self) -> float | None:
        """The median lead; None where nobody was found."""
        return float(np.median(self.leads)) if len(self.leads) else None


@dataclass(frozen=True, slots=True)
class Grade:
    """A rule's grade: as an order of all customer-weeks, and at each budget of alerts."""

    average_precision: Estimate
    roc_auc: Estimate
    budgets: Mapping[float, AlertsGrade]


class Grader:
    """Grades rules on one walk; all are resampled with the same drawn customers."""

    def __init__(
        self, walk: Walk, truths: Truths, *, resamples: int, seed: int, shown: Shown
    ) -> None:
        self._walk, self._truths = walk, truths
        self._resamples, self._seed, self._shown = resamples, seed, shown
        self._customers, self._own = np.unique(walk.customer, return_inverse=True)

    def grades(self, rules: Mapping[str, Floats]) -> dict[str, Grade]:
        """The grade of each rule by its scores, float64[n]."""
        places = {
            (name, share): self._at(share, scores)
            for name, scores in rules.items()
            for share in BUDGETS
        }
        found = self._estimates(
            {(name, ALL): self._of_scores(scores) for name, scores in rules.items()}
            | {key: self._of_alerts(alerts) for key, alerts in places.items()}
        )
        graded = {key: self._grade(alerts, found[key]) for key, alerts in places.items()}
        return {
            name: Grade(**found[name, ALL], budgets={each: graded[name, each] for each in BUDGETS})
            for name in rules
        }

    def orders(self, rules: Mapping[str, Floats]) -> dict[str, Estimate]:
        """The average precision alone of each rule by its scores."""
        found = self._estimates(
            {
                (name, ALL): {"": AveragePrecision(Ranking(scores, self._truths.left))}
                for name, scores in rules.items()
            }
        )
        return {name: one[""] for (name, _), one in found.items()}

    def alerts(self, places: Ints) -> AlertsGrade:
        """The grade of alerts that were chosen in whatever way."""
        key = "", ALL
        return self._grade(places, self._estimates({key: self._of_alerts(places)})[key])

    def _at(self, share: float, scores: Floats) -> Ints:
        return at_budget(self._walk, scores, share, np.random.default_rng(self._seed))

    def _grade(self, places: Ints, found: Mapping[str, Estimate]) -> AlertsGrade:
        _, leads = self._in_time(places)
        return AlertsGrade(places, **found, leads=leads)

    def _estimates(
        self, groups: Mapping[Key, Mapping[str, Measure]]
    ) -> dict[Key, dict[str, Estimate]]:
        """The measures of each group, all in the same resampled companies."""
        flat = {(key, what): one for key, group in groups.items() for what, one in group.items()}
        found = estimates(
            flat, self._own, resamples=self._resamples, seed=self._seed, shown=self._shown
        )
        return {key: {what: found[key, what] for what in group} for key, group in groups.items()}

    def _of_scores(self, scores: Floats) -> dict[str, Measure]:
        ranking = Ranking(scores, self._truths.left)
        return {"average_precision": AveragePrecision(ranking), "roc_auc": RocAuc(ranking)}

    def _of_alerts(self, places: Ints) -> dict[str, Measure]:
        episodes, lost = self._truths.episodes, self._truths.lost
        left = self._truths.left[places].astype(np.float64)
        own, hit = self._own[places], np.unique(episodes.of(self._walk, places))
        caught = np.isin(np.arange(len(episodes.missing)), hit) * episodes.missing
        whose = np.searchsorted(self._customers, episodes.start // KEY)
        gone = np.searchsorted(self._customers, lost.customer)
        in_time, _ = self._in_time(places)
        return {
            "precision": Ratio(self._sum(own, left), self._sum(own)),
            "false_alarms": Ratio(
                self._sum(own, A_MONTH_AND_HUNDRED * (1 - left)), self._sum(self._own)
            ),
            "captured": Ratio(self._sum(whose, caught), self._sum(whose, episodes.missing)),
            "found": Ratio(self._sum(gone, in_time), self._sum(gone)),
        }

    def _sum(self, own: Ints, values: Floats | None = None) -> Floats:
        """Each customer's sum of the values, or how many there are."""
        found: Floats = np.bincount(own, values, len(self._customers)).astype(np.float64)
        return found

    def _in_time(self, places: Ints) -> tuple[Floats, Ints]:
        """1 for each lost customer who had an alert in time, and the weeks that were left then."""
        lost = self._truths.lost
        after = np.full(len(lost.customer), SILENT_WEEKS)
        row = np.searchsorted(lost.customer, self._walk.customer[places])
        row = np.minimum(row, max(len(lost.customer) - 1, 0))
        if len(lost.customer):
            known = lost.customer[row] == self._walk.customer[places]
            since = self._walk.week[places] - lost.last[row]
            good = known & (since >= -BEFORE_LAST) & (since < SILENT_WEEKS)
            np.minimum.at(after, row[good], since[good])
        found = after < SILENT_WEEKS
        return found.astype(np.float64), SILENT_WEEKS - after[found]
