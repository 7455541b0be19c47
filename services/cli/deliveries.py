"""`vigia deliveries`: what was told to whom, what waits, and what never arrived."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.options import LARGEST_NUMBER, Data, Json, settings_of

if TYPE_CHECKING:
    from shared.storage.delivery_list import DeliveryRow

app = typer.Typer(help="Messages to people, and what became of them.", no_args_is_help=True)


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[
        str | None, typer.Option(help="pending, leased, sent, dead or suppressed.")
    ] = None,
    alert: Annotated[str | None, typer.Option(help="Only those about this alert.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 50,
    before: Annotated[
        int | None, typer.Option(max=LARGEST_NUMBER, help="Only those with a smaller number.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show deliveries, the newest first."""
    import json

    from services.cli.wiring import open_parts
    from shared.ops.errors import InputError
    from shared.storage.delivery_list import listed
    from shared.storage.waiting import DELIVERY_STATES

    if state not in (None, *DELIVERY_STATES):
        raise InputError(f"--state is one of {', '.join(DELIVERY_STATES)}")
    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        found = listed(connection, state=state, alert=alert, limit=limit, before=before)
    if as_json:
        typer.echo(json.dumps([_row(one) for one in found]))
        return
    for one in found:
        typer.echo(_line(one))
    if not found:
        typer.echo("there are none")


@app.command("show")
def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", max=LARGEST_NUMBER)],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show one delivery and what it tells."""
    import json

    from services.cli.wiring import open_parts
    from shared.ops.errors import InputError
    from shared.storage.delivery_list import find

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        found = find(connection, number)
    if found is None:
        raise InputError("there is no delivery of that number; see `vigia deliveries list`")
    if as_json:
        typer.echo(json.dumps({**_row(found), "message": found.message}))
        return
    for name, value in _row(found).items():
        typer.echo(f"{name:<12} {'-' if value in (None, []) else value}")
    typer.echo(found.message.get("data", {}).get("sentence", ""))


@app.command("retry")
def retry(
    context: typer.Context,
    numbers: Annotated[
        list[int] | None,
        typer.Argument(metavar="ID...", max=LARGEST_NUMBER, help="Numbers, as `list` shows them."),
    ] = None,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="Every dead one.")] = False,
    data: Data = None,
) -> None:
    """Try deliveries again that are dead, suppressed or waiting: at once, by every channel.

    A digest goes out with all that it was to tell.
    """
    from services.cli.wiring import open_parts
    from shared.ops.errors import InputError
    from shared.storage.delivery_list import numbers_of, try_again

    if bool(numbers) == all_dead:
        raise InputError("name either numbers or --all-dead; see `vigia deliveries list`")
    with open_parts(settings_of(context, data=data)) as parts, parts.database.write() as connection:
        chosen = numbers or numbers_of(connection, "dead")
        done = try_again(connection, chosen, parts.clock.real())
        if numbers and done < len(set(numbers)):
            raise InputError(
                "one of these is not there, is sent or is on its way; nothing was changed"
            )
    typer.echo(f"tried again: {done}")


def _line(one: "DeliveryRow") -> str:
    when = one.sent_at or one.next_at
    told = f" {when:%Y-%m-%d %H:%M}" if when else ""
    reason = f"  ({one.reason})" if one.reason else ""
    kind = one.message.get("kind", "?")
    return (
        f"{one.id}  {one.state}{told}  {one.alert}/{one.number} {kind} to {one.audience}"
        f" by {one.channel} {one.recipient or '-'}{reason}"
    )


def _row(one: "DeliveryRow") -> dict[str, Any]:
    from dataclasses import asdict

    row = {name: value for name, value in asdict(one).items() if name != "message"}
    row["kind"] = one.message.get("kind")
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }
