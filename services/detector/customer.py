"""One customer judged on its own, with the weeks and portfolio numbers of an evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from services.detector import selection
from services.detector.amounts import to_units
from services.detector.buyers import first_purchase
from services.detector.chunks import View, judge_histories, load_circumstances, load_weeks
from services.detector.gap_standings import gap_items
from services.detector.held import NOTHING_MISSING, Missing
from services.detector.histories import Histories
from services.detector.numbers import Numbers
from services.detector.pasts import load_pasts
from services.detector.portfolio_alerts import item_of
from services.detector.responsible import load_sellers
from services.detector.verdicts import GAP, Circumstances, Left
from shared.domain.evidence import Item
from shared.domain.probability import standing_probability
from shared.domain.score import drops
from shared.domain.taken import PurchaseDays, Taken, Weekly
from shared.domain.verdict import NOTHING_PAST
from shared.domain.week import DAYS, Calendar
from shared.ops.settings import Settings
from shared.storage import standings
from shared.storage.evaluations import EvaluationRow
from shared.storage.standings import StandingRow

SHOWN = 26  # weeks


@dataclass(frozen=True, slots=True)
class Window:
    """The recent weeks in which a drop is most plausible, beside what was to be expected.

    `amount` in ten-thousandths of the customer's currency. `once_in`: by chance one in so many
    such windows holds as few purchase days; at most 9,999.
    """

    weeks: int
    days: int
    amount: int
    expected_days: float
    once_in: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the weeks before `evaluation.as_of` say about one customer.

    `standing` is the row to store: its verdict is `alert` when the customer is above the floor
    and within the rep's budget, and also while an alert lives and the score is not under the
    closing level. Its score holds the evidence that was passed in. `amounts` are the net sums
    of up to 26 weeks, oldest first, in ten-thousandths of `standing.currency`; `first_week` is
    the day number on which the first of them begins. `probability`: that of leaving, where the
    company's own customers have told what scores stand for. `supported`: the weeks would open an
    alert; None where they cannot say. `gap`, `categories` and `causes` are items of evidence: the
    gaps of an occasional buyer, categories that were left, and what is shared with many.
    """

    standing: StandingRow
    first_week: int
    amounts: tuple[int, ...]
    window: Window | None  # None: not scored
    recovered: bool  # scored, and under the closing level
    taken: Taken | None = None  # as the score was computed from; None: there is none
    probability: float | None = None
    supported: bool | None = None
    gap: Sequence[Item] = ()
    categories: Sequence[Item] = ()
    causes: Sequence[Item] = ()


def judge_one(
    connection: Connection,
    customer: int,
    evaluation: EvaluationRow,
    settings: Settings,
    calendar: Calendar,
    *,
    evidence: float = 0.0,
    gone: bool = False,
    missing: Missing = NOTHING_MISSING,
) -> Judgement:
    """Judge customer number `customer` as the evaluation would have with today's data.

    `evaluation` has its numbers; `evidence` is `domain.evidence.weight` of the customer's items;
    `gone`: the customer left for good; `missing` are feeds that are still incomplete. Nothing is
    written.
    """
    numbers = Numbers.of(evaluation)
    pasts = {}
    if evaluation.live:
        pasts = load_pasts(connection, evaluation.as_of, calendar, settings, [customer])
    weights = {customer: evidence}
    left = frozenset([customer] if gone else ())
    view = View(evaluation.id, evaluation.as_of, numbers, missing, weights, left, pasts)
    first = np.array([first_purchase(connection, customer)])
    histories = load_weeks(connection, np.array([customer]), first, view, settings)
    around = load_circumstances(connection, histories, view, settings)
    (row,) = judge_histories(connection, histories, around, view)
    if row.rep is None:  # in bulk only those on a list are asked for
        sellers = load_sellers(connection, [customer], evaluation.as_of)
        row = replace(row, rep=sellers.get(customer))
    if row.verdict == "below_budget":
        row = selection.rank_among(connection, row, settings)
    elif pasts.get(customer, NOTHING_PAST).living:
        # The place that its alert took of the rep's budget stays taken.
        stored = standings.read(connection, evaluation.id, customer)
        row = replace(row, rank=None if stored is None else stored.rank)
    return _judgement(row, histories, numbers, around)


def _judgement(
    row: StandingRow, histories: Histories, numbers: Numbers, around: Circumstances
) -> Judgement:
    shown = to_units(histories.spend[0, -SHOWN:]).tolist()
    scored = row.raw is not None
    left = around.left.get(row.customer)
    return Judgement(
        row,
        histories.span.as_of - DAYS * len(shown),
        tuple(shown),
        _window(histories, numbers) if scored else None,
        _recovered(row, numbers) and left is None,
        _taken(histories, row, left),
        standing_probability(
            row.score if scored else None, row.confirmed, row.verdict, numbers.calibration
        ),
        _supported(row, numbers, left=left is not None),
        gap_items(histories, row, numbers) if row.basis == GAP else (),
        () if left is None else left.items,
        tuple(item_of(cause) for cause in around.causes.get(row.customer, ())),
    )


def _taken(histories: Histories, row: StandingRow, left: Left | None) -> Taken | None:
    shelves = () if left is None else left.shelves
    if row.raw is not None:
        return Taken(Weekly.of(histories.weeks()), None, shelves)
    if row.basis == GAP:
        return Taken(None, PurchaseDays.of(histories.bought[0], histories.sectors[0]), shelves)
    return None


def _recovered(row: StandingRow, numbers: Numbers) -> bool:
    closing = numbers.closing
    if row.basis == GAP:
        closing = None if numbers.gaps is None else numbers.gaps.closing
    return row.counts is not None and closing is not None and row.counts < closing


def _supported(row: StandingRow, numbers: Numbers, *, left: bool) -> bool | None:
    """Whether the score, the own gaps or a category that was left would open an alert; None where
    the customer was not judged or nobody can alert."""
    threshold = numbers.threshold
    if row.basis == GAP:
        threshold = None if numbers.gaps is None else numbers.gaps.threshold
    if row.counts is None or threshold is None:
        return None
    return left or row.counts >= threshold


def _window(histories: Histories, numbers: Numbers) -> Window:
    drop = drops(histories.weeks(), numbers.portfolio)
    weeks = int(drop.window[0])
    amount = int(to_units(histories.spend[0, -weeks:].sum(keepdims=True))[0])
    days, expected = int(drop.days[0]), float(drop.expected[0])
    return Window(weeks, days, amount, expected, int(drop.once_in[0]))
