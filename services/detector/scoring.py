"""Standings of many customers at once: who can be judged, their scores and their verdicts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.detector.histories import Histories
from services.detector.numbers import Numbers
from shared.domain.money import UNITS
from shared.domain.score import score
from shared.domain.verdict import NOTHING_PAST, Past, Verdict, by_score
from shared.domain.weeks import Weeks, judged
from shared.storage.standings import StandingRow

WEEKS_A_YEAR = 52
MOST_UNITS = 1e17  # a week; nonsense amounts must not end an evaluation
PARTS = ("change", "outlook", "level4", "longrun", "dips", "swing", "tenure", "raw")
CALLED = ("alert", "below_budget", "paused", "dismissed", "snoozed")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What bears on verdicts besides the weeks; each by customer number.

    `held`: whose data are not complete; `evidence`: log odds beside buying; `pasts`: newest
    alerts; `reps`: whose customer it is; `margins`: what is left of the revenue, as a share.
    """

    held: Mapping[int, Verdict] = field(default_factory=dict)
    evidence: Mapping[int, float] = field(default_factory=dict)
    pasts: Mapping[int, Past] = field(default_factory=dict)
    reps: Mapping[int, str] = field(default_factory=dict)
    margins: Mapping[int, str] = field(default_factory=dict)


def standings(
    histories: Histories, numbers: Numbers, around: Circumstances, evaluation: int
) -> list[StandingRow]:
    """A row for every customer, in the order of the histories.

    `below_budget` stands for every candidate: ranks are given once all are known.
    """
    weeks = histories.weeks()
    verdicts = _unscored(histories, weeks, around.held)
    scored = np.flatnonzero([verdict is None for verdict in verdicts])
    filled = _filled(histories, weeks.take(scored), scored, numbers, around, evaluation)
    return [
        StandingRow(
            evaluation,
            number,
            verdict,
            currency=histories.currency[row],
            rep=around.reps.get(number),
        )
        if verdict is not None
        else next(filled)
        for row, (number, verdict) in enumerate(
            zip(histories.numbers.tolist(), verdicts, strict=True)
        )
    ]


def _unscored(
    histories: Histories, weeks: Weeks, held: Mapping[int, Verdict]
) -> list[Verdict | None]:
    """The verdict of whoever cannot be scored; None for the others."""
    kinds = judged(weeks)
    lost, young = kinds.already_lost.tolist(), kinds.too_little_history.tolist()
    found: list[Verdict | None] = []
    for row, number in enumerate(histories.numbers.tolist()):
        if number in held:
            found.append(held[number])
        elif lost[row]:
            found.append("already_lost")
        elif young[row]:
            found.append("too_little_history")
        else:
            found.append("no_rate" if histories.no_rate[row] else None)
    return found


def _filled(
    histories: Histories,
    weeks: Weeks,
    rows: NDArray[np.int64],
    numbers: Numbers,
    around: Circumstances,
    evaluation: int,
) -> Iterator[StandingRow]:
    """The standings of the scored rows; `weeks` are theirs."""
    scores = score(weeks, numbers.portfolio, numbers.means)
    own = 1 / histories.scale[rows]  # from the company's money to the customer's
    usual, now = to_units(scores.usual * own), to_units(scores.now * own)
    margins = [around.margins.get(number) for number in histories.numbers[rows].tolist()]
    risk = _at_risk(usual, now, margins)
    columns = zip(
        rows.tolist(),
        histories.numbers[rows].tolist(),
        scores.score.tolist(),
        zip(*(getattr(scores, part).tolist() for part in PARTS), strict=True),
        zip(usual.tolist(), now.tolist(), risk.tolist(), strict=True),
        zip(scores.window_weeks.tolist(), margins, strict=True),
        strict=True,
    )
    for row, number, plain, parts, money, rest in columns:
        total = plain + around.evidence.get(number, 0.0)
        past = around.pasts.get(number, NOTHING_PAST)
        verdict = _verdict(total, numbers, past)
        currency, rep = histories.currency[row], around.reps.get(number)
        last = (currency, rep, None, *rest, past.raised or None)
        yield StandingRow(*(evaluation, number, verdict, total, *parts, *money, *last))


def _at_risk(
    usual: NDArray[np.int64], now: NDArray[np.int64], margins: Sequence[str | None]
) -> NDArray[np.int64]:
    """What would be missing in a year: of the margin where it is known, else of the revenue."""
    revenue = np.maximum(usual - now, 0) * WEEKS_A_YEAR
    share = np.array([1.0 if one is None else float(one) for one in margins])
    risk: NDArray[np.int64] = np.rint(revenue * share).astype(np.int64)
    return risk


def to_units(money: NDArray[np.float64]) -> NDArray[np.int64]:
    """Ten-thousandths of computed money, no more than can be kept for a year."""
    return np.rint(np.minimum(money * UNITS, MOST_UNITS)).astype(np.int64)


def _verdict(total: float, numbers: Numbers, past: Past) -> Verdict:
    if numbers.threshold is None or numbers.closing is None:
        return "steady"
    return by_score(total, threshold=numbers.threshold, closing=numbers.closing, past=past)


def needs_seller(rows: Sequence[StandingRow]) -> list[int]:
    """Customers without a rep in the master data whom the score or an alert puts on a list."""
    return [row.customer for row in rows if row.rep is None and row.verdict in CALLED]
