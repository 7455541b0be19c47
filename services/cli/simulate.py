"""`vigia simulate`: trade with known change points, to a file, to standard output or over HTTP."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.options import settings_of


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
    import json
    from datetime import timedelta

    from services.cli.posting import post_events
    from services.cli.trade import simulate_trade
    from shared.domain.week import Calendar, day_date
    from shared.ops.errors import InputError

    settings = settings_of(context)
    calendar = Calendar(settings.zone, settings.first_weekday_number)
    newest = day_date(calendar.newest_closed_week(settings.clock().now()))
    trade = simulate_trade(
        customers=customers,
        weeks=weeks,
        start=newest - timedelta(days=7 * (weeks - 1)),
        zone=settings.zone,
        currency=settings.currency,
        seed=seed,
    )
    events = (event for week in (trade.master_data(), *trade.events()) for event in week)
    if post is not None:
        sent = post_events(post, key, events)
        typer.echo(f"{sent} events accepted", err=True)
        return
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
