"""The README's way to Kafka: its block of commands, and the settings that the block exports."""

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
COMMAND = ".venv/bin/vigia "


def block() -> str:
    """The commands below «Run it on Kafka»."""
    found = re.search(r"## Run it on Kafka.*?```sh\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def exported(commands: str, folder: Path) -> Mapping[str, str]:
    """The VIGIA_* that a shell in `folder` has after whatever comes before the first `vigia`."""
    before, _, _ = commands.partition(COMMAND)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VIGIA_")}
    shell = ["bash", "-euc", f"{before}\nenv -0"]
    done = subprocess.run(
        shell, cwd=folder, env=clean, capture_output=True, text=True, check=True, timeout=30
    )
    found = (entry.partition("=")[::2] for entry in done.stdout.split("\0"))
    return {name: value for name, value in found if name.startswith("VIGIA_")}


def started(commands: str) -> list[list[str]]:
    """The words of each `vigia` command."""
    lines = (line for line in commands.splitlines() if line.startswith(COMMAND))
    return [shlex.split(line.removeprefix(COMMAND), comments=True) for line in lines]
