"""How one customer's score came about: all that it was made of, kept to be computed again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, Self

import numpy as np

from shared.domain.evidence import Item
from shared.domain.likelihood import Weights, contribution
from shared.domain.portfolio import Portfolio
from shared.domain.score import WEIGHTS, score
from shared.domain.sector import sectors
from shared.domain.weeks import Weeks

EQUAL = 1e-9  # log odds; two ways of adding up may differ in the last digit


@dataclass(frozen=True, slots=True)
class Weekly:
    """A customer's weeks as the score takes them, oldest first.

    `spend` in the company's money, `days` of purchases; `first` is the place of the week of the
    first purchase, negative if it lies before them all. `sector` is whose season the customer
    follows, segment and region; None where neither is known.
    """

    spend: tuple[float, ...]
    days: tuple[float, ...]
    first: int
    sector: tuple[str | None, str | None] | None = None

    @classmethod
    def of(cls, weeks: Weeks) -> Self:
        """The only customer of `weeks`."""
        sector = None if weeks.sectors is None else tuple(weeks.sectors[0])
        spend, days = weeks.spend[0].tolist(), weeks.days[0].tolist()
        return cls(tuple(spend), tuple(days), int(weeks.first[0]), sector)

    def weeks(self) -> Weeks:
        """As the score takes them."""
        known = None if self.sector is None else sectors([self.sector])
        spend, days = np.array([self.spend]), np.array([self.days])
        return Weeks(spend, days, np.array([self.first]), known)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What dataclasses.asdict made of it, after a journey as JSON."""
        sector = stored.get("sector")
        spend, days = tuple(stored["spend"]), tuple(stored["days"])
        return cls(spend, days, stored["first"], None if sector is None else tuple(sector))


@dataclass(frozen=True, slots=True)
class Steps:
    """From seven parts to a score, in log odds.

    `parts` by name, before their weights; `raw` their weighted sum; `shift` is taken off for
    what the whole portfolio did; `added` by the evidence, one for each item; `score` at the end.
    """

    parts: Mapping[str, float]
    raw: float
    shift: float
    added: tuple[float, ...]
    score: float

    def equals(self, other: "Steps") -> bool:
        """Whether both come to the same score by the same steps."""
        mine, theirs = self._numbers(), other._numbers()
        return len(mine) == len(theirs) and all(
            abs(one - two) <= EQUAL for one, two in zip(mine, theirs, strict=True)
        )

    def _numbers(self) -> list[float]:
        parts = [self.parts[name] for name in WEIGHTS]
        return [*parts, self.raw, self.shift, *self.added, self.score]


@dataclass(frozen=True, slots=True)
class Calculation:
    """What a score was made of, and its steps.

    `evaluation` has the portfolio's numbers. `day` is when the evidence was weighed, by `ratios`
    (the fields of Weights); `evidence` are the items that were known.
    """

    evaluation: int
    day: date
    weekly: Weekly
    evidence: tuple[Item, ...]
    ratios: Mapping[str, float]
    steps: Steps

    def again(self, portfolio: Portfolio, means: Sequence[float]) -> Steps:
        """The steps once more, from what was kept."""
        return steps(self.weekly, self.evidence, self.day, Weights(**self.ratios), portfolio, means)

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it, exactly; `from_dict` reads it back."""
        return {**asdict(self), "day": self.day.isoformat()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        found = stored["steps"]
        return cls(
            stored["evaluation"],
            date.fromisoformat(stored["day"]),
            Weekly.from_dict(stored["weekly"]),
            tuple(stored["evidence"]),
            stored["ratios"],
            Steps(**{**found, "added": tuple(found["added"])}),
        )


def steps(
    weekly: Weekly,
    evidence: Sequence[Item],
    day: date,
    weights: Weights,
    portfolio: Portfolio,
    means: Sequence[float],
) -> Steps:
    """Score one customer; `means` as in domain.score.score."""
    found = score(weekly.weeks(), portfolio, means)
    added = tuple(contribution(item, day, weights) for item in evidence)
    raw, plain = float(found.raw[0]), float(found.score[0])
    parts = {name: float(getattr(found, name)[0]) for name in WEIGHTS}
    return Steps(parts, raw, raw - plain, added, plain + sum(added))


def calculate(
    evaluation: int,
    weekly: Weekly,
    evidence: Sequence[Item],
    day: date,
    weights: Weights,
    portfolio: Portfolio,
    means: Sequence[float],
) -> Calculation:
    """The calculation to keep; arguments as in `steps`."""
    made = steps(weekly, evidence, day, weights, portfolio, means)
    return Calculation(evaluation, day, weekly, tuple(evidence), asdict(weights), made)


@dataclass(frozen=True, slots=True)
class ChangedWeek:
    """A week that is not what it was: its place, counted back from the judged week (0)."""

    back: int
    spend_then: float
    spend_now: float
    days_then: float
    days_now: float


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between a kept calculation and one from today's data.

    `weeks` in order, the oldest first; `gone` and `new` are items of evidence; `first` whether
    the first purchase is another, `sector` whether segment or region are.
    """

    weeks: tuple[ChangedWeek, ...]
    gone: tuple[Item, ...]
    new: tuple[Item, ...]
    first: bool
    sector: bool


NO_CHANGES = Changes((), (), (), first=False, sector=False)


def changes(then: Calculation, now: Calculation) -> Changes:
    """What has changed from `then` to `now`, both of the same weeks."""
    before, after = then.weekly, now.weekly
    pairs = zip(before.spend, after.spend, before.days, after.days, strict=True)
    weeks = tuple(
        ChangedWeek(len(before.spend) - 1 - place, *pair)
        for place, pair in enumerate(pairs)
        if abs(pair[0] - pair[1]) > EQUAL or pair[2] != pair[3]
    )
    gone = tuple(item for item in then.evidence if item not in now.evidence)
    new = tuple(item for item in now.evidence if item not in then.evidence)
    moved = before.sector != after.sector
    return Changes(weeks, gone, new, first=before.first != after.first, sector=moved)


@dataclass(frozen=True, slots=True)
class Recount:
    """A kept calculation, its steps computed anew from what was kept, and anew from today's data.

    `today` is None where today's data give no score: too few weeks are left, say.
    """

    kept: Calculation
    again: Steps
    today: Calculation | None

    @property
    def outcome(self) -> Literal["equal", "changed", "unscored", "method"]:
        """`method`: what was kept leads elsewhere now, so the way of computing has changed."""
        if not self.again.equals(self.kept.steps):
            return "method"
        if self.today is None:
            return "unscored"
        return "equal" if self.today.steps.equals(self.kept.steps) else "changed"

    @property
    def changes(self) -> Changes:
        """What has changed since in the data."""
        return NO_CHANGES if self.today is None else changes(self.kept, self.today)
