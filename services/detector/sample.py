"""The customers from whom an evaluation learns what holds for everybody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from services.detector.buyers import Buyers
from services.detector.histories import Histories, Span, load_histories
from shared.domain import outcome
from shared.domain.gaps import LEAST_GAPS
from shared.domain.history import Rates
from shared.domain.week import DAYS
from shared.domain.weeks import judged

SAMPLE = 20_000  # judged customers are enough for the numbers of any portfolio
BLOCK = 2_000

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sample:
    """Histories of customers who can be judged now or could be some weeks ago.

    market: float64[columns], what these and all others among whom they were found spend a week,
    in the company's money. occasional: histories of others who bought on some days. share: of all
    customers, how many were looked at.
    """

    histories: Histories
    market: NDArray[np.float64]
    occasional: Histories
    share: float


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
) -> Sample:
    """Who can be judged `backs` weeks ago (0: now), in an order given by the customers' ids.

    As many as hold 20,000 who can be judged now; `left_out` says of customer numbers [n] who is
    held. Because the order hangs on ids alone, so does every sum over it.
    """
    parts, market, room = [], np.zeros(span.columns), SAMPLE
    others, left, seen = [], SAMPLE, 0
    for start in range(0, max(len(buyers), 1), BLOCK):
        rows = buyers.order[start : start + BLOCK]
        block = load_histories(connection, buyers.numbers[rows], buyers.first[rows], span, rates)
        fit = ~block.no_rate & ~left_out(block.numbers)
        market += outcome.market(block.weeks(np.flatnonzero(fit)).spend)
        now = judged(block.weeks()).judged & fit
        ever = np.any([judged(block.weeks(back=back)).judged & fit for back in backs], axis=0)
        within = np.cumsum(now) <= room
        parts.append(block.take(np.flatnonzero((now | ever) & within)))
        sometimes = fit & ~now & (block.bought.sum(axis=1) > LEAST_GAPS)
        others.append(block.take(np.flatnonzero(sometimes)[:left]))
        left -= len(others[-1].numbers)
        seen += len(rows)
        room -= int(now[within].sum())
        if room <= 0 or not within.all():
            break
    share = seen / max(len(buyers), 1)
    return Sample(Histories.join(parts), market, Histories.join(others), share or 1.0)
