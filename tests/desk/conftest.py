"""The desk of a small company, for whoever tests a page of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.company import Office, prepare


@pytest.fixture(scope="session")
def prepared(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's database, to be copied and never opened."""
    path = tmp_path_factory.mktemp("company") / "vigia.db"
    shutil.copy(migrated_file, path)
    prepare(path)
    return path


@pytest.fixture
def office(prepared: Path, tmp_path: Path) -> Iterator[Office]:
    """The desk on a real port, on Monday 2026-03-02 at 06:00 UTC."""
    with Office(tmp_path, prepared).open() as opened:
        yield opened
