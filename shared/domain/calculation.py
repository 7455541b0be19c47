"""How one customer's score came about: all that it was made of, kept to be computed again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Self

from shared.domain.defection import UNKNOWN, Tastes, odds
from shared.domain.evidence import Item
from shared.domain.gaps import Rhythms, silence
from shared.domain.likelihood import Weights, contribution
from shared.domain.portfolio import Portfolio
from shared.domain.score import WEIGHTS, confirmed, score
from shared.domain.sector import SectorSeason
from shared.domain.taken import PurchaseDays, Taken, Weekly

EQUAL = 1e-9  # log odds; two ways of adding up may differ in the last digit


@dataclass(frozen=True, slots=True)
class Learnt:
    """What an evaluation learnt from everybody, and judges each by.

    `means` as in domain.score.score. `rhythms` are those of occasional buyers, None where nobody
    is judged by own gaps; `seasons` of their days, the portfolio's own first.
    """

    portfolio: Portfolio
    means: Sequence[float] = ()
    rhythms: Rhythms | None = None
    seasons: tuple[SectorSeason, ...] = ()
    tastes: Tastes = UNKNOWN


@dataclass(frozen=True, slots=True)
class Steps:
    """From its parts to a score, in log odds.

    `parts` by name: the seven of the score before their weights, or the numbers of own gaps.
    `raw` is what they come to; `shift` is taken off for what the whole portfolio did; `added` by
    the evidence, one for each item; `score` at the end. `left`: of each category that was left,
    the log odds of that. `confirmed`: what the season of the own segment and region leaves of the
    score, None where it is all of it.
    """

    parts: Mapping[str, float]
    raw: float
    shift: float
    added: tuple[float, ...]
    score: float
    left: Mapping[str, float] = field(default_factory=dict)
    confirmed: float | None = None

    def equals(self, other: "Steps") -> bool:
        """Whether both come to the same score by the same steps."""
        mine, theirs = self._numbers(), other._numbers()
        return mine.keys() == theirs.keys() and all(
            abs(mine[name] - theirs[name]) <= EQUAL for name in mine
        )

    def _numbers(self) -> dict[str, float]:
        return {
            **{f"part {name}": value for name, value in self.parts.items()},
            **{f"left {name}": value for name, value in self.left.items()},
            **{f"added {place}": value for place, value in enumerate(self.added)},
            **{name: getattr(self, name) for name in ("raw", "shift", "score")},
            **({} if self.confirmed is None else {"confirmed": self.confirmed}),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What dataclasses.asdict made of it, after a journey as JSON."""
        return cls(**{**stored, "added": tuple(stored["added"])})


@dataclass(frozen=True, slots=True)
class Calculation:
    """What a score was made of, and its steps.

    `evaluation` has the portfolio's numbers. `day` is when the evidence was weighed, by `ratios`
    (the fields of Weights); `evidence` are the items that were known.
    """

    evaluation: int
    day: date
    taken: Taken
    evidence: tuple[Item, ...]
    ratios: Mapping[str, float]
    steps: Steps

    def again(self, learnt: Learnt) -> Steps:
        """The steps once more, from what was kept."""
        return steps(self.taken, self.evidence, self.day, Weights(**self.ratios), learnt)

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it, exactly; `from_dict` reads it back."""
        return {**asdict(self), "day": self.day.isoformat()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        taken = stored.get("taken")
        if taken is None:  # an earlier version knew nothing but the score
            taken = {"weekly": stored["weekly"], "purchases": None, "shelves": []}
        return cls(
            stored["evaluation"],
            date.fromisoformat(stored["day"]),
            Taken.from_dict(taken),
            tuple(stored["evidence"]),
            stored["ratios"],
            Steps.from_dict(stored["steps"]),
        )


def steps(
    taken: Taken, evidence: Sequence[Item], day: date, weights: Weights, learnt: Learnt
) -> Steps:
    """Judge one customer by the weeks or by own gaps. Raises ValueError where neither is taken."""
    added = tuple(contribution(item, day, weights) for item in evidence)
    least: float | None = None
    if taken.weekly is not None:
        parts, raw, shift, least = _by_score(taken.weekly, learnt)
    elif taken.purchases is not None and learnt.rhythms is not None:
        parts, raw, least = _by_gaps(taken.purchases, learnt.rhythms, learnt.seasons)
        shift = 0.0
    else:
        raise ValueError("neither weeks nor purchase days are known to judge by")
    left = {
        shelf.category: float(odds(shelf.baskets(), learnt.tastes)[0]) for shelf in taken.shelves
    }
    total = raw - shift + sum(added)
    return Steps(
        parts, raw, shift, added, total, left, None if least is None else least + sum(added)
    )


def _by_score(
    weekly: Weekly, learnt: Learnt
) -> tuple[dict[str, float], float, float, float | None]:
    """The seven parts, raw and shift, and what the own season confirms, if that is less."""
    weeks = weekly.weeks()
    found = score(weeks, learnt.portfolio, learnt.means)
    raw, plain = float(found.raw[0]), float(found.score[0])
    sure = float(confirmed(weeks, learnt.portfolio, learnt.means, found.score)[0])
    parts = {name: float(getattr(found, name)[0]) for name in WEIGHTS}
    return parts, raw, raw - plain, sure if sure < plain else None


def _by_gaps(
    purchases: PurchaseDays, rhythms: Rhythms, seasons: tuple[SectorSeason, ...]
) -> tuple[dict[str, float], float, float | None]:
    """What the silence is measured by, the log odds it comes to, and what the own season confirms,
    if that is less."""
    own = purchases.gaps(seasons[:1])
    said = silence(own, rhythms)
    raw = float(said.score[0])
    sure = float(silence(purchases.gaps(seasons), rhythms).score[0])
    parts = {
        "gaps": own.count,
        "usual": said.usual,
        "silent": own.season_silent,
        "chance": said.chance,
        "ahead": said.ahead,
        "gone": said.gone,
    }
    told = {name: float(value[0]) for name, value in parts.items()}
    return told, raw, sure if sure < raw else None


def calculate(
    evaluation: int,
    taken: Taken,
    evidence: Sequence[Item],
    day: date,
    weights: Weights,
    learnt: Learnt,
) -> Calculation:
    """The calculation to keep; arguments as in `steps`."""
    made = steps(taken, evidence, day, weights, learnt)
    return Calculation(evaluation, day, taken, tuple(evidence), asdict(weights), made)
