"""A customer's weeks as counts: effective ones that hold days and money, and purchase days."""

from dataclasses import dataclass

from shared.domain.baseline import Baseline, baseline
from shared.domain.dispersion import dispersion, scatter
from shared.domain.panel import Panel, exposure, last_sums, panel
from shared.domain.season import over_rows
from shared.domain.tickets import Tickets, counted_spend, tickets
from shared.domain.weeks import RECENT, Floats, Weeks

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

    exposures: float64[c + 1, c + 1], what these weeks are worth for each first live row.
    """

    sums: Floats
    exposures: Floats


def count_unit(own: Facts, ticket: float, spread: float, loose: float, days: Floats) -> Floats:
    """The money that one effective count stands for; float64[n].

    The mean ticket times what purchase days and tickets scatter, so that spend in this unit
    scatters like counts by chance. ticket, spread, loose: the portfolio's ticket, ticket spread
    and scatter. days: float64[34], its season of days.
    """
    mean = own.tickets.mean(ticket)
    unit = dispersion(*scatter(own.panel, over_rows(days, own.panel.rows)), loose)
    unit += own.tickets.spread(spread, mean)
    unit *= mean
    return unit


def effective_counts(own: Facts, unit: Floats, spend: Floats) -> Counts:
    """Spend of live weeks in units, against the season of spend, float64[34]."""
    counted = counted_spend(own.panel, own.tickets)
    counted /= unit
    return Counts(last_sums(counted), last_sums(exposure(over_rows(spend, own.panel.rows))))


def purchase_days(panel: Panel, days: Floats) -> Counts:
    """Purchase days of live weeks as counts, against the season of days, float64[34].

    Of the last 26 weeks only: the sums have 27 rows.
    """
    live = panel.live(panel.days.copy())
    worth = exposure(over_rows(days, panel.rows))
    return Counts(last_sums(live[-RECENT:]), last_sums(worth[-RECENT:]))


def need(own: Facts, unit: Floats) -> Floats:
    """Half of the usual spend over eight weeks, in counts; float64[n]."""
    return NEED_WEEKS * own.level.usual / unit
