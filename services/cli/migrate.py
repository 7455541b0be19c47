"""`vigia migrate`: make or update the schema and, on Kafka, the topics."""

from typing import Annotated

import typer

from services.cli.options import Data, settings_of


def migrate(
    context: typer.Context,
    data: Data = None,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done.")] = False,
) -> None:
    """Create or update database and topics; safe to repeat and to run twice at once."""
    from services.cli.wiring import make_topics, no_data_yet, prepare_database
    from shared.storage.database import Database
    from shared.storage.schema import pending

    settings = settings_of(context, data=data)
    if dry_run:
        if no_data_yet(settings):
            typer.echo(f"would create {settings.data / 'vigia.db'}")
            return
        database = Database(settings.sqlalchemy_url)
        try:
            typer.echo("would update the schema" if pending(database) else "nothing to do")
        finally:
            database.close()
        return
    prepare_database(settings)
    typer.echo("the database is up to date")
    for line in make_topics(settings):
        typer.echo(line)
    if settings.kafka_bootstrap:
        typer.echo("the topics are up to date")
