"""What is planted: what remains of whose buying from when on, and what is said about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.simulation.chance import Floats, Ints
from services.simulation.people import SimulatedCustomer
from services.simulation.trades import CATEGORIES
from shared.contract.truth import TruthRow
from shared.domain.week import DAYS, day_date

KNOWN_WEEKS = 13  # of a customer's history before anything changes
_LAST_WEEKS = 8  # nothing changes in them: it could not be found any more


@dataclass(frozen=True, slots=True)
class Step:
    """From day `starts` to `ends` (None: for good) `rate` of the usual buying remains; with a
    `category` (its number) of that category's.
    """

    number: int
    kind: str
    starts: int
    ends: int | None
    rate: float
    category: int | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Something a customer says or does beside buying, on a day."""

    number: int
    day: int
    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """The simulated time: day numbers of its first day and of the day after its last."""

    first: int
    end: int

    @property
    def weeks(self) -> int:
        return (self.end - self.first) // DAYS

    def change_days(self) -> tuple[int, int]:
        """Between these two, in the second half, changes begin."""
        latest = max(self.weeks - _LAST_WEEKS, 2)
        earliest = min(self.weeks // 2, latest - 1)
        return self.first + DAYS * earliest, self.first + DAYS * latest


@dataclass(frozen=True)
class Plan:
    """Everything that is planted, by step; `told` belongs to it."""

    steps: tuple[Step, ...]
    told: tuple[Told, ...]

    def truth(self, customers: Sequence[SimulatedCustomer], span: Span) -> list[TruthRow]:
        """At least one row for each customer: `steady` where nothing happens."""
        changed: dict[int, list[Step]] = {}
        for step in self.steps:
            changed.setdefault(step.number, []).append(step)
        return [
            _row(customer, step)
            for customer in customers
            for step in changed.get(customer.number)
            or [Step(customer.number, "steady", max(span.first, customer.since), None, 1.0)]
        ]


class Levels:
    """The steps as arrays, to look up what remains on some days."""

    def __init__(self, steps: Sequence[Step], customers: int) -> None:
        forever = np.iinfo(np.int64).max
        self._customers = customers
        self._number = np.array([step.number for step in steps], np.int64)
        self._starts = np.array([step.starts for step in steps], np.int64)
        ends = [forever if step.ends is None else step.ends for step in steps]
        self._ends = np.array(ends, np.int64)
        self._rate = np.array([step.rate for step in steps], np.float64)
        category = [-1 if step.category is None else step.category for step in steps]
        self._category = np.array(category, np.int64)

    def of_buying(self, numbers: Ints, days: Ints) -> Floats:
        """What remains of all buying, customers `numbers` by days."""
        found = np.ones((self._customers, len(days)))
        for column, day in enumerate(days.tolist()):
            now = self._on(day) & (self._category < 0)
            np.multiply.at(found[:, column], self._number[now], self._rate[now])
        return found[numbers]

    def of_categories(self, numbers: Ints, days: Ints) -> Floats:
        """What remains of each category, customers `numbers` by days by categories."""
        found = np.ones((self._customers, len(days), len(CATEGORIES)))
        for column, day in enumerate(days.tolist()):
            now = self._on(day) & (self._category >= 0)
            at = self._number[now], self._category[now]
            np.multiply.at(found[:, column, :], at, self._rate[now])
        return found[numbers]

    def _on(self, day: int) -> NDArray[np.bool_]:
        return (self._starts <= day) & (day <= self._ends)


def _row(customer: SimulatedCustomer, step: Step) -> TruthRow:
    return TruthRow(
        customer=customer.id,
        kind=step.kind,
        starts=day_date(step.starts),
        ends=None if step.ends is None else day_date(step.ends),
        rate=step.rate,
        category="" if step.category is None else CATEGORIES[step.category],
        cause=step.cause,
        trade=customer.trade,
    )
