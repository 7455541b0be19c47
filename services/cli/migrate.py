"""`vigia migrate`: make or update the schema."""

from typing import Annotated

import typer

from services.cli.options import Data, settings_of


def migrate(
    context: typer.Context,
    data: Data = None,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done.")] = False,
) -> None:
    """Create or update the database; safe to repeat and to run twice at once."""
    from services.cli.wiring import database_file_exists, open_parts
    from shared.storage.database import Database
    from shared.storage.schema import pending

    settings = settings_of(context, data=data)
    if dry_run:
        new = not settings.database_url.get_secret_value() and not database_file_exists(settings)
        if new:
            typer.echo(f"would create {settings.data / 'vigia.db'}")
            return
        database = Database(settings.sqlalchemy_url)
        try:
            typer.echo("would update the schema" if pending(database) else "nothing to do")
        finally:
            database.close()
        return
    with open_parts(settings, create=True):
        typer.echo("the database is up to date")
