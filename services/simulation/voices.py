"""What happens beside buying: complaints, surveys, payments, visits.

Most of it means nothing: people who stay complain too. What belongs to a planted change comes from
the plan.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from services.simulation.baskets import Baskets, money_text
from services.simulation.chance import Chance, Ints
from services.simulation.events import Event, Writer
from services.simulation.people import SimulatedCustomer
from services.simulation.plan import Levels, Plan, Told
from services.simulation.trades import TRADES
from shared.domain.week import DAYS, day_date

# A week and customer, without any meaning.
_COMPLAINTS = 0.003
_SURVEYS = 0.008
_LATE_PAYMENTS = 0.002
_MISSED = 0.15  # of these
_DETRACTORS = 0.12
_RESOLVED = 0.9
_SEVERITIES = ("low", "low", "low", "medium", "medium", "high")
_TOPICS = ("late delivery", "wrong article", "damaged goods", "invoice")
_OPENS, _HOURS = 9, 8


class Voices:
    """The facts beside buying, by the week in which they begin; an answer may come later."""

    def __init__(
        self,
        chance: Chance,
        writer: Writer,
        customers: Sequence[SimulatedCustomer],
        baskets: Baskets,
        levels: Levels,
        plan: Plan,
    ) -> None:
        self._chance = chance
        self._writer = writer
        self._customers = customers
        self._baskets = baskets
        self._levels = levels
        self._told = sorted(plan.told, key=lambda fact: fact.day)
        self._numbers = np.arange(len(customers))
        self._since = np.array([customer.since for customer in customers], np.int64)
        self._visited_until = np.full(len(customers), np.iinfo(np.int64).max)
        for step in plan.steps:
            if step.kind == "neglected" and step.rate == 1:
                self._visited_until[step.number] = step.starts

    def week(self, first: int) -> Iterator[Event]:
        """Everything that begins in the seven days from `first` on."""
        for fact in self._told:
            if first <= fact.day < first + DAYS:
                yield from self._planned(fact)
        remains = self._levels.of_buying(self._numbers, np.array([first]))[:, 0]
        there = np.flatnonzero((self._since <= first) & (remains > 0))
        yield from self._complaints(first, self._some(there, _COMPLAINTS, "complains", first))
        yield from self._surveys(first, self._some(there, _SURVEYS, "answers", first))
        yield from self._payments(first, self._some(there, _LATE_PAYMENTS, "pays late", first))
        yield from self._visits(first, there)

    def _some(self, there: Ints, share: float, purpose: str, first: int) -> list[int]:
        found: list[int] = there[self._chance.uniform(purpose, there, first) < share].tolist()
        return found

    def _complaints(self, first: int, numbers: Sequence[int]) -> Iterator[Event]:
        for number in numbers:
            severity = _SEVERITIES[self._draw(len(_SEVERITIES), "severity", number, first)]
            topic = _TOPICS[self._draw(len(_TOPICS), "about", number, first)]
            data = {"severity": severity, "topic": topic, "channel": "call_centre"}
            day = first + self._draw(5, "complains on", number, first)
            said = self._fact("complaint", number, day, data)
            yield said
            if self._chance.uniform("resolved", number, first)[0] < _RESOLVED:
                after = day + 1 + self._draw(9, "resolved after", number, first)
                yield self._fact("complaint_resolved", number, after, {"complaint": said["id"]})

    def _surveys(self, first: int, numbers: Sequence[int]) -> Iterator[Event]:
        for number in numbers:
            bad = self._chance.uniform("detracts", number, first)[0] < _DETRACTORS
            score = (
                self._draw(7, "score", number, first)
                if bad
                else 7 + self._draw(4, "score", number, first)
            )
            day = first + self._draw(5, "answers on", number, first)
            yield self._fact("survey", number, day, {"kind": "nps", "score": score})

    def _payments(self, first: int, numbers: Sequence[int]) -> Iterator[Event]:
        for number in numbers:
            if TRADES[self._customers[number].trade].invoiced:
                missed = self._chance.uniform("missed", number, first)[0] < _MISSED
                day = first + self._draw(5, "pays late on", number, first)
                yield self._payment(number, day, day, "missed" if missed else "late")
                paid = day + 3 + self._draw(15, "paid after", number, first)
                yield self._payment(number, paid, day, "paid")

    def _visits(self, first: int, there: Ints) -> Iterator[Event]:
        every = 4 + self._chance.below(6, "visited every", there)
        turn = self._chance.below(every, "visited first", there)
        due = (first // DAYS + turn) % every == 0
        for number in there[due].tolist():
            customer = self._customers[number]
            day = first + self._draw(5, "visited on", number, first)
            if TRADES[customer.trade].visited and day < self._visited_until[number]:
                yield self._fact("contact", number, day, {"rep": customer.rep, "channel": "visit"})

    def _planned(self, fact: Told) -> Iterator[Event]:
        if fact.type == "payment":
            yield self._payment(fact.number, fact.day, fact.day, "missed")
        else:
            yield self._fact(fact.type, fact.number, fact.day, dict(fact.data))

    def _payment(self, number: int, day: int, noticed: int, status: str) -> Event:
        """Of an invoice that was due five days before it was `noticed`."""
        data = {
            "status": status, "amount": money_text(4 * self._baskets.usual_cents(number)),
            "currency": self._writer.currency, "due_on": day_date(noticed - 5).isoformat(),
        }  # fmt: skip
        return self._fact("payment", number, day, data)

    def _fact(self, type_: str, number: int, day: int, data: Event) -> Event:
        seconds = 3600 * _OPENS + self._draw(3600 * _HOURS, f"{type_} at", number, day)
        return self._writer.fact(type_, self._customers[number], day, seconds, data)

    def _draw(self, count: int, purpose: str, *at: int) -> int:
        return int(self._chance.below(count, purpose, *at)[0])
