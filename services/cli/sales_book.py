"""Purchases as they are found in a file, kept in little room."""

from array import array
from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

from services.backtest.sales import Sales
from shared.domain.sector import ANY, Sector


class SalesBook:
    """Numbers customers and currencies as they appear; `left_out` counts what was not used."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self._customers: dict[str, int] = {}
        self._currencies: dict[str, int] = {}
        self._customer, self._day, self._units, self._currency = (array("q") for _ in range(4))
        self._reps: dict[int, Counter[str]] = defaultdict(Counter)
        self._names: dict[int, str] = {}
        self._sectors: dict[int, Sector] = {}

    def add(self, customer: str, day: int, units: int, currency: str, rep: str = "") -> None:
        """Note a purchase of `units` ten-thousandths, above 0."""
        number = self._customers.setdefault(customer, len(self._customers))
        self._customer.append(number)
        self._day.append(day)
        self._units.append(units)
        self._currency.append(self._currencies.setdefault(currency, len(self._currencies)))
        if rep:
            self._reps[number][rep] += 1

    def tell(self, customer: str, name: str | None, sector: Sector) -> None:
        """Note who a customer is, if anything was bought."""
        number = self._customers.get(customer)
        if number is not None:
            if name is not None:
                self._names[number] = name
            if sector != ANY:
                self._sectors[number] = sector

    def sales(self) -> Sales:
        """All that was noted; a customer's rep is the one of most purchases."""
        return Sales(
            customers=list(self._customers),
            customer=_numbers(self._customer),
            day=_numbers(self._day),
            units=_numbers(self._units),
            currency=_numbers(self._currency),
            currencies=list(self._currencies),
            reps={number: count.most_common(1)[0][0] for number, count in self._reps.items()},
            names=self._names,
            sectors=self._sectors,
            left_out=dict(self.left_out),
        )


def _numbers(values: "array[int]") -> NDArray[np.int64]:
    return np.array(values, np.int64)
