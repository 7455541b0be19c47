"""`vigia pause` and `vigia resume`: judging goes on, messages wait."""

import typer

from services.cli.options import Data, settings_of


def pause(context: typer.Context, data: Data = None) -> None:
    """Send nothing until `vigia resume`; everything else goes on, and messages wait."""
    from services.cli.wiring import open_parts
    from shared.storage.company import paused_since, set_paused

    with open_parts(settings_of(context, data=data)) as parts:
        with parts.database.write() as connection:
            since = paused_since(connection)
            if since is None:
                set_paused(connection, parts.clock.real())
        if since is None:
            typer.echo("nothing is sent from now on; a message under way still goes out")
        else:
            typer.echo(f"nothing is sent since {since:%Y-%m-%d %H:%M} UTC")


def resume(context: typer.Context, data: Data = None) -> None:
    """Send again, first what has waited longest."""
    from services.cli.wiring import open_parts
    from shared.storage.company import set_paused

    with open_parts(settings_of(context, data=data)) as parts:
        parts.database.run(lambda connection: set_paused(connection, None))
    typer.echo("messages are sent again")
