"""What an evaluation knows of the whole portfolio before it looks at each customer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from services.detector.buyers import Buyers, Ints
from services.detector.common_causes import Shared
from services.detector.occasional import GapNumbers
from services.detector.sample import Sample
from shared.domain.calculation import Learnt
from shared.domain.calibration import Calibration, calibrate
from shared.domain.defection import UNKNOWN, Tastes
from shared.domain.histogram import Histogram, histogram, quantile
from shared.domain.holiday import HolidayWeeks
from shared.domain.outcome import AHEAD, market_index, outcomes
from shared.domain.portfolio import Portfolio
from shared.domain.score import Scores, confirmed, portfolio, score
from shared.domain.week import DAYS
from shared.domain.weeks import YOUNG_WEEKS, Weeks, closed_cohort, judged
from shared.storage.evaluations import EvaluationRow

LOOKED_AT = 52  # weeks
THRESHOLD_WEEKS = 8
MEAN_WEEKS = 26
# Weeks ago of which it is known what became of customers, in the order in which they are asked.
LABELLED = (8, 20, 32, 14, 26, 11, 17, 23, 29)
LABELLED_LEAST = 3
LABELS_ENOUGH = 5_000


@dataclass(frozen=True, slots=True)
class Numbers:
    """Enough to score and judge one more customer as everybody else was.

    `columns`: the weeks that are looked at. `means`: the portfolio's mean raw scores of the 26
    weeks before, as far as known. `threshold` and `closing` are None where nobody was scored in
    the last 8 weeks; then no score alerts. `calibration` has the fields of domain.calibration's,
    None where too little is known of what became of customers; then no percentage is told.
    `gaps`, `tastes` and `shared`: what is judged beside the score.
    """

    columns: int
    portfolio: Portfolio
    means: tuple[float, ...]
    threshold: float | None
    closing: float | None
    calibration: Mapping[str, Any] | None
    gaps: GapNumbers | None = None
    tastes: Tastes = UNKNOWN
    shared: tuple[Shared, ...] = ()

    def learnt(self) -> Learnt:
        """What one customer's score is computed again by."""
        gaps = self.gaps
        if gaps is None:
            return Learnt(self.portfolio, self.means, tastes=self.tastes)
        return Learnt(self.portfolio, self.means, gaps.rhythms, gaps.seasons, self.tastes)

    def to_dict(self) -> dict[str, Any]:
        """All but the two levels and the calibration, as JSON can hold it."""
        return {
            "columns": self.columns,
            "means": list(self.means),
            "numbers": self.portfolio.to_dict(),
            "gaps": None if self.gaps is None else self.gaps.to_dict(),
            "tastes": self.tastes.to_dict(),
            "causes": [one.to_dict() for one in self.shared],
        }

    @classmethod
    def of(cls, row: EvaluationRow) -> "Numbers":
        """What an evaluation stored. Raises ValueError when it had not come so far."""
        if row.portfolio is None:
            raise ValueError(f"evaluation {row.id} has no numbers yet")
        stored = row.portfolio
        gaps, tastes = stored.get("gaps"), stored.get("tastes")
        return cls(
            columns=stored["columns"],
            portfolio=Portfolio.from_dict(stored["numbers"]),
            means=tuple(stored["means"]),
            threshold=row.threshold,
            closing=row.closing,
            calibration=row.calibration,
            gaps=None if gaps is None else GapNumbers.from_dict(gaps),
            tastes=UNKNOWN if tastes is None else Tastes.from_dict(tastes),
            shared=tuple(Shared.from_dict(one) for one in stored.get("causes", ())),
        )


def compute(
    sample: Sample,
    buyers: Buyers,
    known: Mapping[int, Histogram],
    missing: Sequence[int],
    holidays: HolidayWeeks | None,
    *,
    floor: float,
    closing: float,
) -> tuple[Numbers, dict[int, Histogram]]:
    """The numbers of the week before `as_of`, and the histograms of it and of missing weeks.

    `known` histograms by the first days of their weeks; `missing` says how many weeks ago the
    ones lie that have none, and are scored now.
    """
    as_of = sample.histories.span.as_of
    found: dict[int, Histogram] = {}
    for back in sorted({*missing, 0}, reverse=True):
        week = as_of - DAYS * (back + 1)
        means = means_before({**known, **found}, week)
        current, scores, rows = scored(sample, buyers, back, holidays, means)
        chosen = sample.histories.weeks(rows, back=back)
        found[week] = counted(chosen, current, means, scores)
    every = {**known, **found}
    reached = levels(every, as_of, floor=floor, closing=closing)
    taught = calibrated(sample, buyers, holidays, every)
    calibration = None if taught is None else asdict(taught)
    columns = min(sample.histories.span.columns, LOOKED_AT)
    return Numbers(columns, current, means, *reached, calibration), found


def levels(
    histograms: Mapping[int, Histogram], as_of: int, *, floor: float, closing: float
) -> tuple[float | None, float | None]:
    """Threshold and closing level from the histograms of the last 8 weeks."""
    first = as_of - THRESHOLD_WEEKS * DAYS
    recent = [one for week, one in histograms.items() if week >= first]
    return quantile(recent, floor), quantile(recent, closing)


def scored(
    sample: Sample,
    buyers: Buyers,
    back: int,
    holidays: HolidayWeeks | None,
    means: Sequence[float],
) -> tuple[Portfolio, Scores, Ints]:
    """The portfolio of `back` weeks ago, and the scores of those who could be judged: which."""
    weeks = sample.histories.weeks(back=back)
    rows = np.flatnonzero(judged(weeks).judged)
    chosen = weeks.take(rows)
    closed = is_closed(buyers, sample.histories.span.as_of - back * DAYS)
    then = None if holidays is None else holidays.until(back)
    current = portfolio(chosen, closed_cohort=closed, holidays=then)
    return current, score(chosen, current, means), rows


def counted(weeks: Weeks, current: Portfolio, means: Sequence[float], scores: Scores) -> Histogram:
    """The histogram of a week's scores, by both seasons where segments or regions are known."""
    sure = confirmed(weeks, current, means, scores.score) if current.sectors else None
    return histogram(scores.score, scores.raw, sure)


def calibrated(
    sample: Sample,
    buyers: Buyers,
    holidays: HolidayWeeks | None,
    histograms: Mapping[int, Histogram],
) -> Calibration | None:
    """How scores become chances, by what became of those who were judged eight weeks ago or more.

    Weeks spread over half a year, as many as it takes to know of 5,000 customers; None where that
    are too few to tell.
    """
    as_of = sample.histories.span.as_of
    scores, left = [np.empty(0)], [np.empty(0, bool)]
    for done, back in enumerate(labelled(sample.histories.span.columns)):
        if done >= LABELLED_LEAST and sum(map(len, left)) >= LABELS_ENOUGH:
            break
        means = means_before(histograms, as_of - DAYS * (back + 1))
        current, found, rows = scored(sample, buyers, back, holidays, means)
        week = sample.histories.span.columns - back - 1
        following = sample.histories.weeks(rows, back=back - AHEAD).spend[:, -AHEAD:]
        index = market_index(sample.market, week, closed_cohort=current.closed)
        scores.append(found.score)
        left.append(outcomes(found.usual, following, index).left)
    return calibrate(np.concatenate(scores), np.concatenate(left))


def labelled(columns: int) -> list[int]:
    """How many weeks ago customers are judged to see what became of them, in so long a history."""
    return [back for back in LABELLED if columns - back > YOUNG_WEEKS]


def means_before(histograms: Mapping[int, Histogram], week: int) -> tuple[float, ...]:
    """Mean raw scores of the 26 weeks before `week`, oldest first, where anybody was judged."""
    return tuple(
        one.mean_raw
        for day, one in sorted(histograms.items())
        if week - MEAN_WEEKS * DAYS <= day < week and one.judged
    )


def is_closed(buyers: Buyers, as_of: int) -> bool:
    """Whether hardly any customer bought for the first time in the 13 weeks before `as_of`."""
    seen = buyers.first[buyers.first < as_of]
    return closed_cohort(int((seen >= as_of - YOUNG_WEEKS * DAYS).sum()), len(seen))
