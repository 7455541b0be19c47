"""`vigia report precision`: how often people found alerts right, by what opened them and by rep."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.options import Data, Json, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.storage.answers import Answers

app = typer.Typer(help="What came of the alerts.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """More reports may come; each is a word of its own."""


@app.command("precision")
def precision(
    context: typer.Context,
    weeks: Annotated[
        int, typer.Option(min=1, max=520, help="Alerts opened in so many weeks up to now.")
    ] = 26,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show which share of the answered alerts was right, by rule and by rep."""
    import json
    from datetime import timedelta

    from services.cli.wiring import open_parts
    from shared.storage.answers import answers

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        rows = answers(connection, parts.clock.now() - timedelta(weeks=weeks))
    if as_json:
        typer.echo(json.dumps([_document(row) for row in rows]))
        return
    if not rows:
        typer.echo(f"no alerts were opened in the last {weeks} weeks")
        return
    for by in ("rule", "rep"):
        for line in _table(rows, by):
            typer.echo(line)
        typer.echo("")
    typer.echo("wrong: dismissed as wrong or holiday; right: called, noted, lost or dismissed else")


def _document(row: "Answers") -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(row), "precision": row.precision}


def _table(rows: "Sequence[Answers]", by: str) -> list[str]:
    from shared.storage.answers import summed

    lines = [f"{by:<24} {'right':>6} {'wrong':>6} {'unanswered':>11} {'precision':>10}"]
    for name, row in summed(rows, by).items():
        share = "-" if row.precision is None else f"{row.precision:.0%}"
        lines.append(f"{name:<24} {row.right:>6} {row.wrong:>6} {row.unanswered:>11} {share:>10}")
    return lines
