"""Standings of occasional buyers."""

from collections.abc import Iterator

import numpy as np

from services.detector.amounts import at_risk, rounded, to_units
from services.detector.buyers import Ints
from services.detector.histories import Histories
from services.detector.members import gaps_of_members
from services.detector.numbers import Numbers
from services.detector.occasional import EasedGap, Occasional, item_of, judge_occasional
from services.detector.verdicts import GAP, Circumstances
from shared.domain.evidence import Item
from shared.domain.money import to_text
from shared.domain.verdict import NOTHING_PAST, priority
from shared.storage.standings import StandingRow


def by_gaps(
    histories: Histories,
    rows: Ints,
    numbers: Numbers,
    around: Circumstances,
    evaluation: int,
) -> Iterator[StandingRow]:
    """The standings of those of `rows` whom their own gaps can judge."""
    gaps = numbers.gaps
    if gaps is None or not len(rows):
        return
    found = judge_occasional(histories, rows, gaps)
    members = gaps_of_members(histories, around.causes, numbers, rows.tolist())
    usual = to_units(found.weekly)
    now = np.where(found.overdue, 0, usual)
    names = histories.numbers[found.rows].tolist()
    margins = [around.margins.get(number) for number in names]
    risk = at_risk(usual, now, margins)
    for place, (row, number) in enumerate(zip(found, names, strict=True)):
        beside = around.evidence.get(number, 0.0)
        past = around.pasts.get(number, NOTHING_PAST)
        plain, eased = float(found.said.score[place]), members.get(number)
        counts, chance = _counting(found, place, eased)
        ranked_by = counts + beside
        verdict = gaps.verdict(ranked_by, chance, past)
        if eased is not None and not past.living:
            ranked_by = eased.following + beside
            if verdict != "steady" and gaps.verdict(ranked_by, chance, past) == "steady":
                verdict = "held_common_cause"
        # As far above the floor as somebody of the same score is above the score's own.
        ranked_by += (numbers.threshold or 0.0) - (gaps.threshold or 0.0)
        yield StandingRow(
            evaluation,
            number,
            verdict,
            score=plain + beside,
            weekly_usual=int(usual[place]),
            weekly_now=int(now[place]),
            value_at_risk=int(risk[place]),
            currency=histories.currency[row],
            rep=around.reps.get(number),
            margin_rate=margins[place],
            raised=past.raised or None,
            basis=GAP,
            priority=priority(ranked_by, int(usual[place]), float(histories.scale[row])),
            confirmed=counts + beside if counts < plain else None,
        )


def _counting(found: Occasional, place: int, eased: EasedGap | None) -> tuple[float, float]:
    """What counts of one score, and the chance of so long a gap: as far as the own season confirms
    them, but a fall that many share is no season."""
    counts, chance = float(found.confirmed[place]), float(found.chance[place])
    if eased is None:
        return counts, chance
    score, long = float(found.said.score[place]), float(found.said.chance[place])
    return min(score, max(counts, eased.unaware)), max(long, min(chance, eased.chance))


def gap_items(histories: Histories, row: StandingRow, numbers: Numbers) -> list[Item]:
    """How one occasional buyer buys, the only row of `histories`, and for how long not."""
    if numbers.gaps is None:
        return []
    found = judge_occasional(histories, np.zeros(1, np.int64), numbers.gaps)
    if not len(found.rows):
        return []
    amount = rounded(int(to_units(found.ticket)[0]))
    return [item_of(found, 0, to_text(amount), row.currency or "")]
