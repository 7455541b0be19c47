"""`vigia rep`: who hears of which customers."""

from typing import Annotated

import typer

from services.cli.options import Data, Json, settings_of

app = typer.Typer(help="Sales reps: who hears of which customers.", no_args_is_help=True)
MOST_ALERTS = 1000  # a week; more is a slip of the finger
RepId = Annotated[str, typer.Argument(metavar="ID", help="As customers name their rep.")]


@app.command("add")
def add(
    context: typer.Context,
    rep_id: RepId,
    name: Annotated[str | None, typer.Option(help="The rep's name.")] = None,
    email: Annotated[str | None, typer.Option(help="Where the alerts go.")] = None,
    manager: Annotated[str | None, typer.Option(help="Id of the rep's manager.")] = None,
    locale: Annotated[str | None, typer.Option(help="en or es.")] = None,
    channel: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="Where the alerts go before the mail: tried in the given order. Repeatable; "
            "replaces all channels there were, and '' alone removes them.",
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="N", help="New score alerts a week; `company`: as many as the settings say."
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Add a rep, or change the given fields of one."""
    from sqlalchemy import Connection

    from services.cli.wiring import open_parts
    from services.notifier.registry import read_channel
    from shared.ops.secret import load_secret
    from shared.storage import rep_channels, reps

    person = reps.Rep(id=rep_id, name=name, email=email, manager=manager, locale=locale)
    settings = settings_of(context, data=data)
    most = _budget(budget)
    ways = None if channel is None else [read_channel(url) for url in channel if url]
    with open_parts(settings, create=True) as parts:
        at = parts.clock.now()
        cipher = rep_channels.cipher_of(load_secret(settings).key(rep_channels.PURPOSE))

        def store(connection: Connection) -> bool:
            new = reps.add(connection, person, at)
            if ways is not None:
                rep_channels.replace(connection, rep_id, ways, cipher, at)
            if budget is not None:
                reps.set_budget(connection, rep_id, most)
            return new

        new = parts.database.run(store)
    typer.echo("added" if new else "changed")


def _budget(text: str | None) -> int | None:
    """The number of --budget; None for the company's. Raises InputError."""
    from shared.ops.errors import InputError

    if text is None or text == "company":
        return None
    if not text.isdecimal() or int(text) > MOST_ALERTS:
        raise InputError(
            f"--budget is a number from 0 to {MOST_ALERTS}, or `company` for the settings' number"
        )
    return int(text)


@app.command("list")
def list_(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """Show all reps."""
    import json
    from dataclasses import asdict

    from services.cli.wiring import open_parts
    from shared.domain.week import day_date
    from shared.storage import absences
    from shared.storage.channel_state import gone
    from shared.storage.rep_channels import listed
    from shared.storage.reps import every

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        people = every(connection)
        channels = listed(connection)
        bounced = gone(connection, [person.email for person in people if person.email])
        away = absences.listed(connection, parts.calendar.day_of(parts.clock.now()))
    if as_json:
        rows = [
            {
                **asdict(person),
                "email_unreachable": bounced.get(person.email or ""),
                "channels": [asdict(one) for one in channels.get(person.id, ())],
            }
            for person in people
        ]
        typer.echo(json.dumps(rows))
        return
    for person in people:
        state = "" if person.active else "  (inactive)"
        wrong = _wrong(bounced.get(person.email or ""))
        budget = "" if person.budget is None else f"  {person.budget} alerts a week"
        address = f"{person.email or 'no address'}{wrong}"
        typer.echo(f"{person.id}  {person.name or '-'}  {address}{budget}{state}")
        for one in channels.get(person.id, ()):
            typer.echo(f"    {one.recipient}{_wrong(one.unreachable)}")
        for absence in (one for one in away if one.rep == person.id):
            other = f", {absence.substitute} stands in" if absence.substitute else ""
            first, last = day_date(absence.first_day), day_date(absence.last_day)
            typer.echo(f"    away from {first} to {last}{other}")


def _wrong(unreachable: str | None) -> str:
    return f"  (nothing is sent there: {unreachable})" if unreachable else ""


@app.command("deactivate")
def deactivate(context: typer.Context, rep_id: RepId, data: Data = None) -> None:
    """Send nothing more to a rep; the manager, else the operator, hears instead."""
    from services.cli.wiring import open_parts
    from shared.storage.reps import deactivate as store

    with open_parts(settings_of(context, data=data)) as parts:
        at = parts.clock.now()
        parts.database.run(lambda connection: store(connection, rep_id, at))
    typer.echo("deactivated")
