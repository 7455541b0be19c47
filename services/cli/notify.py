"""`vigia notify`: try how a rep is reached, and let a paused channel send again."""

from typing import Annotated

import typer

from services.cli.options import Data, Json, settings_of

app = typer.Typer(help="Try how reps are reached; resume a channel.", no_args_is_help=True)


@app.command("test")
def test(
    context: typer.Context,
    rep_id: Annotated[str, typer.Argument(metavar="REP", help="Id of the rep.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Send a sample by each of the rep's channels, and show what the provider answered.

    Exit 1 if one of them did not take it. One that works is used again if it was given up.
    """
    import json
    from dataclasses import asdict

    from services.cli.wiring import open_parts
    from services.notifier.trial import try_ways

    with open_parts(settings_of(context, data=data)) as parts:
        tried = try_ways(parts.database, parts.settings, parts.clock, rep_id)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in tried]))
    else:
        for one in tried:
            outcome = "failed" if one.failed else "ok"
            typer.echo(f"{outcome:<7} {one.channel:<10} {one.recipient}  {one.answer}")
    if any(one.failed for one in tried):
        raise typer.Exit(1)


@app.command("resume")
def resume(
    context: typer.Context,
    channel: Annotated[str, typer.Argument(help="As `vigia status` names it.")],
    data: Data = None,
) -> None:
    """Send by a channel again that was paused because its provider did not let us in."""
    from services.cli.wiring import open_parts
    from services.notifier.registry import KINDS
    from shared.ops.errors import InputError
    from shared.storage import channel_state

    if channel not in KINDS:
        raise InputError(f"there is no such channel; there are {', '.join(KINDS)}")
    with open_parts(settings_of(context, data=data)) as parts:
        now = parts.clock.real()
        resumed = parts.database.run(lambda c: channel_state.resume(c, channel, now))
    typer.echo("it sends again" if resumed else "it was not paused")
