"""`vigia simulate`: trade with known change points, to a file, to standard output or over HTTP."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from services.cli.trade import Event
    from shared.ops.settings import Settings


def simulate(
    context: typer.Context,
    customers: Annotated[int, typer.Option(min=1, max=100_000, help="How many.")] = 400,
    weeks: Annotated[int, typer.Option(min=4, max=520, help="Weeks until last Sunday.")] = 52,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same trade.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write NDJSON here.")] = None,
    post: Annotated[str | None, typer.Option(help="Post to the Vigía at this address.")] = None,
    key: Annotated[
        str, typer.Option(envvar="VIGIA_KEY", help="Key with the scope master, for --post.")
    ] = "",
) -> None:
    """Simulate a company's trade that ends with the newest closed week.

    Without --out and --post the events go to standard output, one JSON object a line.
    """
    from services.cli.posting import post_events
    from services.cli.trade import simulate_trade

    settings = settings_of(context)
    trade = simulate_trade(
        customers=customers,
        weeks=weeks,
        start=_start(settings, weeks),
        zone=settings.zone,
        currency=settings.currency,
        seed=seed,
    )
    events = (event for week in (trade.master_data(), *trade.events()) for event in week)
    if post is not None:
        typer.echo(f"{post_events(post, key, events)} events accepted", err=True)
        return
    _write(events, out)


def _start(settings: "Settings", weeks: int) -> "date":
    """The first day of so many weeks up to the newest closed one."""
    from datetime import timedelta

    from shared.domain.week import Calendar, day_date

    calendar = Calendar(settings.zone, settings.first_weekday_number)
    newest = day_date(calendar.newest_closed_week(settings.clock().now()))
    return newest - timedelta(days=7 * (weeks - 1))


def _write(events: "Iterable[Event]", out: Path | None) -> None:
    import json

    from shared.ops.errors import InputError

    lines = (json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    if out is None:
        for line in lines:
            typer.echo(line, nl=False)
        return
    try:
        with out.open("w", encoding="utf-8") as file:
            file.writelines(lines)
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror}); choose another") from None
