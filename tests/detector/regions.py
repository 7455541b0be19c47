"""Two regions: one whose customers all buy less for some weeks, and one that buys as ever."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update

from shared.domain.week import DAYS
from shared.storage import other_alerts, transitions
from shared.storage.alert_rows import AlertRow
from shared.storage.tables import customer
from tests.detector.portfolios import House, Trade, rows_of, steady

NORTH = [f"north {n}" for n in range(24)]
SOUTH = [f"south {n}" for n in range(30)]
QUIT = ["north quit", "south quit"]  # both stopped six weeks ago
WEEKS = 46


def fallen(name: str, begin: int, end: int, weeks: int, left: float = 0.15) -> list[Trade]:
    """Steady trade of which so much is left in the last weeks."""
    then = end - DAYS * weeks
    trades = steady(name, begin, then)
    return trades + steady(f"{name} later", then, end, a_week=2 * left)


def rep_of(name: str) -> str:
    """Both reps have customers everywhere."""
    return "ana" if name[-1] in "01234" else "luis"


def place(house: House, names: Iterable[str], **columns: Any) -> None:
    with house.database.write() as connection:
        connection.execute(update(customer).where(customer.c.id.in_(names)).values(**columns))


def settle(house: House, *, weeks: int = 3, source: str = "shop") -> None:
    """Two regions; the north fell together so many weeks ago."""
    begin, end = house.as_of - DAYS * WEEKS, house.as_of
    for name in NORTH:
        trades = fallen(name, begin, end, weeks)
        house.add(name, [Trade(t.day, t.units, source=source) for t in trades], rep=rep_of(name))
    for name in SOUTH:
        house.add(name, steady(name, begin, end), rep=rep_of(name))
    for name in QUIT:
        house.add(name, fallen(name, begin, end, 6, 0.0), rep="pau")
    house.add("newcomer", steady("newcomer", end - 30, end))
    place(house, [*NORTH, QUIT[0]], region="north")
    place(house, [*SOUTH, QUIT[1], "newcomer"], region="south")


def trade_on(house: House, *, north: float) -> None:
    """A week passes: the south and a share of the north buy as ever."""
    begin = house.as_of
    house.pass_weeks(1)
    with house.database.read() as connection:
        numbers = dict(connection.execute(select(customer.c.id, customer.c.number)).all())
    for name in [*NORTH, *SOUTH]:
        share = north if name in NORTH else 1.0
        trades = steady(f"{name} {begin}", begin, begin + DAYS, a_week=2 * share)
        house.more(numbers[name], trades)


def evaluate(house: House, **settings: Any) -> dict[str, Any]:
    return house.evaluator(**settings).run(house.as_of, live=True)


def verdicts(house: House, report: dict[str, Any], names: Iterable[str]) -> list[str]:
    rows = rows_of(house, report["id"])
    return [rows[name]["verdict"] for name in names]


def portfolio(house: House) -> list[AlertRow]:
    with house.database.read() as connection:
        return [*other_alerts.living_others(connection, "portfolio").values()]


def history(house: House, alert: AlertRow) -> list[tuple[str, str]]:
    with house.database.read() as connection:
        return [(one.kind, one.reason) for one in transitions.transitions(connection, alert.id)]
