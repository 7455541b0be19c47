"""The demo, small: it finds planted leavers, mails about them, and says only what it computed."""

import re
from pathlib import Path

from tests.acceptance.running import Vigia


def test_a_small_demo_finds_planted_leavers(tmp_path: Path) -> None:
    vigia = Vigia(tmp_path / "unused")
    folder = str(tmp_path / "demo")
    told = vigia("demo", "--data", folder, "--customers", "60", "--weeks", "40", "--no-wait")
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
    again = vigia("demo", "--data", folder, "--customers", "20", "--weeks", "30", "--no-wait")
    assert "Of " in again  # it made its own folder anew
