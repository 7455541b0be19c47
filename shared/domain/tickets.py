"""What a customer spends on a purchase day, and how many effective days the spend stands for."""

from dataclasses import dataclass

import numpy as np

from shared.domain.panel import Panel, middle
from shared.domain.weeks import RECENT, Bools, Floats

CAP = 4.0
COUNTED_CAP = 3.0
SPREAD_DAYS = 6.0
SPREAD_LEAST = 0.25
SPREAD_MOST = 50.0


@dataclass(frozen=True, slots=True)
class Tickets:
    """A customer's own spend a purchase day over the last 26 weeks; float64[n] each.

    typical: the median over weeks. total: money under the cap of four typical tickets.
    days: purchase days. variance: of the capped ticket between weeks.
    """

    typical: Floats
    total: Floats
    days: Floats
    variance: Floats

    def mean(self, portfolio: float) -> Floats:
        """The mean ticket, with the portfolio's ticket counted as one more day."""
        return (self.total + portfolio) / (self.days + 1.0)

    def spread(self, portfolio: float, mean: Floats) -> Floats:
        """The squared coefficient of variation, drawn towards the portfolio's by six days."""
        own = self.variance / np.square(mean)
        drawn = (own * self.days + SPREAD_DAYS * portfolio) / (self.days + SPREAD_DAYS)
        return np.clip(drawn, SPREAD_LEAST, SPREAD_MOST)


def tickets(panel: Panel) -> Tickets:
    """The tickets of the last 26 weeks; a week's ticket is its spend divided by its days."""
    spend, days = panel.spend[-RECENT:], panel.days[-RECENT:]
    active = (spend > 0) & (days > 0)
    ticket = np.divide(spend, days, out=np.zeros_like(spend), where=active)
    typical, count = middle(ticket)
    np.minimum(ticket, CAP * typical, out=ticket)
    return Tickets(
        typical=typical,
        total=(ticket * days).sum(axis=0),
        days=days.sum(axis=0),
        variance=_variance(ticket, active, np.maximum(count, 1).astype(np.float64)),
    )


def _variance(ticket: Floats, active: Bools, count: Floats) -> Floats:
    """The population variance of each column over its active rows; uses up `ticket`."""
    ticket -= ticket.sum(axis=0) / count
    ticket *= active
    squares: Floats = np.square(ticket, out=ticket).sum(axis=0)
    return squares / count


def counted_spend(panel: Panel, own: Tickets) -> Floats:
    """Spend of live weeks with each ticket cut at three typical ones; float64[c, n]."""
    most = panel.days * (COUNTED_CAP * own.typical)
    np.minimum(panel.spend, most, out=most)
    return panel.live(most)
