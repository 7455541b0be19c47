"""Standings of a chunk of customers, with all that bears on them read from one view."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from services.detector.beside import load_items
from services.detector.common_causes import members_of
from services.detector.facts import weights
from services.detector.gone import load_gone
from services.detector.held import Missing, load_held
from services.detector.histories import Histories, Span, load_histories, rates_of, with_year_before
from services.detector.leaving import load_left
from services.detector.margins import load_margins
from services.detector.numbers import Numbers
from services.detector.pasts import load_pasts
from services.detector.responsible import load_reps, load_sellers
from services.detector.scoring import needs_seller, standings
from services.detector.verdicts import Circumstances
from shared.domain.likelihood import weight
from shared.domain.verdict import Past
from shared.domain.week import Calendar, day_date
from shared.ops.settings import Settings
from shared.storage.standings import StandingRow


@dataclass(frozen=True, slots=True)
class View:
    """What an evaluation judges everybody by, besides their weeks.

    `evidence` (log odds) and `pasts` by customer number; `gone` are the numbers of those who left
    for good.
    """

    evaluation: int
    as_of: int
    numbers: Numbers
    missing: Missing
    evidence: dict[int, float] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    pasts: dict[int, Past] = field(default_factory=dict)


def load_evidence(
    connection: Connection,
    until: int,
    today: int,
    settings: Settings,
    calendar: Calendar,
    *,
    live: bool,
) -> tuple[dict[int, float], frozenset[int]]:
    """Log odds of everybody's evidence of the days before `until`, as it weighs on day `today`,
    and who has left for good by then."""
    date, each = day_date(today), weights(settings)
    found = load_items(connection, until, today, calendar, live=live)
    odds = {number: weight(items, date, each) for number, items in found.items()}
    return odds, load_gone(connection, found, until)


def load_view(
    connection: Connection,
    evaluation: int,
    as_of: int,
    numbers: Numbers,
    missing: Missing,
    settings: Settings,
    calendar: Calendar,
    *,
    live: bool,
    today: int,
) -> View:
    """A live evaluation sees the evidence of `today` and earlier alerts; a dry one neither."""
    if not live:
        told = load_evidence(connection, as_of, as_of, settings, calendar, live=False)
        return View(evaluation, as_of, numbers, missing, *told)
    told = load_evidence(connection, today + 1, today, settings, calendar, live=True)
    pasts = load_pasts(connection, as_of, calendar, settings)
    return View(evaluation, as_of, numbers, missing, *told, pasts)


def judge_chunk(
    connection: Connection,
    numbers: NDArray[np.int64],
    first: NDArray[np.int64],
    view: View,
    settings: Settings,
) -> list[StandingRow]:
    """Standings of the customers `numbers` [n], first bought on days `first` [n]."""
    histories = load_weeks(connection, numbers, first, view, settings)
    around = load_circumstances(connection, histories, view, settings)
    return judge_histories(connection, histories, around, view)


def load_weeks(
    connection: Connection,
    numbers: NDArray[np.int64],
    first: NDArray[np.int64],
    view: View,
    settings: Settings,
) -> Histories:
    """What the customers `numbers` [n], first bought on days `first` [n], are judged by."""
    span, rates = Span(view.as_of, view.numbers.columns), rates_of(settings)
    histories = load_histories(connection, numbers, first, span, rates)
    if not view.numbers.portfolio.closures:
        return histories
    return with_year_before(connection, histories, rates)


def load_circumstances(
    connection: Connection, histories: Histories, view: View, settings: Settings
) -> Circumstances:
    """What bears on the verdicts of customers whose weeks are read."""
    numbers = histories.numbers
    held = load_held(connection, numbers, view.as_of, view.missing, settings.held_share)
    reps = load_reps(connection, numbers.tolist())
    margins = load_margins(connection, numbers.tolist(), settings)
    causes = members_of(connection, histories, reps, view.numbers.shared)
    left = load_left(connection, histories, view.numbers.tastes, settings)
    return Circumstances(held, view.gone, view.evidence, view.pasts, reps, margins, causes, left)


def judge_histories(
    connection: Connection, histories: Histories, around: Circumstances, view: View
) -> list[StandingRow]:
    """Their standings; a rep is found for whoever may need one."""
    rows = standings(histories, view.numbers, around, view.evaluation)
    wanted = needs_seller(rows)
    if not wanted:
        return rows
    sellers = load_sellers(connection, wanted, view.as_of)
    return [replace(row, rep=sellers.get(row.customer, row.rep)) for row in rows]
