"""What strikes several customers: a group goes, a competitor opens, a category becomes dear."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from services.simulation.chance import Chance, Floats
from services.simulation.people import SimulatedCustomer
from services.simulation.plan import KNOWN_WEEKS, Span, Step
from services.simulation.trades import CATEGORIES
from shared.domain.week import DAYS

_SCOPE_SHARES = (0.05, 0.25)  # of all customers: whom one competitor may strike
_KEEPS = (0.5, 0.75)  # of their buying, those whom the competitor reaches
_GOES_OVER = 0.2  # of these: the share who leave altogether
_BOUGHT = 0.3  # whoever has a category in so many orders buys it
_POPULAR = 4  # one of so many most bought categories becomes dear
_PAYS = (0.35, 0.6)  # what remains of the category with those who mind


def competitor(
    chance: Chance,
    customers: Sequence[SimulatedCustomer],
    free: Sequence[int],
    span: Span,
    share: float,
) -> list[Step]:
    """A competitor opens beside one region, rep or segment, and reaches `share` of those `free`."""
    scopes = _scopes(customers)
    if not share or not scopes:
        return []
    cause = scopes[int(chance.below(len(scopes), "competitor", 0)[0])]
    day = _day(chance, "competitor opens", span)
    everybody = np.arange(len(customers))
    reached = chance.uniform("reached", everybody) < share
    over = chance.uniform("goes over", everybody) < _GOES_OVER
    keeps = np.where(over, 0.0, np.round(chance.between(*_KEEPS, "keeps", everybody), 2))
    return [
        Step(number, "competitor", day, None, float(keeps[number]), cause=cause)
        for number in free
        if reached[number]
        and cause in _scopes_of(customers[number])
        and customers[number].since < day - DAYS * KNOWN_WEEKS
    ]


def groups_left(
    chance: Chance,
    customers: Sequence[SimulatedCustomer],
    free: Sequence[int],
    span: Span,
    share: float,
) -> list[Step]:
    """`share` of the groups of customers leave, one member after the other."""
    low, high = span.change_days()
    members: dict[str, list[int]] = {}
    for number in free:
        group = customers[number].group
        if group is not None and customers[number].since < low - DAYS * KNOWN_WEEKS:
            members.setdefault(group, []).append(number)
    found = []
    for group, numbers in members.items():
        if len(numbers) > 1 and chance.uniform("group leaves", numbers[0])[0] < share:
            day = low + int(chance.below(high - low, "group leaves on", numbers[0])[0])
            for number in numbers:
                found.append(Step(number, "group_left", day, None, 0.0, cause=f"group:{group}"))
                day += 14 + int(chance.below(22, "follows after", number)[0])
    return found


def price_shock(
    chance: Chance, often: Floats, free: Sequence[int], span: Span, share: float
) -> list[Step]:
    """A popular category becomes dear, and `share` of those `free` who buy it buy less of it."""
    if not share or not free:
        return []
    buyers = (often[list(free)] >= _BOUGHT).sum(axis=0)
    popular = np.argsort(-buyers, kind="stable")[:_POPULAR]
    category = int(popular[chance.below(_POPULAR, "dear", 0)[0]])
    day = _day(chance, "prices rise", span)
    everybody = np.arange(len(often))
    minds = (chance.uniform("minds", everybody) < share) & (often[:, category] > 0)
    keeps = np.round(chance.between(*_PAYS, "buys less", everybody), 2)
    cause = f"category:{CATEGORIES[category]}"
    return [
        Step(number, "price", day, None, float(keeps[number]), category, cause)
        for number in free
        if minds[number]
    ]


def _scopes(customers: Sequence[SimulatedCustomer]) -> list[str]:
    """The regions, reps and segments with neither few of the customers nor most."""
    sizes = Counter(scope for customer in customers for scope in _scopes_of(customer))
    low, high = (share * len(customers) for share in _SCOPE_SHARES)
    return sorted(scope for scope, size in sizes.items() if low <= size <= high)


def _scopes_of(customer: SimulatedCustomer) -> tuple[str, ...]:
    return f"region:{customer.region}", f"rep:{customer.rep}", f"segment:{customer.segment}"


def _day(chance: Chance, purpose: str, span: Span) -> int:
    low, high = span.change_days()
    return low + int(chance.below(high - low, purpose, 0)[0])
