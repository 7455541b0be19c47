"""`vigia rebuild`: count all stored days anew in another zone."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import Data, settings_of

if TYPE_CHECKING:
    from services.cli.wiring import Parts


def rebuild(
    context: typer.Context,
    zone: Annotated[str, typer.Option(help="The company's new zone, such as Europe/Madrid.")],
    data: Data = None,
) -> None:
    """Recompute every business day from the ledger; stop every other vigia before.

    All or nothing. Afterwards set VIGIA_TIME_ZONE to the same zone. What was judged stays.
    """
    from zoneinfo import ZoneInfo, available_timezones

    from services.cli.progress import progress
    from services.cli.wiring import open_parts, working_alone
    from shared.ops.errors import InputError
    from shared.storage.rezone import rezone

    if zone not in available_timezones():
        raise InputError("--zone is not a time zone of the IANA database, such as Europe/Madrid")
    with (
        open_parts(settings_of(context, data=data), role="vigia-rebuild", any_zone=True) as parts,
        working_alone(parts),
        progress("moving") as shown,
        parts.database.write() as connection,
    ):
        _require_alone(parts)
        moved = rezone(connection, ZoneInfo(zone), parts.clock.now(), shown)
    typer.echo(f"events on another day now: {moved}; set VIGIA_TIME_ZONE={zone}")


def _require_alone(parts: "Parts") -> None:
    from shared.ops.errors import ConfigurationError
    from shared.storage.rezone import others_at_work

    with parts.database.read() as connection:
        others = others_at_work(connection)
    if others:
        raise ConfigurationError(
            "other processes of vigia are connected to this database; stop them first"
        )
