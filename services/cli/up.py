"""`vigia up`: the whole system in one process."""

from typing import Annotated

import typer

from services.cli.options import Data, settings_of


def up(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="HTTP port; 0 takes a free one.")] = None,
    data: Data = None,
) -> None:
    """Run everything: HTTP, folding, weekly evaluation, mails. Ctrl-C or SIGTERM ends it."""
    from services.cli.folder import hold_folder
    from services.cli.system import System
    from services.cli.wiring import end_old_leases, open_parts
    from shared.ops.stop import Stop

    settings = settings_of(context, data=data, port=port)
    stop = Stop()
    stop.on_signals()
    with hold_folder(settings.data), open_parts(settings, create=True) as parts:
        end_old_leases(parts)
        system = System(parts, stop)
        system.run(lambda: f"vigia listens on {system.address}, data in {settings.data}")
