"""A company's purchases as the backtest takes them, from whatever file or database they came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.domain.history import Rates
from shared.domain.sector import Sector

T = TypeVar("T")
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sales:
    """n entries of what a customer bought on a day in a currency; refunds are none of them.

    customers: ids; elsewhere a customer is named by the place in them. customer, day, units [n]:
    whose, on which business day, and ten-thousandths above 0. currency [n]: place in
    `currencies`. reps, names, sectors: of customers, where known. left_out: what was not used, by
    the reason.
    """

    customers: Sequence[str]
    customer: Ints
    day: Ints
    units: Ints
    currency: Ints
    currencies: Sequence[str]
    reps: Mapping[int, str] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    sectors: Mapping[int, Sector] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Money:
    """The one money in which customers are compared, and what a unit of each other is in it."""

    currency: str
    factors: Mapping[str, float]


def in_one_money(sales: Sales, rates: Rates) -> tuple[Sales, Money]:
    """The sales of everybody whose money can be compared, and the money.

    It is the company's own where anything was paid in it, else that of most entries. A customer
    who also paid in a currency without a rate is left out.
    """
    names, count = list(sales.currencies), np.bincount(sales.currency)
    chosen = rates.company if rates.company in names or not names else names[count.argmax()]
    factors = {name: rates.factor(name, chosen) for name in names}
    bad = np.array([factors[name] is None for name in names], bool)
    lost = np.unique(sales.customer[bad[sales.currency]]) if bad.any() else sales.customer[:0]
    known = {name: factor for name, factor in factors.items() if factor is not None}
    return _without(sales, lost) if len(lost) else sales, Money(chosen, known)


def by_id(sales: Sales) -> Sales:
    """The same sales with the customers in the order of their ids."""
    order = sorted(range(len(sales.customers)), key=sales.customers.__getitem__)
    return _of(sales, np.array(order, np.int64))


def _without(sales: Sales, lost: Ints) -> Sales:
    left_out = {"customers who paid in a currency without a rate": len(lost), **sales.left_out}
    return _of(
        replace(sales, left_out=left_out), np.setdiff1d(np.arange(len(sales.customers)), lost)
    )


def _of(sales: Sales, customers: Ints) -> Sales:
    """The sales of some customers, numbered in the order given."""
    place = np.full(len(sales.customers), -1)
    place[customers] = np.arange(len(customers))
    kept = place[sales.customer] >= 0

    def moved(words: Mapping[int, T]) -> dict[int, T]:
        return {int(place[old]): word for old, word in words.items() if place[old] >= 0}

    return replace(
        sales,
        customers=[sales.customers[old] for old in customers],
        customer=place[sales.customer[kept]],
        day=sales.day[kept],
        units=sales.units[kept],
        currency=sales.currency[kept],
        reps=moved(sales.reps),
        names=moved(sales.names),
        sectors=moved(sales.sectors),
    )
