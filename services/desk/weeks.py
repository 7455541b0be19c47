"""The customer's year: what was bought each week, beside the usual and the season."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from shared.domain.history import Rates, week_rows
from shared.domain.portfolio import Portfolio
from shared.domain.sector import Sector
from shared.domain.week import DAYS, Calendar, day_date
from shared.ops.settings import Settings
from shared.storage import evaluations
from shared.storage.evaluations import EvaluationRow
from shared.storage.purchases import load_purchases
from shared.storage.tables import customer

CLOSED = 52
TOLD = 26  # weeks that an alert looks back on


@dataclass(frozen=True, slots=True)
class Weeks:
    """52 closed weeks and the running one, oldest first; money in `currency`.

    `usual` is None where the customer was not judged; `expected` is the usual level at each
    week's season, None where no evaluation knew it. `recent` closed weeks are what the alert is
    about.
    """

    first_days: tuple[date, ...]
    amounts: tuple[float, ...]
    currency: str
    usual: float | None
    expected: tuple[float | None, ...]
    recent: int


def load_weeks(
    connection: Connection,
    number: int,
    evidence: Sequence[Mapping[str, Any]],
    settings: Settings,
    calendar: Calendar,
    today: int,
) -> Weeks:
    """The weeks of customer `number` up to day `today`; `evidence` is the alert's."""
    end = calendar.week_of(today) + DAYS
    columns = CLOSED + 1
    start = end - columns * DAYS
    rates = Rates(
        settings.currency, {name: float(rate) for name, rate in settings.currency_rates.items()}
    )
    rows = week_rows(load_purchases(connection, number, start), end, columns, rates)
    usual = _usual(evidence, rows.currency)
    fall = _fall(evidence)
    recent = int(fall["window_weeks"]) if fall else 0
    days = [start + DAYS * n for n in range(columns)]
    return Weeks(
        first_days=tuple(day_date(day) for day in days),
        amounts=tuple(round(float(amount), 2) for amount in rows.spend),
        currency=rows.currency,
        usual=usual,
        expected=_expected(connection, usual, days, recent, _sector(connection, number)),
        recent=recent,
    )


def _fall(evidence: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((item for item in evidence if item["kind"] in ("drop", "spend")), None)


def _usual(evidence: Sequence[Mapping[str, Any]], currency: str) -> float | None:
    """The usual level that the sentence tells, else the one the customer was judged by."""
    weeks = next((item for item in evidence if item["kind"] == "weeks"), None)
    fall = _fall(evidence)
    told = fall or weeks
    if told is None or told["currency"] != currency:
        return None
    usual = float(told["weekly_usual"] if fall else told["usual"])
    return usual if usual > 0 else None


def _expected(
    connection: Connection,
    usual: float | None,
    days: Sequence[int],
    recent: int,
    sector: Sector,
) -> tuple[float | None, ...]:
    """The usual level times each week's season, as the evaluations stored it."""
    newest = evaluations.newest_live(connection)
    if usual is None or newest is None:
        return (None,) * len(days)
    seasons = _season(newest, sector)
    before = list(seasons.values())[-TOLD : -recent or None]  # whose mean the usual level is
    level = np.mean(before) if before else 0.0
    if level <= 0:
        return (None,) * len(days)
    older = evaluations.live_before(connection, newest.as_of - len(seasons) // 2 * DAYS)
    known = {**({} if older is None else _season(older, sector)), **seasons}
    return tuple(
        None if day not in known else round(usual * known[day] / float(level), 2) for day in days
    )


def _sector(connection: Connection, number: int) -> Sector:
    """Whose season the customer follows."""
    found = select(customer.c.segment, customer.c.region).where(customer.c.number == number)
    return Sector(*connection.execute(found).one())


def _season(row: EvaluationRow, sector: Sector) -> dict[int, float]:
    """The sector's season of spend by the first day of each week, oldest first."""
    if row.portfolio is None:
        return {}
    seasons = Portfolio.from_dict(row.portfolio["numbers"]).seasons
    season = seasons.spend[:, seasons.column(sector)].tolist()
    return {row.as_of - DAYS * (len(season) - n): value for n, value in enumerate(season)}
