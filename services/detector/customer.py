"""One customer judged on its own, with the weeks and portfolio numbers of an evaluation."""

from dataclasses import dataclass

from sqlalchemy import Connection

from shared.domain.week import Calendar
from shared.ops.settings import Settings
from shared.storage.evaluations import EvaluationRow
from shared.storage.standings import StandingRow


@dataclass(frozen=True, slots=True)
class Window:
    """The recent weeks in which least was bought, beside what was to be expected.

    Money in ten-thousandths of the customer's currency. `once_in`: by chance one in so many
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
    and within the rep's budget, also while an alert lives and has not reached the closing level.
    The score holds `evidence`, the log odds that were passed in. `amounts` are the net sums of
    26 weeks, oldest first, in ten-thousandths of `standing.currency`; `first_week` is the day
    number on which the first of them begins.
    """

    standing: StandingRow
    first_week: int
    amounts: tuple[int, ...]
    usual_days_per_week: float | None  # None: not scored
    window: Window | None  # None: not scored
    last_purchase: int | None  # day number, before as_of
    silent_weeks: int | None  # whole weeks without a purchase before as_of
    recovered: bool  # scored, and under the closing level


def judge_one(
    connection: Connection,
    customer: int,
    evaluation: EvaluationRow,
    settings: Settings,
    calendar: Calendar,
    *,
    evidence: float = 0.0,
) -> Judgement:
    """Judge customer number `customer` as the evaluation would have with today's data.

    `evaluation` holds a portfolio, a threshold and a closing level; `evidence` is
    `domain.evidence.weight` of the customer's items. Nothing is written.
    """
    raise NotImplementedError
