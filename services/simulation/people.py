"""Who is there: reps, their regions, and customers with their master data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from services.simulation.chance import Chance, Ints
from services.simulation.trades import TRADES, Mixture

MANAGER = "vera"
CUSTOMERS_A_REP = 70
_REGIONS = ("north", "south", "coast", "islands", "centre", "border")
_REPS = (
    ("rosa", "Rosa Vidal", "es"),
    ("tom", "Tom Baker", "en"),
    ("ines", "Inés Campos", "es"),
    ("leah", "Leah Stone", "en"),
    ("marc", "Marc Soler", "es"),
    ("nina", "Nina Hart", "en"),
)
_NAMES: Mapping[str, tuple[str, ...]] = {
    "bars": ("Café", "Bar", "Bodega", "Bistro", "Cantina"),
    "households": ("Ana", "Leo", "Eva", "Hugo", "Ida"),
    "workshops": ("Garage", "Taller", "Carpentry", "Imprenta", "Studio"),
    "schools": ("School", "Colegio", "Nursery", "Instituto", "Academy"),
    "hotels": ("Hotel", "Hostal", "Inn", "Posada", "Resort"),
    "offices": ("Office", "Clinic", "Gestoría", "Notary", "Agency"),
    "builders": ("Obras", "Builders", "Reformas", "Roofs", "Montajes"),
}
_SURNAMES = (
    "Luna", "Norte", "del Puerto", "Amalia", "Central", "Miramar", "Olivo", "Harbour", "Garden",
    "Roma", "Prado", "Station", "Marina", "Alba", "Corner", "Real", "Sur", "Mill", "Park", "Torre",
)  # fmt: skip
_FIRST_NAMES = 5  # of each segment
_MARGINS = (0.12, 0.45)
_GROUPED = 0.12  # share of customers that belong to a group of a few
_GROUP_OF = 3
_YEARS_BEFORE = 6


@dataclass(frozen=True, slots=True)
class Rep:
    id: str
    name: str
    locale: str
    region: str


@dataclass(frozen=True, slots=True)
class SimulatedCustomer:
    """Days are day numbers; nothing is bought before `since`."""

    number: int
    id: str
    name: str
    trade: str
    segment: str
    region: str
    rep: str
    group: str | None
    margin_rate: float
    since: int


def simulated_reps(customers: int) -> tuple[Rep, ...]:
    """So many reps as these customers need, at least two a region."""
    count = max(2, round(customers / CUSTOMERS_A_REP))
    regions = min(max(1, count // 2), len(_REGIONS))
    found = []
    for number in range(count):
        short, name, locale = _REPS[number % len(_REPS)]
        turn = number // len(_REPS)
        id_, shown = (short, name) if not turn else (f"{short}{turn + 1}", f"{name} {turn + 1}")
        found.append(Rep(id_, shown, locale, _REGIONS[number % regions]))
    return tuple(found)


def simulated_customers(
    chance: Chance, mixture: Mixture, customers: int, first: int, days: int
) -> tuple[SimulatedCustomer, ...]:
    """Customers by the mixture's shares. Those who join do so in the first 60 % of the `days`
    from day `first` on; the others were there before.
    """
    numbers = np.arange(customers)
    shares = mixture.trades
    dealt_trades = dealt(chance, "trade", shares, numbers, total=sum(shares.values()))
    reps = simulated_reps(customers)
    served_by = chance.below(len(reps), "rep", numbers)
    joins = chance.uniform("joins", numbers) < mixture.joining
    later = first + chance.below(max(days * 6 // 10, 1), "joins on", numbers)
    before = first - 1 - chance.below(365 * _YEARS_BEFORE, "since", numbers)
    since = np.where(joins, later, before)
    names = _names(chance, dealt_trades, numbers)
    grouped = chance.uniform("grouped", numbers // _GROUP_OF) < _GROUPED
    margins = np.round(chance.between(*_MARGINS, "margin", numbers), 2).tolist()
    return tuple(
        SimulatedCustomer(
            number=number,
            id=f"C{number:05d}",
            name=names[number],
            trade=trade,
            segment=TRADES[trade].segment,
            region=rep.region,
            rep=rep.id,
            group=f"G{number // _GROUP_OF:04d}" if grouped[number] else None,
            margin_rate=margins[number],
            since=int(since[number]),
        )
        for number, trade in enumerate(dealt_trades)
        for rep in [reps[served_by[number]]]
    )


def dealt(
    chance: Chance, purpose: str, shares: Mapping[str, float], numbers: Ints, total: float
) -> list[str]:
    """A name for each number, as often as its share of `total` says; "" for the rest."""
    found = np.full(len(numbers), "", dtype=object)
    order = np.argsort(chance.uniform(purpose, numbers), kind="stable")
    upto = np.cumsum([0.0, *shares.values()]) / total * len(numbers)
    for name, (begin, end) in zip(shares, pairwise(np.round(upto).astype(int)), strict=True):
        found[order[begin:end]] = name
    return [str(name) for name in found]


def _names(chance: Chance, trades: Sequence[str], numbers: Ints) -> list[str]:
    first = chance.below(_FIRST_NAMES, "first name", numbers).tolist()
    second = chance.below(len(_SURNAMES), "second name", numbers).tolist()
    return [
        f"{_NAMES[TRADES[trade].segment][first[number]]} {_SURNAMES[second[number]]} {number}"
        for number, trade in enumerate(trades)
    ]
