"""What the documents say is what the program does."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.main import get_command

from services.cli.main import app
from shared.ops.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]


def settings_table() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        value = field.default
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        shown = f"`{plain}`" if plain not in (None, "", {}) else ""
        rows.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


def test_every_setting_stands_in_the_table() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    missing = [row for row in settings_table().splitlines() if row not in text]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_settings_that_are_spoken_of_exist(document: Path) -> None:
    names = {PREFIX + name.upper() for name in Settings.model_fields}
    also = {"VIGIA_KEY", "VIGIA_X", "VIGIA_X_FILE", *(f"{name}_FILE" for name in names)}
    spoken = set(re.findall(r"VIGIA_[A-Z_]*", document.read_text(encoding="utf-8")))
    beginnings = {name for name in spoken if name.endswith("_")}
    assert spoken - beginnings <= names | also
    assert all(any(name.startswith(begin) for name in names) for begin in beginnings)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def commands() -> list[str]:
    found = []
    named = (
        *("README.md", "docs/channels.md", "docs/import.md", "docs/operations.md"),
        *("docs/routing.md", "docs/simulate.md"),
    )
    for path in (ROOT / name for name in named):
        for block in re.findall(r"```sh\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
            lines = block.replace("\\\n", " ").splitlines()
            found += [line.split("#")[0].strip() for line in lines if "vigia " in line]
    return found


@pytest.mark.parametrize("line", commands())
def test_commands_that_are_shown_can_be_parsed(line: str) -> None:
    words = shlex.split(line)
    words = words[next(n for n, word in enumerate(words) if word.endswith("vigia")) + 1 :]
    command: Any = get_command(app)
    context = command.context_class(command)
    while hasattr(command, "commands"):
        command = command.commands.get(words.pop(0))
        assert command is not None, line
        context = command.context_class(command, parent=context)
    command.parse_args(context, words)
