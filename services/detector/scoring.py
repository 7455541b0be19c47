"""Standings of many customers at once: who can be judged, their scores and their verdicts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from services.detector.amounts import at_risk, to_units, yearly
from services.detector.buyers import Ints
from services.detector.gap_standings import by_gaps
from services.detector.histories import Histories
from services.detector.members import score_members
from services.detector.numbers import Numbers
from services.detector.verdicts import CATEGORY, Circumstances, Eased, judge
from shared.domain.score import confirmed, score
from shared.domain.verdict import NOTHING_PAST, Verdict, priority
from shared.domain.weeks import Bools, Floats, Weeks, judged
from shared.storage.standings import StandingRow

PARTS = ("change", "outlook", "level4", "longrun", "dips", "swing", "tenure", "raw")
BY_GAPS = ("too_little_history", "already_lost")  # what the gaps may know better
CALLED = ("alert", "below_budget", "paused", "dismissed", "snoozed")


def standings(
    histories: Histories, numbers: Numbers, around: Circumstances, evaluation: int
) -> list[StandingRow]:
    """A row for every customer, in the order of the histories.

    `below_budget` stands for every candidate: ranks are given once all are known.
    """
    weeks = histories.weeks()
    verdicts = _unscored(histories, weeks, around)
    scored = np.flatnonzero([verdict is None for verdict in verdicts])
    names = histories.numbers.tolist()
    unknown = np.flatnonzero(
        [v in BY_GAPS and n not in around.gone for n, v in zip(names, verdicts, strict=True)]
    )
    filled = {
        row.customer: row
        for row in (
            *_filled(histories, weeks.take(scored), scored, numbers, around, evaluation),
            *by_gaps(histories, unknown, numbers, around, evaluation),
        )
    }
    return [
        filled.get(number)
        or StandingRow(
            evaluation,
            number,
            verdict or "steady",
            currency=histories.currency[row],
            rep=around.reps.get(number),
        )
        for row, (number, verdict) in enumerate(zip(names, verdicts, strict=True))
    ]


def _unscored(histories: Histories, weeks: Weeks, around: Circumstances) -> list[Verdict | None]:
    """The verdict of whoever cannot be scored; None for the others."""
    kinds = judged(weeks)
    lost, young = kinds.already_lost.tolist(), kinds.too_little_history.tolist()
    found: list[Verdict | None] = []
    for row, number in enumerate(histories.numbers.tolist()):
        if number in around.held:
            found.append(around.held[number])
        elif lost[row] or number in around.gone:
            found.append("already_lost")
        elif young[row]:
            found.append("too_little_history")
        else:
            found.append("no_rate" if histories.no_rate[row] else None)
    return found


def _filled(
    histories: Histories,
    weeks: Weeks,
    rows: Ints,
    numbers: Numbers,
    around: Circumstances,
    evaluation: int,
) -> Iterator[StandingRow]:
    """The standings of the scored rows; `weeks` are theirs."""
    scores = score(weeks, numbers.portfolio, numbers.means)
    names = histories.numbers[rows].tolist()
    asked = _asked(scores.score, names, numbers, around)
    sure = confirmed(weeks, numbers.portfolio, numbers.means, scores.score, asked)
    own = 1 / histories.scale[rows]  # from the company's money to the customer's
    usual, now = to_units(scores.usual * own), to_units(scores.now * own)
    margins = [around.margins.get(number) for number in names]
    risk = at_risk(usual, now, margins)
    eased = score_members(histories, around.causes, numbers, rows.tolist())
    columns = zip(
        rows.tolist(),
        names,
        scores.score.tolist(),
        _counting(scores.score, sure, names, eased),
        zip(*(getattr(scores, part).tolist() for part in PARTS), strict=True),
        zip(usual.tolist(), now.tolist(), risk.tolist(), strict=True),
        zip(scores.window_weeks.tolist(), margins, strict=True),
        strict=True,
    )
    for row, number, plain, counts, parts, money, rest in columns:
        left = around.left.get(number)
        beside = _beside(around, number)
        found = judge(counts, beside, around, number, numbers, eased.get(number))
        worth, missing = money[0], money[2]
        if found.basis == CATEGORY and left is not None:
            worth, missing = left.weekly, yearly(left.weekly, around.margins.get(number))
        order = priority(found.ranked_by, worth, float(histories.scale[row]))
        currency, rep = histories.currency[row], around.reps.get(number)
        head = (evaluation, number, found.verdict, plain + beside, *parts, *money[:2], missing)
        raised = around.pasts.get(number, NOTHING_PAST).raised or None
        short = counts + beside if counts < plain else None
        tail = (currency, rep, None, *rest, raised, found.basis, order, short)
        known: tuple[Any, ...] = (*head, *tail)
        yield StandingRow(*known)


def _asked(scores: Floats, names: Sequence[int], numbers: Numbers, around: Circumstances) -> Bools:
    """Of whom an alert depends on the season of the own segment and region, bool[n]."""
    if not numbers.portfolio.sectors or numbers.threshold is None or numbers.closing is None:
        return np.zeros(len(scores), bool)
    totals = scores + np.array([_beside(around, number) for number in names])
    living = np.array([around.pasts.get(number, NOTHING_PAST).living for number in names], bool)
    asked: Bools = totals >= np.where(living, numbers.closing, numbers.threshold)
    return asked


def _counting(
    scores: Floats, sure: Floats, names: Sequence[int], eased: Mapping[int, Eased]
) -> list[float]:
    """What counts of each score: what is confirmed, and a fall that many share is no season."""
    free = [eased[number].unaware if number in eased else -np.inf for number in names]
    found: list[float] = np.minimum(scores, np.maximum(sure, free)).tolist()
    return found


def _beside(around: Circumstances, number: int) -> float:
    """The log odds of everything but the weeks."""
    left = around.left.get(number)
    return around.evidence.get(number, 0.0) + (left.weight if left else 0.0)


def needs_seller(rows: Sequence[StandingRow]) -> list[int]:
    """Customers without a rep in the master data whom the score or an alert puts on a list."""
    return [row.customer for row in rows if row.rep is None and row.verdict in CALLED]
