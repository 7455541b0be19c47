"""Options that several commands share, and how a command gets its settings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from shared.ops.settings import Settings

Data = Annotated[
    Path | None, typer.Option("--data", help="Folder of the data; default: VIGIA_DATA.")
]
LARGEST_NUMBER = 2**63 - 1  # that a database holds
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def settings_of(context: typer.Context, **overrides: Any) -> "Settings":
    """The settings of this run: --config (given before the command), environment, overrides."""
    from shared.ops.logging import configure_logging
    from shared.ops.settings import load_settings

    settings = load_settings(context.find_root().params.get("config"), **overrides)
    configure_logging(level=settings.log_level, form=settings.log_format)
    return settings
