"""`vigia settings`: every setting, its meaning and the value in force, secrets hidden."""

import typer

from services.cli.options import Data, Json, settings_of


def settings(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """Show every setting, its value now and what it means."""
    import json

    from pydantic import SecretStr

    from shared.ops.settings import PREFIX

    loaded = settings_of(context, data=data)
    rows = []
    for name, field in type(loaded).model_fields.items():
        value = getattr(loaded, name)
        if isinstance(value, SecretStr):
            shown = "(set)" if value.get_secret_value() else ""
        else:
            shown = "" if value is None else str(value)
        rows.append({"name": PREFIX + name.upper(), "value": shown, "meaning": field.description})
    if as_json:
        typer.echo(json.dumps(rows))
        return
    width = max(len(str(row["name"])) for row in rows)
    for row in rows:
        typer.echo(f"{row['name']:<{width}}  {row['value'] or '-'}")
        typer.echo(f"{'':<{width}}  {row['meaning']}")
