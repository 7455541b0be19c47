"""Changes of single customers: who leaves, fades, complains first, is away, and the like."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from services.simulation.chance import Chance, Floats
from services.simulation.people import SimulatedCustomer, dealt
from services.simulation.plan import KNOWN_WEEKS, Plan, Span, Step, Told
from shared.domain.week import DAYS

_FADING = (0.75, 0.5, 0.3, 0.15, 0.0)
_WARNED = frozenset({"complained", "missed_payment", "detractor"})
_BOUGHT = 0.3  # a category is missed by whoever had it in so many of the orders
_TOPICS = ("late delivery", "damaged goods", "wrong invoice", "rude driver")


def own_changes(
    chance: Chance,
    customers: Sequence[SimulatedCustomer],
    often: Floats,
    span: Span,
    shares: Mapping[str, float],
) -> Plan:
    """Deals the kinds of change by their shares of the customers.

    `often` says how often each customer buys each category.
    """
    kinds = dealt(chance, "change", shares, np.arange(len(customers)), total=1.0)
    steps: list[Step] = []
    told: list[Told] = []
    for customer, kind in zip(customers, kinds, strict=True):
        if kind:
            change = _Change(chance, customer, kind, span)
            steps += change.steps(often[customer.number])
            told += change.told()
    return Plan(tuple(steps), tuple(told))


class _Change:
    """One change of one customer."""

    def __init__(self, chance: Chance, customer: SimulatedCustomer, kind: str, span: Span) -> None:
        self._chance = chance
        self._number = customer.number
        self._kind = kind
        self._known = max(span.first, customer.since)
        low, high = span.change_days()
        low = max(low, min(customer.since + DAYS * KNOWN_WEEKS, high - 1))
        self._day = low + self._draw(high - low, "changes on")

    def steps(self, often: Floats) -> Iterator[Step]:
        day, kind = self._day, self._kind
        if kind in _WARNED:
            falls = day + 7 + self._draw(28, "warned before")
            yield self._step(day, falls - 1, 1.0)
            yield self._step(falls, None, 0.0)
        elif kind == "neglected":
            told = day - 63 - self._draw(35, "unvisited for")
            yield self._step(max(told, self._known), day - 1, 1.0)
            yield self._step(day, None, 0.0)
        elif kind == "left":
            yield self._step(day, None, 0.0)
        elif kind == "faded":
            yield from self._fading()
        elif kind == "cancelled":
            yield self._step(day, day + 6, 0.5)
            yield self._step(day + 7, None, 0.0)
        elif kind == "away":
            yield self._step(day, day + DAYS * (4 + self._draw(6, "away for")) - 1, 0.0)
        elif kind == "lost_category":
            bought = np.flatnonzero(often >= _BOUGHT)
            category = int(bought[self._draw(len(bought), "lost")])
            yield Step(self._number, kind, day, None, 0.0, category)
        elif kind == "large_order":
            yield self._step(day, day + DAYS - 1, 12.0)
        elif kind == "grew":
            yield self._step(day, None, 1.6)
        else:  # returns: a sort of customer, from the beginning
            yield self._step(self._known, None, 1.0)

    def told(self) -> Iterator[Told]:
        """What the customer says or leaves undone."""
        day = self._day
        if self._kind == "missed_payment":
            yield Told(self._number, day, "payment", {"status": "missed"})
        elif self._kind == "detractor":
            survey = {"kind": "nps", "score": self._draw(6, "score")}
            yield Told(self._number, day, "survey", survey)
        elif self._kind == "complained":
            topic = _TOPICS[self._draw(len(_TOPICS), "topic")]
            for turn in range(1 + self._draw(3, "complaints")):
                severity = "high" if turn else "medium"
                data = {"severity": severity, "topic": topic, "channel": "call_centre"}
                yield Told(self._number, day + 4 * turn, "complaint", data)
        elif self._kind == "cancelled":
            for later, stage in ((0, "requested"), (21, "confirmed")):
                data = {"stage": stage, "reason": "competitor"}
                yield Told(self._number, day + later, "cancellation", data)

    def _fading(self) -> Iterator[Step]:
        lasts = 10 + self._draw(12, "fading")
        for turn, rate in enumerate(_FADING[:-1]):
            starts = self._day + lasts * turn
            yield self._step(starts, starts + lasts - 1, rate)
        yield self._step(self._day + lasts * (len(_FADING) - 1), None, _FADING[-1])

    def _step(self, starts: int, ends: int | None, rate: float) -> Step:
        return Step(self._number, self._kind, starts, ends, rate)

    def _draw(self, count: int, purpose: str) -> int:
        return int(self._chance.below(count, purpose, self._number)[0])
