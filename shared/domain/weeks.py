"""The weeks of many customers as matrices, and which customers can be judged by them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

RECENT = 26
ACTIVE_WEEKS = 8
YOUNG_WEEKS = 13
SILENT_WEEKS = 12
FREE_RECENT = 3  # the weeks just before the judged one are no part of the baseline, nor is it
SEASON_NEEDS = 1000


@dataclass(frozen=True, slots=True)
class Weeks:
    """n customers in w consecutive weeks; the last column is the judged week t.

    Columns begin no earlier than the first whole week of the company's data.

    spend: float64[n, w], money in one currency, never negative.
    days:  float64[n, w], days with a purchase in the week, 0 to 7.
    first: int64[n], column of the first purchase ever; negative if before column 0, w or more
           if there is none.
    sectors: Sector[n], whose season each follows; None where no segment or region is known.
    """

    spend: Floats
    days: Floats
    first: Ints
    sectors: npt.NDArray[np.object_] | None = None

    def __post_init__(self) -> None:
        if self.spend.shape != self.days.shape or len(self.spend) != len(self.first):
            raise ValueError("spend, days and first must tell of the same customers and weeks")

    def __len__(self) -> int:
        return len(self.first)

    def take(self, rows: Ints | Bools | slice) -> "Weeks":
        """The same weeks of some of the customers: their indices, a mask, or a slice."""
        sectors = None if self.sectors is None else self.sectors[rows]
        return Weeks(self.spend[rows], self.days[rows], self.first[rows], sectors)


@dataclass(frozen=True, slots=True)
class Judged:
    """Three masks; each customer is in exactly one of them."""

    judged: Bools
    already_lost: Bools
    too_little_history: Bools


def judged(weeks: Weeks) -> Judged:
    """Who has weeks enough to be judged, and why the others have not.

    Judged needs 8 of the last 26 weeks with purchases, a first purchase at least 13 weeks ago,
    a purchase in the last 12 weeks, and money spent in the baseline's weeks. A customer who
    once bought and has now been silent for 12 weeks is lost already, whatever else is missing;
    where the columns are fewer, whoever bought before them is merely new.
    """
    week = weeks.spend.shape[1] - 1
    active = (weeks.spend[:, -RECENT:] > 0) & (weeks.days[:, -RECENT:] > 0)
    recently = active[:, -SILENT_WEEKS:].any(axis=1)
    enough = active.sum(axis=1) >= ACTIVE_WEEKS
    old = week - weeks.first >= YOUNG_WEEKS
    usual = active[:, : -1 - FREE_RECENT].any(axis=1)
    mask = enough & old & recently & usual
    lost = ~recently & (weeks.first <= week - SILENT_WEEKS)
    return Judged(mask, lost, ~mask & ~lost)


def closed_cohort(newcomers: int, seen: int) -> bool:
    """Whether hardly anybody joins any more, so that a fall of the total is no season.

    newcomers: customers whose first purchase lies in the last 13 weeks.
    seen: all customers who ever bought up to the judged week.
    """
    return newcomers * SEASON_NEEDS < seen
