"""One customer judged on its own, with the weeks and portfolio numbers of an evaluation."""

from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from services.detector import selection
from services.detector.buyers import first_purchase
from services.detector.chunks import View, judge_histories, load_weeks
from services.detector.held import NOTHING_MISSING, Missing
from services.detector.histories import Histories, rates_of
from services.detector.numbers import Numbers
from services.detector.pasts import load_pasts
from services.detector.responsible import load_sellers
from services.detector.scoring import to_units
from shared.domain.calculation import Weekly
from shared.domain.probability import probability
from shared.domain.score import drops
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
    company's own customers have told what scores stand for.
    """

    standing: StandingRow
    first_week: int
    amounts: tuple[int, ...]
    window: Window | None  # None: not scored
    recovered: bool  # scored, and under the closing level
    weekly: Weekly | None = None  # as the seven parts were computed from; None: none were
    probability: float | None = None


def judge_one(
    connection: Connection,
    customer: int,
    evaluation: EvaluationRow,
    settings: Settings,
    calendar: Calendar,
    *,
    evidence: float = 0.0,
    missing: Missing = NOTHING_MISSING,
) -> Judgement:
    """Judge customer number `customer` as the evaluation would have with today's data.

    `evaluation` has its numbers; `evidence` is `domain.evidence.weight` of the customer's items;
    `missing` are feeds that are still incomplete. Nothing is written.
    """
    numbers = Numbers.of(evaluation)
    pasts = {}
    if evaluation.live:
        pasts = load_pasts(connection, evaluation.as_of, calendar, settings, [customer])
    weights = {customer: evidence}
    view = View(evaluation.id, evaluation.as_of, numbers, missing, weights, pasts)
    first = np.array([first_purchase(connection, customer)])
    histories = load_weeks(connection, np.array([customer]), first, view, settings)
    (row,) = judge_histories(connection, histories, view, settings)
    if row.rep is None:  # in bulk only those on a list are asked for
        sellers = load_sellers(connection, [customer], evaluation.as_of)
        row = replace(row, rep=sellers.get(customer))
    if row.verdict == "below_budget":
        budgets = selection.load_budgets(connection, settings.budget_per_rep)
        row = selection.rank_among(connection, row, rates_of(settings), budgets)
    elif pasts.get(customer, NOTHING_PAST).living:
        # The place that its alert took of the rep's budget stays taken.
        stored = standings.read(connection, evaluation.id, customer)
        row = replace(row, rank=None if stored is None else stored.rank)
    return _judgement(row, histories, numbers)


def _judgement(row: StandingRow, histories: Histories, numbers: Numbers) -> Judgement:
    shown = to_units(histories.spend[0, -SHOWN:]).tolist()
    scored = row.score is not None
    closing = numbers.closing
    return Judgement(
        row,
        histories.span.as_of - DAYS * len(shown),
        tuple(shown),
        _window(histories, numbers) if scored else None,
        row.score is not None and closing is not None and row.score < closing,
        Weekly.of(histories.weeks()) if row.raw is not None else None,
        probability(row.score, numbers.calibration),
    )


def _window(histories: Histories, numbers: Numbers) -> Window:
    drop = drops(histories.weeks(), numbers.portfolio)
    weeks = int(drop.window[0])
    amount = int(to_units(histories.spend[0, -weeks:].sum(keepdims=True))[0])
    days, expected = int(drop.days[0]), float(drop.expected[0])
    return Window(weeks, days, amount, expected, int(drop.once_in[0]))
