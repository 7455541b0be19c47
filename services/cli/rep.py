"""`vigia rep`: who hears of which customers."""

from typing import Annotated

import typer

from services.cli.options import Data, Json, settings_of

app = typer.Typer(help="Sales reps: who hears of which customers.", no_args_is_help=True)
RepId = Annotated[str, typer.Argument(metavar="ID", help="As customers name their rep.")]


@app.command("add")
def add(
    context: typer.Context,
    rep_id: RepId,
    name: Annotated[str | None, typer.Option(help="The rep's name.")] = None,
    email: Annotated[str | None, typer.Option(help="Where the alerts go.")] = None,
    manager: Annotated[str | None, typer.Option(help="Id of the rep's manager.")] = None,
    locale: Annotated[str | None, typer.Option(help="en or es.")] = None,
    data: Data = None,
) -> None:
    """Add a rep, or change the given fields of one."""
    from services.cli.wiring import open_parts
    from shared.storage.reps import Rep
    from shared.storage.reps import add as store

    person = Rep(id=rep_id, name=name, email=email, manager=manager, locale=locale)
    with open_parts(settings_of(context, data=data), create=True) as parts:
        at = parts.clock.now()
        new = parts.database.run(lambda connection: store(connection, person, at))
    typer.echo("added" if new else "changed")


@app.command("list")
def list_(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """Show all reps."""
    import json
    from dataclasses import asdict

    from services.cli.wiring import open_parts
    from shared.storage.reps import every

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        people = every(connection)
    if as_json:
        typer.echo(json.dumps([asdict(person) for person in people]))
        return
    for person in people:
        state = "" if person.active else "  (inactive)"
        typer.echo(f"{person.id}  {person.name or '-'}  {person.email or 'no address'}{state}")


@app.command("deactivate")
def deactivate(context: typer.Context, rep_id: RepId, data: Data = None) -> None:
    """Send nothing more to a rep; the manager, else the operator, hears instead."""
    from services.cli.wiring import open_parts
    from shared.storage.reps import deactivate as store

    with open_parts(settings_of(context, data=data)) as parts:
        at = parts.clock.now()
        parts.database.run(lambda connection: store(connection, rep_id, at))
    typer.echo("deactivated")
