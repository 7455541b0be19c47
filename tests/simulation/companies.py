"""Small simulated companies for tests."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from services.simulation.company import Company, Simulation
from services.simulation.trades import CHANGES, COMPANIES, Mixture

START = date(2025, 1, 6)
MADRID = ZoneInfo("Europe/Madrid")


def simulated(
    trades: Mapping[str, float] | None = None,
    changes: Mapping[str, float] = CHANGES,
    *,
    customers: int = 60,
    weeks: int = 40,
    seed: int = 1,
    start: date = START,
    country: str = "ES",
    growth: float = 0.0,
    joining: float = 0.0,
) -> Simulation:
    """The mixed company, or one of these trades that neither grows nor gains customers."""
    mixture = (
        COMPANIES["mixed"] if trades is None else Mixture(trades, growth=growth, joining=joining)
    )
    return Simulation(
        Company(
            mixture=mixture,
            changes=changes,
            customers=customers,
            weeks=weeks,
            start=start,
            zone=MADRID,
            currency="EUR",
            country=country,
            seed=seed,
        )
    )


def all_events(simulation: Simulation) -> Iterator[dict[str, Any]]:
    yield from simulation.master_data()
    for week in simulation.events():
        yield from week


def local_day(event: Mapping[str, Any]) -> date:
    from datetime import datetime

    return datetime.fromisoformat(event["time"]).astimezone(MADRID).date()
