"""Purchases as receipts, and what is brought back of them."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from services.simulation.buying import Purchases
from services.simulation.chance import Chance
from services.simulation.events import Event, Writer
from services.simulation.people import SimulatedCustomer
from services.simulation.seasons import Year
from services.simulation.trades import TRADES

_RETURNING = 0.35  # of the purchases of those who return much
_WHOLE = 0.4  # of the refunds: of everything that was bought
_REFUND_DAYS = 10
_OPENS, _CLOSES = 8 * 3600, 20 * 3600


class Till:
    """Writes receipts. `returning`: the numbers of those who return much."""

    def __init__(
        self,
        chance: Chance,
        writer: Writer,
        year: Year,
        customers: Sequence[SimulatedCustomer],
        returning: Collection[int],
    ) -> None:
        self._chance = chance
        self._writer = writer
        self._year = year
        self._customers = customers
        self._refunded = np.array(
            [
                _RETURNING if customer.number in returning else TRADES[customer.trade].refunded
                for customer in customers
            ]
        )

    def sales(self, purchases: Purchases) -> Iterator[Event]:
        """Each purchase, and its refund, which may lie days later."""
        numbers, days = purchases.numbers, purchases.days
        seconds = self._chance.between(_OPENS, _CLOSES, "sold at", numbers, days).astype(int)
        refunded = self._chance.uniform("refunded", numbers, days) < self._refunded[numbers]
        rows = zip(
            numbers.tolist(), days.tolist(), seconds.tolist(), refunded.tolist(),
            purchases.cents.tolist(), purchases.articles.tolist(), strict=True,
        )  # fmt: skip
        for number, day, second, comes_back, cents, articles in rows:
            customer = self._customers[number]
            sale = self._writer.purchase(customer, day, second, cents, articles)
            yield sale
            if comes_back:
                yield self._refund(sale, number, day)

    def _refund(self, sale: Event, number: int, day: int) -> Event:
        back = day + 1 + int(self._chance.below(_REFUND_DAYS, "back after", number, day)[0])
        while self._year.shops_closed(back):
            back += 1
        second = int(self._chance.between(_OPENS, _CLOSES, "back at", number, day)[0])
        whole = self._chance.uniform("whole", number, day)[0] < _WHOLE
        return self._writer.refund(sale, back, second, whole=bool(whole))
