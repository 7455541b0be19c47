"""`vigia feed`: the sources that events come from."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import Data, Json, settings_of

if TYPE_CHECKING:
    from shared.domain.feed import Kind

app = typer.Typer(help="Feeds: the sources that events come from.", no_args_is_help=True)
Source = Annotated[str, typer.Argument(metavar="SOURCE", help="As events name their source.")]


@app.command("list")
def list_(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """Show every feed, how far it has told, and whether it is silent."""
    import json

    from services.cli.wiring import open_parts
    from services.detector.feeds import list_feeds

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        found = list_feeds(connection, parts.clock.now(), parts.settings)
    if as_json:
        typer.echo(json.dumps([one.to_dict() for one in found]))
        return
    for one in found:
        last = one.feed.last_event_at
        seen = "nothing yet" if last is None else f"last event {last:%Y-%m-%d %H:%M} UTC"
        typer.echo(f"{one.feed.source}  {one.feed.kind}, {seen}{'' if one.healthy else ', silent'}")


@app.command("retire")
def retire(context: typer.Context, source: Source, data: Data = None) -> None:
    """Expect nothing more from a feed; its silence holds nobody."""
    _set_kind(context, source, "retired", data)


@app.command("batch")
def batch(context: typer.Context, source: Source, data: Data = None) -> None:
    """Call a feed an import: complete to its last day, never silent."""
    _set_kind(context, source, "batch", data)


def _set_kind(context: typer.Context, source: str, kind: "Kind", data: Data) -> None:
    from services.cli.wiring import open_parts
    from services.detector.feeds import set_kind

    with open_parts(settings_of(context, data=data)) as parts:
        parts.database.run(lambda connection: set_kind(connection, source, kind))
    typer.echo(f"the feed is {kind} now")
