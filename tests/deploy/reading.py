"""The files of a deployment, read."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
RESET = "(taken away)"
ROLES = ("ingest", "detector", "notifier", "desk")


class _Loader(yaml.SafeLoader):
    """Knows Compose's `!reset`, which takes away what an earlier file said."""


_Loader.add_constructor("!reset", lambda loader, node: RESET)


def read_yaml(path: str) -> Any:
    """One YAML document, merge keys followed."""
    return yaml.load((ROOT / path).read_text(encoding="utf-8"), _Loader)


def filled_in(text: str) -> str:
    """A value of a Compose file with the default of every `${NAME:-default}`, inner ones first."""
    filled = re.sub(r"\$\{\w+:-([^${}]*)\}", r"\1", text)
    return text if filled == text else filled_in(filled)


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order: (name, the rest on one line)."""
    text = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    parts = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [(name, " ".join(rest.split())) for name, rest in parts]


def stages() -> list[list[tuple[str, str]]]:
    """The Dockerfile's instructions by stage."""
    found: list[list[tuple[str, str]]] = []
    for instruction in instructions():
        if instruction[0] == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


def environment(stage: list[tuple[str, str]]) -> dict[str, str]:
    """What ENV sets in a stage."""
    pairs = (word.split("=", 1) for name, rest in stage if name == "ENV" for word in rest.split())
    return dict(pairs)


def sent_to_the_builder() -> set[str]:
    """What .dockerignore lets through: it forbids everything, then names what may pass."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return {line[1:] for line in lines if line.startswith("!")}
