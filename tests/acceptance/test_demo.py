"""The demo, small: it finds planted leavers, mails about them, and says only what it computed."""

import re
from pathlib import Path

import pytest

from services.cli.demo import MARKER, empty_folder
from services.cli.folder import LOCK_NAME
from shared.ops.errors import ConfigurationError
from tests.acceptance.running import AT_ONCE, Vigia


def test_a_small_demo_finds_planted_leavers(tmp_path: Path) -> None:
    vigia = Vigia(tmp_path / "unused")
    vigia.environment = {n: v for n, v in vigia.environment.items() if n not in AT_ONCE}
    # So that the week's digest, of Monday 07:30, comes when the next week has begun.
    vigia.environment["VIGIA_EVALUATION_HOUR"] = "8"
    folder = str(tmp_path / "demo")
    told = vigia("demo", "--data", folder, "--customers", "36", "--weeks", "36", "--no-wait")
    found = re.search(r"Vigía: found (\d+)", told)
    made = re.search(r"Of (\d+) customers who were made to leave", told)
    mails = re.search(r"(\d+) mails", told)
    assert found and made and mails, told
    assert 0 < int(found[1]) <= int(made[1])
    assert int(mails[1]) == len(list((tmp_path / "demo" / "outbox").glob("*.eml"))) > 0
    assert "a year at risk" in told
    status = vigia.json("status", "--data", folder)
    assert status["settled"] is True
    assert status["quarantine"] == 0
    assert vigia("verify", "--data", folder) == "no difference\n"
    empty_folder(tmp_path / "demo")  # as another demo begins
    assert {path.name for path in (tmp_path / "demo").iterdir()} == {MARKER, LOCK_NAME}
    with pytest.raises(ConfigurationError, match="no demo made"):
        empty_folder(tmp_path)
