"""What an evaluation knows of the whole portfolio before it looks at each customer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from services.detector.buyers import Buyers
from services.detector.histories import Histories, Span, load_histories
from shared.domain.histogram import Histogram, histogram, quantile
from shared.domain.history import Rates
from shared.domain.portfolio import Portfolio
from shared.domain.score import portfolio, score
from shared.domain.week import DAYS
from shared.domain.weeks import YOUNG_WEEKS, closed_cohort, judged
from shared.storage.evaluations import EvaluationRow

SAMPLE = 20_000  # judged customers are enough for the numbers of any portfolio
BLOCK = 2_000
LOOKED_AT = 52  # weeks
THRESHOLD_WEEKS = 8
MEAN_WEEKS = 26

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Enough to score and judge one more customer as everybody else was.

    `columns`: the weeks that are looked at. `means`: the portfolio's mean raw scores of the 26
    weeks before, as far as known. `threshold` and `closing` are None where nobody was scored in
    the last 8 weeks; then no score alerts.
    """

    columns: int
    portfolio: Portfolio
    means: tuple[float, ...]
    threshold: float | None
    closing: float | None

    def to_dict(self) -> dict[str, Any]:
        """All but the two levels, as JSON can hold it."""
        numbers = self.portfolio.to_dict()
        return {"columns": self.columns, "means": list(self.means), "numbers": numbers}

    @classmethod
    def of(cls, row: EvaluationRow) -> "Numbers":
        """What an evaluation stored. Raises ValueError when it had not come so far."""
        if row.portfolio is None:
            raise ValueError(f"evaluation {row.id} has no numbers yet")
        known = Portfolio.from_dict(row.portfolio["numbers"])
        means = tuple(row.portfolio["means"])
        return cls(row.portfolio["columns"], known, means, row.threshold, row.closing)


def span_of(buyers: Buyers, as_of: int, weeks: int) -> Span:
    """Up to `weeks` weeks before `as_of`, none of them before the data's first whole week."""
    begin = int(buyers.first.min()) if len(buyers) else as_of
    return Span(as_of, min(weeks, (as_of - begin) // DAYS))


def load_sample(
    connection: Connection,
    buyers: Buyers,
    span: Span,
    rates: Rates,
    *,
    backs: Sequence[int],
    left_out: Callable[[NDArray[np.int64]], Mask],
) -> Histories:
    """Who can be judged `backs` weeks ago (0: now), in an order given by the customers' ids.

    As many as hold 20,000 who can be judged now; `left_out` says of customer numbers [n] who is
    held. Because the order hangs on ids alone, so does every sum over it.
    """
    parts, room = [], SAMPLE
    for start in range(0, max(len(buyers), 1), BLOCK):
        rows = buyers.order[start : start + BLOCK]
        block = load_histories(connection, buyers.numbers[rows], buyers.first[rows], span, rates)
        fit = ~block.no_rate & ~left_out(block.numbers)
        now = judged(block.weeks()).judged & fit
        ever = np.any([judged(block.weeks(back=back)).judged & fit for back in backs], axis=0)
        within = np.cumsum(now) <= room
        parts.append(block.take(np.flatnonzero((now | ever) & within)))
        room -= int(now[within].sum())
        if room <= 0 or not within.all():
            break
    return Histories.join(parts)


def compute(
    sample: Histories,
    buyers: Buyers,
    known: Mapping[int, Histogram],
    missing: Sequence[int],
    *,
    floor: float,
    closing: float,
) -> tuple[Numbers, dict[int, Histogram]]:
    """The numbers of the week before `as_of`, and the histograms of it and of missing weeks.

    `known` histograms by the first days of their weeks; `missing` says how many weeks ago the
    ones lie that have none, and are scored now.
    """
    as_of = sample.span.as_of
    found: dict[int, Histogram] = {}
    for back in sorted({*missing, 0}, reverse=True):
        week = as_of - DAYS * (back + 1)
        weeks = sample.weeks(back=back)
        weeks = weeks.take(judged(weeks).judged)
        current = portfolio(weeks, closed_cohort=is_closed(buyers, as_of - back * DAYS))
        means = means_before({**known, **found}, week)
        scores = score(weeks, current, means)
        found[week] = histogram(scores.score, scores.raw)
    every = {**known, **found}
    recent = [one for week, one in every.items() if week >= as_of - THRESHOLD_WEEKS * DAYS]
    levels = quantile(recent, floor), quantile(recent, closing)
    return Numbers(min(sample.span.columns, LOOKED_AT), current, means, *levels), found


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
