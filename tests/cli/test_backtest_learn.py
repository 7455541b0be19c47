"""`vigia backtest --learn`: what a company's own complaints were worth, as lines to paste."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from shared.ops.settings import load_settings
from tests.cli.conftest import Command
from tests.cli.test_backtest import as_csv, as_events, trade


def with_complaints(path: Path, weeks: int) -> Path:
    """Whoever stops complained five weeks before; a few others answered a survey badly."""
    rows = trade(weeks, customers=90)
    last = {name: day for name, day, _ in rows}
    end = max(last.values())
    told = []
    for number, (name, day) in enumerate(sorted(last.items())):
        if end - day > timedelta(weeks=3):
            kind = "complaint"
            data: dict[str, Any] = {"severity": "medium"}
            when = day - timedelta(weeks=1)
        elif number % 2:
            kind, data = "survey", {"kind": "nps", "score": 2}
            when = end - timedelta(weeks=12 + number % 9)
        else:
            continue
        fact = {"id": f"{kind}-{name}", "source": "crm", "type": kind, "subject": name}
        told.append({**fact, "time": f"{when}T12:00:00Z", "data": data})
    as_events(path, rows)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(event) + "\n" for event in told)
    return path


def test_complaints_before_leaving_weigh_more_than_answers_that_meant_nothing(
    vigia: Command, tmp_path: Path
) -> None:
    file = with_complaints(tmp_path / "events.ndjson", 60)
    words = ("backtest", str(file), "--learn", "--resamples", "0", "--no-rivals")
    found = json.loads(vigia(*words, "--json").out)["learnt"]
    by_name = {one["setting"].removeprefix("VIGIA_EVIDENCE_"): one for one in found}
    complaint, survey = by_name["COMPLAINT_MEDIUM"], by_name["SURVEY"]
    assert complaint["learnt"] > complaint["default"] > 0
    assert survey["learnt"] < survey["default"]
    assert complaint["left"] > complaint["foretold"]
    assert by_name["NO_CONTACT"]["customers"] == 0

    said = vigia(*words).out
    lines = re.findall(r"^(VIGIA_EVIDENCE_\w+)=(.+)$", said, re.MULTILINE)
    pasted = {name.removeprefix("VIGIA_").lower(): value for name, value in lines}
    assert set(pasted) == {"evidence_complaint_medium", "evidence_survey"}
    settings = load_settings(**pasted)
    assert abs(settings.evidence_complaint_medium - complaint["learnt"]) < 0.01
    assert "# complaint_medium: default 0.7, learnt " in said
    assert "# no_contact: default 0.4; nobody who was judged had any" in said


def test_the_database_teaches_the_same_as_the_file(vigia: Command, tmp_path: Path) -> None:
    file = with_complaints(tmp_path / "events.ndjson", 50)
    words = ("--learn", "--resamples", "0", "--no-rivals", "--json")
    assert vigia("import", str(file)).code == 0
    own = json.loads(vigia("backtest", *words).out)
    given = json.loads(vigia("backtest", str(file), *words).out)
    assert own["learnt"] == given["learnt"]
    assert any(one["customers"] for one in own["learnt"])


def test_a_table_of_sales_cannot_teach(vigia: Command, tmp_path: Path) -> None:
    ran = vigia("backtest", str(as_csv(tmp_path / "s.csv", trade(50))), "--learn")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "has none" in ran.err
