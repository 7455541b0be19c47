"""`vigia migrate`: make or update the schema and, on Kafka, the topics."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import Data, settings_of

if TYPE_CHECKING:
    from shared.ops.settings import Settings


def migrate(
    context: typer.Context,
    data: Data = None,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done.")] = False,
) -> None:
    """Create or update database and topics; safe to repeat and to run twice at once."""
    from services.cli.wiring import make_topics, prepare_database

    settings = settings_of(context, data=data)
    if dry_run:
        typer.echo("\n".join(_planned(settings)) or "nothing to do")
        return
    prepare_database(settings)
    typer.echo("the database is up to date")
    for line in make_topics(settings):
        typer.echo(line)
    if settings.kafka_bootstrap:
        typer.echo("the topics are up to date")


def _planned(settings: "Settings") -> list[str]:
    """What would be done, a line each. Raises ConfigurationError for what would be refused."""
    from services.cli.wiring import no_data_yet, opened_database, own_calendar, planned_topics
    from shared.storage.schema import pending, stored_revision

    if no_data_yet(settings):
        return [f"would create {settings.data / 'vigia.db'}", *planned_topics(settings)]
    with opened_database(settings) as database:
        with database.read() as connection:
            made = stored_revision(connection) is not None
        if made:
            own_calendar(settings, database)
        schema = ["would update the schema"] if pending(database) else []
    return [*schema, *planned_topics(settings)]
