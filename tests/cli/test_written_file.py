"""What a command writes destroys nothing that it reads, and fails in one line."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.cli.test_commands import SALES

BAD = "3,2026-02-22T10:00:00Z,eva,x\n"


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """A file with a bad row, by its own name and by two more."""
    file = tmp_path / "sales.csv"
    file.write_text(SALES + BAD, encoding="utf-8")
    (tmp_path / "symbolic.csv").symlink_to(file)
    os.link(file, tmp_path / "hard.csv")
    (tmp_path / "mapping.toml").touch()
    return file


@pytest.mark.parametrize("name", ["sales.csv", "./sales.csv", "symbolic.csv", "hard.csv"])
@pytest.mark.parametrize(
    "words", [("import", "--skip-invalid"), ("backtest", "--scores"), ("backtest", "--report")]
)
def test_a_file_that_is_read_is_not_written(
    vigia: Command, sales: Path, name: str, words: tuple[str, str]
) -> None:
    command, option = words
    ran = vigia(command, str(sales), option, name)
    assert (ran.code, ran.err.count("\n"), ran.out) == (1, 1, "")
    assert f"{option} {Path(name)} would overwrite {sales}" in ran.err
    assert sales.read_text(encoding="utf-8") == SALES + BAD


@pytest.mark.parametrize(
    "words",
    [
        ("import", "sales.csv", "--mapping", "mapping.toml", "--skip-invalid", "mapping.toml"),
        ("backtest", "sales.csv", "--truth", "mapping.toml", "--scores", "mapping.toml"),
        ("backtest", "sales.csv", "--scores", "new", "--report", "new"),
        ("simulate", "--truth", "new", "--out", "../" + "{folder}/new"),
    ],
)
def test_nor_is_another_file_of_the_same_command(
    vigia: Command, sales: Path, words: tuple[str, ...]
) -> None:
    ran = vigia(*(word.format(folder=sales.parent.name) for word in words))
    assert (ran.code, ran.err.count("\n"), ran.out) == (1, 1, "")
    assert "would overwrite" in ran.err
    assert not (sales.parent / "new").exists()


@pytest.mark.parametrize("text", [SALES + BAD, '{"id": "1"}\n'], ids=["a table", "events"])
def test_bad_rows_that_cannot_be_kept_import_nothing(
    vigia: Command, tmp_path: Path, text: str
) -> None:
    (tmp_path / "file").write_text(text, encoding="utf-8")
    ran = vigia("import", "file", "--skip-invalid", "nowhere/rejects")
    assert (ran.code, ran.err.count("\n"), ran.out) == (1, 1, "")
    assert "nowhere/rejects cannot be written" in ran.err
    assert not (tmp_path / "data").exists()


def test_an_older_file_of_bad_rows_is_replaced(vigia: Command, sales: Path) -> None:
    kept = sales.parent / "kept.csv"
    for _ in range(2):
        assert vigia("import", str(sales), "--skip-invalid", str(kept)).code == 0
    header, row = kept.read_text(encoding="utf-8").splitlines()
    assert (header.endswith(",reason"), row.startswith(BAD.strip())) == (True, True)
