"""`vigia verify`: prove the totals."""

from typing import Annotated

import typer

from services.cli.options import Data, Json, settings_of


def verify(
    context: typer.Context,
    repair: Annotated[bool, typer.Option(help="Rewrite wrong totals from the ledger.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Recompute totals from the ledger, and the ledger from the log; exit 1 on a difference."""
    import json
    from dataclasses import asdict

    from services.cli.progress import progress
    from services.cli.wiring import open_parts
    from services.detector import verify as proof

    with open_parts(settings_of(context, data=data)) as parts:

        def differences() -> list[proof.Difference]:
            with progress("verifying") as shown:
                return proof.verify(
                    parts.database,
                    parts.log,
                    parts.calendar,
                    parts.clock,
                    progress=lambda _what, done: shown(done),
                )

        found = differences()
        if found and repair:
            customers = proof.repair(parts.database, parts.clock)
            typer.echo(f"{customers} customers mended; looking again", err=True)
            found = differences()
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found]))
    else:
        for one in found:
            typer.echo(str(one))
        typer.echo(f"differences: {len(found)}" if found else "no difference")
    if found:
        raise typer.Exit(1)
