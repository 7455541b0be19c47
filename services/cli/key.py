"""`vigia key`: who may post and read."""

from typing import Annotated

import typer

from services.cli.options import Data, Json, settings_of

app = typer.Typer(help="API keys: who may post and read.", no_args_is_help=True)


@app.command("create")
def create(
    context: typer.Context,
    scope: Annotated[list[str], typer.Option(help="ingest, master, read or admin; repeatable.")],
    source: Annotated[str | None, typer.Option(help="Only events of this source.")] = None,
    data: Data = None,
) -> None:
    """Make a key and print it, this once, as the last word of the last line."""
    from services.cli.wiring import open_parts
    from shared.storage.keys import create_key

    with open_parts(settings_of(context, data=data), create=True) as parts:
        at = parts.clock.now()
        key, secret = parts.database.run(
            lambda connection: create_key(connection, scopes=scope, source=source, at=at)
        )
    typer.echo(f"{key.id} may {', '.join(sorted(key.scopes))}; it is shown only now:")
    typer.echo(f"key {secret}")


@app.command("list")
def list_(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """Show all keys by id, never the keys themselves."""
    import json

    from services.cli.wiring import open_parts
    from shared.storage.keys import list_keys

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        keys = list_keys(connection)
    if as_json:
        rows = [
            {
                "id": key.id,
                "scopes": sorted(key.scopes),
                "source": key.source,
                "created_at": key.created_at.isoformat(),
                "revoked_at": key.revoked_at and key.revoked_at.isoformat(),
            }
            for key in keys
        ]
        typer.echo(json.dumps(rows))
        return
    for key in keys:
        state = "revoked" if key.revoked_at else "valid"
        bound = f" for {key.source}" if key.source else ""
        typer.echo(f"{key.id}  {state:<8} {','.join(sorted(key.scopes))}{bound}")


@app.command("revoke")
def revoke(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID")],
    data: Data = None,
) -> None:
    """End a key; running processes notice within a minute."""
    from services.cli.wiring import open_parts
    from shared.ops.errors import InputError
    from shared.storage.keys import revoke_key

    with open_parts(settings_of(context, data=data)) as parts:
        at = parts.clock.now()
        if not parts.database.run(lambda connection: revoke_key(connection, key_id, at)):
            raise InputError("there is no valid key of that id; see `vigia key list`")
    typer.echo("revoked")
