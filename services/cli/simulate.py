"""`vigia simulate`: trade with known changes, to files, to standard output or over HTTP."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from services.simulation.company import Simulation
    from services.simulation.events import Event
    from shared.ops.settings import Settings

COMPANY = "mixed, wholesale, grocery, monthly, seasonal or growing."
TRADE = (
    "KIND=SHARE instead of the company's own mixture; again for each kind: wholesale (weekly "
    "orders), grocery, monthly, school, hotel, office (closed in August), bursts."
)
CHANGE = (
    "KIND=SHARE of the customers, instead of the usual shares; again for each kind; 0: never. "
    "left, faded, complained, missed_payment, detractor, neglected, cancelled, away, grew, "
    "lost_category, large_order, returns; group_left: of the groups; competitor, price: of those "
    "whom it can reach."
)

NO_COUNTRY_NAMED = "ES"
COUNTRY = f"Whose public holidays close the shops; default: VIGIA_COUNTRY, else {NO_COUNTRY_NAMED}."


def simulate(
    context: typer.Context,
    customers: Annotated[int, typer.Option(min=1, max=100_000, help="How many.")] = 400,
    weeks: Annotated[int, typer.Option(min=4, max=520, help="How long.")] = 52,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day; default: the newest closed week."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same trade.")] = 1,
    company: Annotated[str, typer.Option(help=COMPANY)] = "mixed",
    trade: Annotated[list[str] | None, typer.Option(help=TRADE)] = None,
    change: Annotated[list[str] | None, typer.Option(help=CHANGE)] = None,
    country: Annotated[str | None, typer.Option(help=COUNTRY)] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write here: NDJSON, or sales alone as FILE.csv; also .gz.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="Write here, as CSV, what truly happened to each customer.")
    ] = None,
    post: Annotated[str | None, typer.Option(help="Post to the Vigía at this address.")] = None,
    key: Annotated[
        str, typer.Option(envvar="VIGIA_KEY", help="Key with the scope master, for --post.")
    ] = "",
) -> None:
    """Simulate a company's trade, and write down what happened to whom.

    Without --out and --post the events go to standard output, one JSON object a line.
    """
    from services.cli.posting import post_events
    from services.cli.simulate_files import write_events, write_truth
    from services.cli.simulate_plan import company_of
    from services.cli.written_file import require_own_file
    from services.simulation.company import Simulation

    settings = settings_of(context)
    require_own_file("--out", out, truth)
    start = _start(settings, weeks, None if until is None else until.date())
    simulation = Simulation(
        company_of(
            settings,
            name=company,
            trades=trade or (),
            changes=change or (),
            customers=customers,
            weeks=weeks,
            start=start,
            country=country or settings.country or NO_COUNTRY_NAMED,
            seed=seed,
        )
    )
    if truth is not None:
        write_truth(truth, simulation.truth())
    events = _events(simulation)
    if post is not None:
        typer.echo(f"{post_events(post, key, events)} events accepted", err=True)
    elif out is not None:
        typer.echo(write_events(out, events), err=True)
    else:
        _print(events)


def _start(settings: "Settings", weeks: int, until: "date | None") -> "date":
    """The first day of so many whole weeks up to `until`, or up to the newest closed week."""
    from shared.contract.values import EARLIEST
    from shared.domain.week import DAYS, Calendar, day_date, day_number
    from shared.ops.errors import InputError

    calendar = Calendar(settings.zone, settings.first_weekday_number)
    newest = calendar.newest_closed_week(settings.clock().now())
    if until is not None:
        newest = min(newest, calendar.week_of(day_number(until) + 1) - DAYS)
    start = newest - DAYS * (weeks - 1)
    if start < day_number(EARLIEST.date()):
        raise InputError(
            f"{weeks} weeks until --until begin before {EARLIEST.year}, as no event does; ask for "
            "fewer, or name a later date"
        )
    return day_date(start)


def _events(simulation: "Simulation") -> "Iterator[Event]":
    from services.cli.progress import progress

    yield from simulation.master_data()
    with progress("weeks", simulation.company.weeks) as shown:
        for done, week in enumerate(simulation.events(), start=1):
            yield from week
            shown(done)


def _print(events: "Iterable[Event]") -> None:
    import json

    for event in events:
        typer.echo(json.dumps(event, ensure_ascii=False))
