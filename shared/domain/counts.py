"""A customer's weeks as counts: effective ones that hold days and money, and purchase days."""

from dataclasses import dataclass

from shared.domain.baseline import Baseline, baseline
from shared.domain.dispersion import dispersion, scatter
from shared.domain.panel import Panel, last_sums, panel
from shared.domain.tickets import Tickets, counted_spend, tickets
from shared.domain.weeks import RECENT, Floats, Ints, Weeks
from shared.domain.worth import Worth

NEED_WEEKS = 4.0  # eight weeks at half of the usual


@dataclass(frozen=True, slots=True)
class Facts:
    """What customers' own weeks say before any portfolio is asked."""

    panel: Panel
    level: Baseline
    tickets: Tickets


def facts(weeks: Weeks) -> Facts:
    """The layout, the usual spend and the tickets of judged customers."""
    laid_out = panel(weeks)
    return Facts(laid_out, baseline(laid_out), tickets(laid_out))


@dataclass(frozen=True, slots=True)
class Counts:
    """sums: float64[c + 1, n], counts of the last 0..c weeks.

    exposures: float64[c + 1, k], what these weeks are worth; column: int64[n], each customer's
    column of it.
    """

    sums: Floats
    exposures: Floats
    column: Ints


def count_unit(own: Facts, ticket: float, spread: float, loose: float, worth: Worth) -> Floats:
    """The money that one effective count stands for; float64[n].

    The mean ticket times what purchase days and tickets scatter, so that spend in this unit
    scatters like counts by chance. ticket, spread, loose: the portfolio's ticket, ticket spread
    and scatter.
    """
    mean = own.tickets.mean(ticket)
    unit = dispersion(*scatter(own.panel, worth.days, worth.column), loose)
    unit += own.tickets.spread(spread, mean)
    unit *= mean
    return unit


def effective_counts(own: Facts, unit: Floats, worth: Worth) -> Counts:
    """Spend of live weeks in units, against what spend was to be expected."""
    counted = counted_spend(own.panel, own.tickets)
    counted /= unit
    return Counts(last_sums(counted), last_sums(worth.spend), worth.column)


def purchase_days(panel: Panel, worth: Worth) -> Counts:
    """Purchase days of live weeks as counts, against how many were to be expected.

    Of the last 26 weeks only: the sums have 27 rows.
    """
    live = panel.live(panel.days.copy())
    exposures = last_sums(worth.days[-RECENT:])
    return Counts(last_sums(live[-RECENT:]), exposures, worth.column)


def need(own: Facts, unit: Floats) -> Floats:
    """Half of the usual spend over eight weeks, in counts; float64[n]."""
    return NEED_WEEKS * own.level.usual / unit
