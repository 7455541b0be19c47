"""`vigia rep away | back`: days on which somebody else hears, or the manager."""

from datetime import datetime
from typing import Annotated

import typer

from services.cli.options import Data, settings_of
from services.cli.rep import RepId


def away(
    context: typer.Context,
    rep_id: RepId,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day.")],
    substitute: Annotated[
        str | None, typer.Option(metavar="ID", help="Who stands in; default: the manager.")
    ] = None,
    data: Data = None,
) -> None:
    """Note that a rep is away: who stands in hears of the alerts, else the manager."""
    from services.cli.wiring import open_parts
    from shared.domain.week import day_number
    from shared.storage import absences

    new = absences.Absence(rep_id, day_number(first.date()), day_number(last.date()), substitute)
    with open_parts(settings_of(context, data=data)) as parts:
        parts.database.run(lambda connection: absences.add(connection, new))
    typer.echo("noted")


def back(context: typer.Context, rep_id: RepId, data: Data = None) -> None:
    """Note that a rep is back: absences that are not over are forgotten."""
    from services.cli.wiring import open_parts
    from shared.ops.errors import InputError
    from shared.storage import absences

    with open_parts(settings_of(context, data=data)) as parts:
        today = parts.calendar.day_of(parts.clock.now())
        ended = parts.database.run(lambda connection: absences.end(connection, rep_id, today))
    if not ended:
        raise InputError("that rep is not away; see `vigia rep list`")
    typer.echo("noted")
