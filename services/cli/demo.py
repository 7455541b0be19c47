"""`vigia demo`: a year of simulated trade through the real path, in under two minutes."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.options import settings_of

MARKER = "made-by-vigia-demo"
# Whatever the company's own settings are: simulated trade must not reach its system or people.
ALL_IN_THE_FOLDER = {
    "database_url": "",
    "kafka_bootstrap": "",
    "smtp_url": "",
    "secret_key": "",
    "base_url": "",
}
# Nobody answers in a simulated year: the mails of a demo are those about customers.
NOT_TOLD_AGAIN = {
    "summary_at": "",
    "reminders": False,
    "acknowledge_days": 0,
    "acknowledge_urgent_hours": 0,
}


def demo(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="Folder that the demo makes anew.")] = Path(
        "vigia-demo"
    ),
    port: Annotated[int, typer.Option(help="HTTP port; 0 takes a free one.")] = 0,
    customers: Annotated[int, typer.Option(min=20, max=5000, help="How many.")] = 120,
    weeks: Annotated[int, typer.Option(min=30, max=150, help="How long.")] = 52,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same year.")] = 1,
    wait: Annotated[
        bool | None,
        typer.Option(help="Stay running afterwards; default: only in a terminal."),
    ] = None,
) -> None:
    """Simulate a company's year week by week, and show whom Vigía would have warned about."""
    import sys

    from services.cli.demo_run import DemoRun
    from services.cli.folder import hold_folder
    from services.cli.wiring import open_parts
    from shared.ops.clock import SimulatedClock

    stays = sys.stdout.isatty() if wait is None else wait
    if stays and not port:
        port = free_port()  # the links in the mails name it
    settings = settings_of(
        context,
        data=data,
        port=port,
        log_level="error",
        test=False,
        **ALL_IN_THE_FOLDER,
        **NOT_TOLD_AGAIN,
    )
    with hold_folder(data):
        empty_folder(data)
        run = DemoRun.plan(settings, customers=customers, weeks=weeks, seed=seed)
        clock = SimulatedClock(run.starts_at)
        with open_parts(settings, create=True, clock=clock) as parts:
            run.play(parts, clock, stays)


def free_port() -> int:
    """A port that nobody listens on just now."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def empty_folder(data: Path) -> None:
    """Take away what an earlier demo left; refuses a folder that holds anything else."""
    import shutil

    from services.cli.folder import LOCK_NAME
    from shared.ops.errors import ConfigurationError

    found = [path for path in data.iterdir() if path.name != LOCK_NAME]
    if found and not (data / MARKER).exists():
        raise ConfigurationError(
            f"{data} holds something that no demo made; name an empty folder with --data"
        )
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    (data / MARKER).touch()
