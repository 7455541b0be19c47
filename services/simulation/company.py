"""A simulated company: its reps, its customers, their weeks, and the truth about them.

Everything comes from one seed: the same seed gives the same events, byte for byte.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from services.simulation.baskets import Baskets
from services.simulation.buying import Buying
from services.simulation.chance import Chance, Floats
from services.simulation.common_causes import competitor, groups_left, price_shock
from services.simulation.events import Event, Writer
from services.simulation.own_changes import own_changes
from services.simulation.people import SimulatedCustomer, simulated_customers, simulated_reps
from services.simulation.plan import Levels, Plan, Span
from services.simulation.seasons import Year
from services.simulation.till import Till
from services.simulation.trades import COMMON, Mixture
from services.simulation.voices import Voices
from shared.contract.truth import TruthRow
from shared.domain.week import DAYS, day_number

_REGISTERED = 7 * 3600  # a new customer, before the shops open


@dataclass(frozen=True)
class Company:
    """What is simulated: `start` is the first day of the first week.

    `changes` are shares of the customers to whom each kind of change happens, of COMMON kinds the
    shares of those whom it can reach. `country` (ISO 3166, two letters) closes the shops on its
    holidays.
    """

    mixture: Mixture
    changes: Mapping[str, float]
    customers: int
    weeks: int
    start: date
    zone: ZoneInfo
    currency: str
    country: str
    seed: int


class Simulation:
    """The events of a company, week by week, and what is true of it."""

    def __init__(self, company: Company) -> None:
        self.company = company
        first = day_number(company.start)
        self._span = Span(first, first + DAYS * company.weeks)
        chance = Chance(company.seed)
        self.customers = simulated_customers(
            chance, company.mixture, company.customers, first, DAYS * company.weeks
        )
        baskets = Baskets(chance, [customer.trade for customer in self.customers])
        self.plan = _planned(chance, self.customers, baskets.often, self._span, company.changes)
        levels = Levels(self.plan.steps, company.customers)
        year = Year(company.country)
        self.buying = Buying(
            chance, self.customers, baskets, levels, year, first, company.mixture.growth
        )
        self._writer = Writer(company.zone, company.currency)
        returning = {step.number for step in self.plan.steps if step.kind == "returns"}
        self._till = Till(chance, self._writer, year, self.customers, returning)
        self._voices = Voices(chance, self._writer, self.customers, baskets, levels, self.plan)

    def master_data(self) -> list[Event]:
        """Reps and customers that are known before the first week."""
        day = self._span.first
        reps = [self._writer.rep(rep, day) for rep in simulated_reps(self.company.customers)]
        known = [customer for customer in self.customers if customer.since < day]
        return [
            self._writer.manager(day),
            *reps,
            *(self._writer.customer(customer, day) for customer in known),
        ]

    def events(self) -> Iterator[list[Event]]:
        """The events of each week in order of time, its last one closing the feed."""
        waiting: list[Event] = []  # refunds and answers may come weeks later
        for week in range(self.company.weeks):
            first = self._span.first + DAYS * week
            waiting += self._begun(first)
            closed = self._writer.closed(first + DAYS)
            now = [event for event in waiting if event["time"] < closed["time"]]
            waiting = [event for event in waiting if event["time"] >= closed["time"]]
            yield [*sorted(now, key=lambda event: (event["time"], event["id"])), closed]

    def truth(self) -> list[TruthRow]:
        """What happened to each customer."""
        return self.plan.truth(self.customers, self._span)

    def _begun(self, first: int) -> Iterator[Event]:
        """What begins in the week of day `first`."""
        for customer in self.customers:
            if first <= customer.since < first + DAYS:
                yield self._writer.customer(customer, customer.since, _REGISTERED)
        yield from self._till.sales(self.buying.week(first))
        yield from self._voices.week(first)


def _planned(
    chance: Chance,
    customers: Sequence[SimulatedCustomer],
    often: Floats,
    span: Span,
    shares: Mapping[str, float],
) -> Plan:
    """Nobody has a change of his own and a common one, or two common ones."""
    own = {kind: share for kind, share in shares.items() if kind not in COMMON}
    plan = own_changes(chance, customers, often, span, own)
    steps = list(plan.steps)

    def free() -> list[int]:
        changed = {step.number for step in steps}
        return [customer.number for customer in customers if customer.number not in changed]

    steps += groups_left(chance, customers, free(), span, shares.get("group_left", 0.0))
    steps += competitor(chance, customers, free(), span, shares.get("competitor", 0.0))
    steps += price_shock(chance, often, free(), span, shares.get("price", 0.0))
    return Plan(tuple(steps), plan.told)
