"""`vigia import`: a company's sales history from a CSV or NDJSON file, whole or not at all."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import Data, settings_of

if TYPE_CHECKING:
    from services.cli.import_file import Imported
    from services.cli.wiring import Parts


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or NDJSON, also gzipped.")],
    source: Annotated[
        str | None, typer.Option(help="The feed these sales belong to; the till's own name.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="TOML: what the columns mean.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="Zone of times without an offset; default: the company's.")
    ] = None,
    skip_invalid: Annotated[
        Path | None, typer.Option(help="Keep bad rows in this file and import the others.")
    ] = None,
    data: Data = None,
) -> None:
    """Import sales. Repeating it changes nothing, and it sends nothing."""
    from services.cli.import_file import FilePlan, read_file, require_table
    from services.cli.progress import progress
    from services.cli.wiring import open_parts
    from services.cli.written_file import require_own_file

    settings = settings_of(context, data=data)
    require_own_file("--skip-invalid", skip_invalid, file, mapping)
    require_table(file, mapping=mapping, zone=zone)
    plan = FilePlan.of(settings, file, source=source, mapping=mapping, zone=zone)
    with progress("reading") as shown:
        imported = read_file(plan, settings.clock().now(), skip_invalid, shown)
    _say_read(imported)
    with open_parts(settings, create=True) as parts:
        _append_and_fold(parts, imported)


def _append_and_fold(parts: "Parts", imported: "Imported") -> None:
    """Fold here, or leave it to whoever works already."""
    from services.cli.import_file import append
    from services.cli.progress import progress
    from services.cli.system import fold_here

    with progress("writing", len(imported.records)) as shown:
        append(parts.log, imported.records, shown)
    if fold_here(parts, len(imported.records)):
        typer.echo("done; `vigia evaluate` judges the customers")
    else:
        typer.echo("the running vigia counts them now; `vigia status` tells when it is done")


def _say_read(imported: "Imported") -> None:
    for kind, count in sorted(imported.kinds.items()):
        typer.echo(f"{count:>9,} {kind}")
    if imported.zero:
        typer.echo(f"{imported.zero:>9,} with a total of 0, skipped")
    if imported.rejected:
        typer.echo(f"{imported.rejected:>9,} rows or events kept apart as invalid")
    if imported.guessed_source:
        typer.echo(
            f"the feed is named «{imported.guessed_source}»: post new sales under the same "
            "source and ids, or name the till's with --source; otherwise an overlap counts twice"
        )
