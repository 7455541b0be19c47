"""`vigia evaluate` and `vigia explain` on a year of sales in a file, as a company tries them."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from random import Random

from tests.cli.conftest import Command

MONDAY = date(2026, 3, 2)


def sales() -> str:
    """Forty weeks of thirty regulars, and of four who stopped a month ago."""
    rng = Random(3)
    rows = ["id,time,customer,amount,rep"]
    for n in range(34):
        name, stop = (f"gone-{n}", 4) if n < 4 else (f"here-{n}", 0)
        for week in range(40, stop, -1):
            for day in (0, 2, 4):
                if rng.random() < 0.85:
                    when = MONDAY - timedelta(weeks=week, days=-day)
                    rows.append(f"{n}-{when},{when}T10:00:00Z,{name},{80 + n}.50,ana")
    return "\n".join(rows) + "\n"


def load(vigia: Command, folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, "utf-8")
    assert vigia("import", str(folder / name), "--source", "shop").code == 0


def test_an_alert_is_explained_and_what_became_known_later_is_named(
    vigia: Command, tmp_path: Path
) -> None:
    assert vigia("rep", "add", "--budget", "1", "ana").code == 0
    load(vigia, tmp_path, "sales.csv", sales())
    judged = vigia("evaluate").out
    assert re.search(r"1 alert\n.*", judged)
    assert re.search(r"below the budget: gone-\d, rank 2 of ana, score .* a year at risk", judged)
    left_out = json.loads(vigia("evaluate", "--json").out)["below_budget"]
    assert left_out[0]["rank"] == 2
    held = vigia("why", left_out[0]["customer"]).out
    assert "held     rank: 2\nheld     budget: 1\n" in held

    names = [vigia("why", f"gone-{n}").out for n in range(4)]
    (alert,) = re.findall(r"a_[a-z2-7]{20}", "".join(names))
    told = vigia("explain", alert)
    assert told.code == 0
    assert "Both are what was stored" in told.out
    assert "1   2026-03-02 06:30  opened (score, detector)" in told.out
    (chosen,) = [f"gone-{n}" for n in range(4) if alert in names[n]]

    spoken = vigia("explain", alert, "--locale", "es").out
    assert "De dónde salió la puntuación" in spoken
    assert "Suele comprar" in spoken

    load(vigia, tmp_path, "late.csv", f"id,time,customer,amount\nx,2026-02-20T10:00Z,{chosen},99\n")
    (one,) = json.loads(vigia("explain", alert, "--json").out)["calculations"][:1]
    assert one["outcome"] == "changed"
    assert one["from_stored"]["score"] == one["stored"]["steps"]["score"]
    assert [week["back"] for week in one["changes"]["weeks"]] == [1]
    assert "week of February 16: 99 EUR (1), it was 0 EUR (0)" in vigia("explain", alert).out
