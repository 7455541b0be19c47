"""Commands run in this process, as the console script runs them."""

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import structlog
import typer.main

from services.cli.main import run


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]
_built = cache(typer.main.get_command)  # a process of its own would build it once as well


@pytest.fixture
def vigia(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """`vigia WORDS` on a data folder of this test's own, on Monday 2026-03-02 at 06:30 UTC."""
    monkeypatch.setenv("VIGIA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("VIGIA_TEST", "1")
    monkeypatch.setenv("VIGIA_NOW", "2026-03-02T06:30:00Z")
    monkeypatch.chdir(tmp_path)

    monkeypatch.setattr(typer.main, "get_command", _built)
    handlers = logging.getLogger().handlers[:]

    def command(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["vigia", *words])
        code = 0
        try:
            run()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    yield command
    # A command sends the log to its own standard error, which ends with the test.
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
