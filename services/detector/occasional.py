"""Occasional buyers, for whom the score knows too little: judged by their own gaps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.detector.histories import Histories
from shared.domain.day_seasons import day_seasons
from shared.domain.evidence import Item
from shared.domain.gaps import (
    LOOKED_BACK,
    RARE,
    Gaps,
    Rhythms,
    Silence,
    gaps,
    lately,
    learn,
    occasional,
    silence,
)
from shared.domain.holiday import HolidayWeeks
from shared.domain.season import flat_season
from shared.domain.sector import ANY, Seasons, Sector, SectorSeason
from shared.domain.verdict import Past, Verdict, by_score
from shared.domain.week import DAYS
from shared.domain.weeks import judged

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

THRESHOLD_WEEKS = 8
ENOUGH = 20  # silences that show which of them is long
_FLAT = tuple(flat_season().tolist())


@dataclass(frozen=True, slots=True)
class GapNumbers:
    """What holds for all occasional buyers. `threshold` and `closing` are None where too few are
    known; then nobody alerts by gaps. `seasons` of their days: the portfolio's own first, by which
    they score, and those of segments and regions, which confirm a score."""

    rhythms: Rhythms
    threshold: float | None
    closing: float | None
    seasons: tuple[SectorSeason, ...]

    def verdict(self, score: float, chance: float, past: Past) -> Verdict:
        """As of a scored customer, by the levels of occasional buyers; `score` is what counts of
        it, `chance` that of so long a gap: nobody alerts by what one gap in ten does."""
        if self.threshold is None or self.closing is None:
            return "steady"
        if chance > RARE and not past.living:
            return "steady"
        return by_score(score, threshold=self.threshold, closing=self.closing, past=past)

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "rhythms": self.rhythms.to_dict(),
            "threshold": self.threshold,
            "closing": self.closing,
            "seasons": [[list(each.sector), list(each.days)] for each in self.seasons],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        seasons = tuple(
            SectorSeason(Sector(*sector), tuple(days), tuple(days))
            for sector, days in stored["seasons"]
        )
        rhythms = Rhythms.from_dict(stored["rhythms"])
        return cls(rhythms, stored["threshold"], stored["closing"], seasons)


def gaps_of(histories: Histories, seasons: Sequence[SectorSeason], back: int = 0) -> Gaps:
    """Everybody's gaps as of `back` weeks ago; `seasons` of the 34 weeks up to today."""
    span, known = histories.span, Seasons(seasons)
    rows, days = np.nonzero(histories.bought)
    then = known.days[: len(known.days) - back]
    column = known.columns(histories.sectors, len(histories.numbers))
    return gaps(rows, days + span.start, span.as_of - back * DAYS, then, column)


def learn_gaps(
    histories: Histories,
    scored: Histories,
    *,
    closed_cohort: bool,
    holidays: HolidayWeeks | None,
    floor: float,
    closing: float,
) -> GapNumbers:
    """The rhythms of a sample of customers, and the levels from their scores of eight weeks.

    scored: others, whom the score judges; they show the season, too.
    """
    unscored = ~judged(histories.weeks()).judged
    plain = gaps_of(histories, (SectorSeason(ANY, _FLAT, _FLAT),))
    teach = histories.take(np.flatnonzero(unscored & lately(plain)))
    weeks = Histories.join([scored, teach]).weeks()
    seasons = day_seasons(weeks, closed_cohort=closed_cohort, holidays=holidays)
    rhythms = learn(gaps_of(histories, seasons[:1]).take(unscored))
    scores, sure = [np.empty(0)], [np.empty(0)]
    for back in range(min(THRESHOLD_WEEKS + 1, histories.span.columns)):
        said, own = _tier(histories, seasons, rhythms, back)
        scores.append(said.score)
        if own is not said:  # each is counted by both seasons, as those are whom the score judges
            sure.append(np.minimum(said.score, own.score))
    every = np.concatenate(scores)
    if len(every) < ENOUGH:
        return GapNumbers(rhythms, None, None, seasons)
    both = np.concatenate([every, *sure])
    threshold, close = np.quantile(both, (floor, closing)).tolist()
    return GapNumbers(rhythms, threshold, close, seasons)


def _tier(
    histories: Histories, seasons: Sequence[SectorSeason], rhythms: Rhythms, back: int
) -> tuple[Silence, Silence]:
    """The silences of those who were judged by their gaps `back` weeks ago, by both seasons."""
    own = gaps_of(histories, seasons[:1], back)
    rows = np.flatnonzero(occasional(own, rhythms) & ~judged(histories.weeks(back=back)).judged)
    return _silences(histories, rows, own.take(rows), seasons, rhythms, back)


def _silences(
    histories: Histories,
    rows: Ints,
    own: Gaps,
    seasons: Sequence[SectorSeason],
    rhythms: Rhythms,
    back: int = 0,
) -> tuple[Silence, Silence]:
    """What silences of `rows` say by the season of the portfolio (`own` are their gaps by it), and
    by that of the own segment and region: the very same where none are known."""
    said = silence(own, rhythms)
    if len(seasons) == 1:
        return said, said
    return said, silence(gaps_of(histories.take(rows), seasons, back), rhythms)


@dataclass(frozen=True, slots=True)
class Occasional:
    """Occasional buyers among histories: `rows` [k], with their gaps and what the silence says, by
    the portfolio's season; what it says by that of the own segment and region (`told`); and the
    usual money of a purchase day, float64[k] in the customer's currency."""

    rows: Ints
    own: Gaps
    said: Silence
    told: Silence
    ticket: Floats

    @property
    def confirmed(self) -> Floats:
        """As much of the score as the own season confirms."""
        return np.minimum(self.said.score, self.told.score)

    @property
    def chance(self) -> Floats:
        """That a gap lasts so long, by the season in which that is likelier."""
        return np.maximum(self.said.chance, self.told.chance)

    @property
    def weekly(self) -> Floats:
        """Usual money a week."""
        return self.ticket * DAYS / np.maximum(self.said.usual, 1.0)

    @property
    def overdue(self) -> NDArray[np.bool_]:
        """Who is silent for longer than usual."""
        return self.own.silent > self.said.usual

    def __iter__(self) -> Iterator[int]:
        return iter(self.rows.tolist())


@dataclass(frozen=True, slots=True)
class EasedGap:
    """Of a member of common causes: what counts of the score as these lead to expect, and as if
    there were none; `chance` of so long a gap as if there were none."""

    following: float
    unaware: float
    chance: float


def judge_occasional(histories: Histories, rows: Ints, numbers: GapNumbers) -> Occasional:
    """Those of `rows` who can be judged by their gaps."""
    some = histories.take(rows)
    own = gaps_of(some, numbers.seasons[:1])
    chosen = np.flatnonzero(occasional(own, numbers.rhythms) & ~some.no_rate)
    own = own.take(chosen)
    spent = some.spend[chosen, -LOOKED_BACK // DAYS :].sum(axis=1)
    days = np.maximum(some.bought[chosen, -LOOKED_BACK:].sum(axis=1), 1)
    said, told = _silences(some, chosen, own, numbers.seasons, numbers.rhythms)
    return Occasional(rows[chosen], own, said, told, spent / days)


def item_of(found: Occasional, place: int, amount: str, currency: str) -> Item:
    """The evidence of one of them; `amount` is the usual money of a purchase."""
    days = found.own.total[place] / max(found.own.count[place], 1.0)
    return {
        "kind": "gap",
        "usual_days": round(float(days), 1),
        "silent_days": int(found.own.silent[place]),
        "once_in": int(found.told.once_in[place]),
        "amount": amount,
        "currency": currency,
    }
