"""`vigia simulate`: files that can be imported, and the truth about them."""

import csv
import gzip
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.cli.main import app
from services.simulation.trades import CHANGES, COMPANIES, TRADES
from shared.contract.truth import read_truth
from tests.cli.conftest import Command

SMALL = ("simulate", "--customers", "12", "--weeks", "12")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_sales_as_csv_are_the_same_sales_and_can_be_imported(
    vigia: Command, tmp_path: Path
) -> None:
    events, sales = tmp_path / "trade.ndjson", tmp_path / "trade.csv.gz"
    assert vigia(*SMALL, "--out", str(events)).code == 0
    ran = vigia(*SMALL, "--out", str(sales))
    money = [event for event in lines(events) if event["type"] in ("purchase", "refund")]
    left_out = len(lines(events)) - len(money)
    assert f"{len(money):,} purchases and refunds written; {left_out:,} other events" in ran.err
    with gzip.open(sales, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    total: Counter[str] = Counter()
    for row in rows:
        total[row["id"]] += Decimal(row["amount"])  # type: ignore[assignment]
    assert total == {event["id"]: Decimal(event["data"]["amount"]) for event in money}
    assert vigia("import", str(sales)).code == 0
    assert vigia("verify").out == "no difference\n"


def test_the_same_seed_gives_the_same_bytes(vigia: Command, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        out, truth = tmp_path / f"{name}.ndjson.gz", tmp_path / f"{name}.csv"
        assert vigia(*SMALL, "--out", str(out), "--truth", str(truth)).code == 0
        made.append((out.read_bytes(), truth.read_bytes()))
    assert made[0] == made[1]
    with gzip.open(tmp_path / "one.ndjson.gz", "rt", encoding="utf-8") as file:
        assert file.read() == vigia(*SMALL).out


def test_the_truth_names_every_customer_and_what_was_asked_for(
    vigia: Command, tmp_path: Path
) -> None:
    truth = tmp_path / "truth.csv"
    asked = ("--trade", "school=1", "--trade", "grocery=1", "--change", "left=0.25")
    out = tmp_path / "x.ndjson"
    assert vigia(*SMALL, *asked, "--truth", str(truth), "--out", str(out)).code == 0
    with truth.open(encoding="utf-8", newline="") as file:
        rows = list(read_truth(file))
    assert len({row.customer for row in rows}) == 12
    assert Counter(row.kind for row in rows) == {"left": 3, "steady": 9}
    assert Counter(row.trade for row in rows) == {"school": 6, "grocery": 6}
    segments = Counter(e["data"]["segment"] for e in lines(out) if e["type"] == "customer")
    assert segments == {"schools": 6, "households": 6}


def test_until_names_the_last_day(vigia: Command, tmp_path: Path) -> None:
    out = tmp_path / "x.ndjson"
    for until, last in (("2024-12-31", "2024-12-30"), ("2024-12-29", "2024-12-30")):
        assert vigia(*SMALL, "--until", until, "--out", str(out)).code == 0
        assert lines(out)[-1]["time"] == f"{last}T00:00:00Z"
    assert vigia(*SMALL, "--until", "2099-12-31", "--out", str(out)).code == 0
    assert lines(out)[-1]["time"] == "2026-03-02T00:00:00Z"  # the clock of these tests


def test_the_country_closes_the_shops(vigia: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def days(country: str | None) -> set[str]:
        named = () if country is None else ("--country", country)
        words = ("--until", "2024-05-05", "--trade", "grocery=1", *named)
        events = map(json.loads, vigia(*SMALL, *words).out.splitlines())
        return {event["time"][:10] for event in events if event["type"] == "purchase"}

    assert "2024-05-01" in days("US")
    assert "2024-05-01" not in days("ES")
    assert days(None) == days("ES")
    monkeypatch.setenv("VIGIA_COUNTRY", "US")
    assert days(None) == days("US")
    assert days("ES") != days("US")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--company", "bakery"), "--company is one of mixed, wholesale"),
        (("--country", "XX"), "--country is not a country"),
        (("--trade", "bakery=1"), "--trade knows wholesale, grocery"),
        (("--trade", "school"), "--trade school=SHARE takes a share between 0 and 1"),
        (("--trade", "school=nan"), "between 0 and 1"),
        (("--trade", "school=0"), "--trade gives nobody a trade"),
        (("--change", "left=2"), "--change left=SHARE takes a share between 0 and 1"),
        (("--change", "left=0.7", "--change", "away=0.7"), "add up to more than 1"),
        (("--until", "0001-01-01"), "begin before 2000"),
        (("--out", "no/such/folder.csv"), "cannot be written"),
        (("--truth", "no/such/folder.csv"), "cannot be written"),
    ],
)
def test_what_cannot_be_simulated_is_one_line(
    vigia: Command, words: tuple[str, ...], said: str
) -> None:
    ran = vigia(*SMALL, *words)
    assert ran.code == 1
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert ran.out == ""


def test_the_help_names_everything_that_can_be_asked_for() -> None:
    from typer.main import get_command

    command: Any = get_command(app)
    parameters = command.commands["simulate"].params
    helps = {parameter.name: parameter.help for parameter in parameters}
    for option, names in (("company", COMPANIES), ("trade", TRADES), ("change", CHANGES)):
        for name in names:
            assert name in helps[option], (option, name)
