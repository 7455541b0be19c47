"""`vigia quarantine`: what could not be taken, and why."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.options import Data, Json, settings_of

if TYPE_CHECKING:
    from shared.storage.quarantine import Kept

app = typer.Typer(help="Records that could not be taken, and why.", no_args_is_help=True)


@app.command("list")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 100,
    after: Annotated[int, typer.Option(min=0, help="Only those with a larger number.")] = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show what is in the quarantine, oldest first."""
    import json

    from services.cli.wiring import open_parts
    from shared.storage.quarantine import listed

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        kept = listed(connection, limit=limit, after=after)
    if as_json:
        typer.echo(json.dumps([_row(one) for one in kept]))
        return
    for one in kept:
        typer.echo(f"{one.id}  {one.at:%Y-%m-%d %H:%M}  {one.what.reason}: {one.what.detail}")
    if not kept:
        typer.echo("the quarantine is empty")


@app.command("show")
def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show one record with its bytes, exactly as it came."""
    import json

    from services.cli.wiring import open_parts
    from shared.ops.errors import InputError
    from shared.storage.quarantine import find

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        kept = find(connection, number)
    if kept is None:
        raise InputError("there is nothing of that number; see `vigia quarantine list`")
    text = kept.what.value.decode("utf-8", "backslashreplace")
    if as_json:
        typer.echo(json.dumps({**_row(kept), "value": text}))
        return
    for name, value in _row(kept).items():
        typer.echo(f"{name:<10} {'-' if value is None else value}")
    typer.echo(text)


def _row(one: "Kept") -> dict[str, Any]:
    what = one.what
    return {
        "id": one.id,
        "topic": what.topic,
        "partition": what.partition,
        "offset": what.offset,
        "source": what.source,
        "event_id": what.event_id,
        "reason": what.reason,
        "detail": what.detail,
        "at": one.at.isoformat(),
    }
