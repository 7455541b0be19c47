"""A score that was kept, beside the same score computed again: equal, or what has changed since."""

from dataclasses import dataclass
from typing import Literal

from shared.domain.calculation import EQUAL, Calculation, Steps
from shared.domain.evidence import Item
from shared.domain.taken import PurchaseDays, Taken, Weekly


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
    the first purchase is another, `sector` whether segment or region are, `basis` whether the
    customer is judged by something else now, the weeks or own gaps. `bought` and `unbought`:
    purchase days of an occasional buyer that became known or are no more, in days before the
    judgement, the oldest first. `shelves`: categories whose days are others.
    """

    weeks: tuple[ChangedWeek, ...] = ()
    gone: tuple[Item, ...] = ()
    new: tuple[Item, ...] = ()
    first: bool = False
    sector: bool = False
    basis: bool = False
    bought: tuple[int, ...] = ()
    unbought: tuple[int, ...] = ()
    shelves: tuple[str, ...] = ()


NO_CHANGES = Changes()


def changes(then: Calculation, now: Calculation) -> Changes:
    """What has changed from `then` to `now`, both of the same weeks."""
    one, two = then.taken, now.taken
    gone = tuple(item for item in then.evidence if item not in now.evidence)
    new = tuple(item for item in now.evidence if item not in then.evidence)
    shelves = _shelves(one, two)
    if one.weekly is not None and two.weekly is not None:
        first = one.weekly.first != two.weekly.first
        moved = one.weekly.sector != two.weekly.sector
        weeks = _weeks(one.weekly, two.weekly)
        return Changes(weeks, gone, new, first, moved, shelves=shelves)
    if one.purchases is not None and two.purchases is not None:
        moved = one.purchases.sector != two.purchases.sector
        bought = _only(two.purchases, one.purchases)
        unbought = _only(one.purchases, two.purchases)
        return Changes((), gone, new, sector=moved, bought=bought, unbought=unbought)
    return Changes((), gone, new, basis=True, shelves=shelves)


def _weeks(before: Weekly, after: Weekly) -> tuple[ChangedWeek, ...]:
    pairs = zip(before.spend, after.spend, before.days, after.days, strict=True)
    return tuple(
        ChangedWeek(len(before.spend) - 1 - place, *pair)
        for place, pair in enumerate(pairs)
        if abs(pair[0] - pair[1]) > EQUAL or pair[2] != pair[3]
    )


def _only(one: PurchaseDays, other: PurchaseDays) -> tuple[int, ...]:
    """The days of one that the other has not."""
    return tuple(sorted({*one.ago} - {*other.ago}, reverse=True))


def _shelves(one: Taken, two: Taken) -> tuple[str, ...]:
    """Categories that only one has, or of which they have other days."""
    return tuple(sorted({shelf.category for shelf in {*one.shelves} ^ {*two.shelves}}))


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
