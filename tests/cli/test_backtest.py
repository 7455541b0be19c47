"""`vigia backtest` on a company's file, its events and its database; and what it says otherwise."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.backtest.alerts import Choosing
from services.backtest.resampling import Estimate
from services.backtest.run import OURS, Plan, Result, backtest
from services.cli.backtest_table import headline
from services.cli.progress import progress
from services.cli.sales import file_sales
from shared.domain.verdict import Budgets
from shared.ops.settings import load_settings
from tests.backtest.builders import history_of
from tests.cli.conftest import Command

MONDAY = date(2025, 1, 6)
MAPPING = """
currency = "GBP"
zone = "Europe/London"
[columns]
id = "order"
time = "when"
customer = "client"
amount = "total"
[refunds]
id_prefix = "C"
"""


def trade(weeks: int, customers: int = 24) -> list[tuple[str, date, str]]:
    """Customers who buy once or twice a week; every third stops at some time in the second half."""
    rng = np.random.default_rng(7)
    rows = []
    for number in range(customers):
        stops = int(rng.integers(weeks // 2, weeks)) if number % 3 == 0 else weeks
        for week in range(stops):
            for day in {0, 3} if rng.random() < 0.4 else {int(rng.integers(0, 6))}:
                amount = f"{rng.lognormal(4, 0.4):.2f}"
                rows.append((f"c{number}", MONDAY + timedelta(weeks=week, days=day), amount))
    rows += [("c1", MONDAY, "5.00"), ("c1", MONDAY + timedelta(weeks=weeks, days=-1), "5.00")]
    return sorted(rows, key=lambda row: row[1])


def as_csv(path: Path, rows: list[tuple[str, date, str]]) -> Path:
    lines = [f"{n},{day}T10:00:00,{name},{amount}" for n, (name, day, amount) in enumerate(rows)]
    path.write_text("id,time,customer,amount\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def as_events(path: Path, rows: list[tuple[str, date, str]]) -> Path:
    events = [
        {
            "id": str(n), "source": "shop", "type": "purchase", "subject": name,
            "time": f"{day}T10:00:00Z", "data": {"amount": amount, "currency": "EUR"},
        }
        for n, (name, day, amount) in enumerate(rows)
    ]  # fmt: skip
    again = {**events[0], "revision": 1}
    lines = [json.dumps(event) for event in [*events, again]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def told(vigia: Command, *words: str) -> dict[str, Any]:
    ran = vigia("backtest", *words, "--json", "--resamples", "20")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_a_file_its_events_and_the_database_give_the_same_grades(
    vigia: Command, tmp_path: Path
) -> None:
    rows = trade(60)
    table, events = as_csv(tmp_path / "s.csv", rows), as_events(tmp_path / "s.ndjson", rows)
    found = told(vigia, str(table))
    assert found["judged_customer_weeks"] > 400
    assert (found["weeks"], found["from"], found["until"]) == (60, "2025-01-06", "2026-03-01")
    assert found["gradable"] is True
    assert set(found["rules"]) == {
        "vigia", "week_over_week", "four_against_twelve", "silence", "mbg_nbd",
    }  # fmt: skip
    assert found["rules"]["vigia"]["average_precision"]["value"] > found["base_rate"] + 0.2
    assert told(vigia, str(events)) == found
    assert vigia("import", str(table), "--source", "shop").code == 0
    assert told(vigia) == found


def test_segments_and_names_come_from_the_master_data(vigia: Command, tmp_path: Path) -> None:
    events = as_events(tmp_path / "s.ndjson", trade(45))
    known = [
        {
            "id": f"m{number}", "source": "crm", "type": "customer", "subject": f"c{number}",
            "time": "2025-01-01T10:00:00Z",
            "data": {"name": f"Bar {number}", "segment": "bars" if number % 2 else "shops"},
        }
        for number in range(24)
    ]  # fmt: skip
    with events.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(event) + "\n" for event in known)
    page = tmp_path / "report.html"
    found = told(vigia, str(events), "--compare", "--no-rivals", "--report", str(page))
    assert found["without_segments"]["as_run"]["alerts"] > 0
    assert found["without_segments"]["truth"] is None
    assert ">Bar " in page.read_text(encoding="utf-8")
    assert vigia("import", str(events)).code == 0
    assert told(vigia, "--compare", "--no-rivals") == found


def test_segments_and_regions_come_from_columns(vigia: Command, tmp_path: Path) -> None:
    """The newest row that fills a column counts: an old segment of c1 is forgotten."""
    rows = trade(45)
    events = as_events(tmp_path / "s.ndjson", rows)
    lines = ["order,when,client,total,kind,region"]
    with events.open("a", encoding="utf-8") as file:
        for number in range(24):
            data = {"segment": "bars" if number % 2 else "shops", "region": f"r{number % 3}"}
            file.write(json.dumps({
                "id": f"m{number}", "source": "crm", "type": "customer", "subject": f"c{number}",
                "time": "2025-01-01T10:00:00Z", "data": data,
            }) + "\n")  # fmt: skip
    for n, (name, day, amount) in enumerate(rows):
        number = int(name[1:])
        kind = "bars" if number % 2 else "shops"
        if name == "c1" and day < MONDAY + timedelta(weeks=20):
            kind = "shops"
        region = "" if day.isoweekday() == 4 else f"r{number % 3}"
        lines.append(f"{n},{day}T10:00:00,{name},{amount},{kind},{region}")
    table, mapping = tmp_path / "s.csv", tmp_path / "m.toml"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    columns = MAPPING.replace("[refunds]", 'segment = "kind"\nregion = "region"\n[refunds]')
    mapping.write_text(columns.replace('"GBP"', '"EUR"'), encoding="utf-8")
    words = ("--compare", "--no-rivals")
    found = told(vigia, str(table), "--mapping", str(mapping), *words)
    assert found["without_segments"]["as_run"]["alerts"] > 0
    assert found == told(vigia, str(events), *words)
    plain = told(vigia, str(as_csv(tmp_path / "plain.csv", rows)), *words)
    assert "without_segments" not in plain
    sales, _ = file_sales(load_settings(), table, mapping, None)
    told_of = {sales.customers[place]: tuple(sector) for place, sector in sales.sectors.items()}
    assert told_of["c1"] == ("bars", "r1")
    assert told_of["c4"] == ("shops", "r1")
    missing = table.read_text(encoding="utf-8").replace("kind,region", "what,region", 1)
    table.write_text(missing, encoding="utf-8")
    ran = vigia("backtest", str(table), "--mapping", str(mapping))
    assert "there is no column kind (wanted for segment)" in ran.err


def test_a_reps_own_budget_counts_as_it_runs(vigia: Command, tmp_path: Path) -> None:
    """A file knows nothing of reps' budgets; the database does."""
    file = tmp_path / "s.csv"
    lines = [
        f"{n},{day}T10:00:00,{name},{amount},ana" for n, (name, day, amount) in enumerate(trade(60))
    ]
    file.write_text("id,time,customer,amount,rep\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert vigia("import", str(file)).code == 0
    assert vigia("rep", "add", "ana", "--email", "ana@x.example").code == 0
    usual = told(vigia, "--no-rivals")["as_run"]["alerts"]
    assert usual == told(vigia, str(file), "--no-rivals")["as_run"]["alerts"] > 0
    assert vigia("rep", "add", "ana", "--email", "ana@x.example", "--budget", "0").code == 0
    assert told(vigia, "--no-rivals")["as_run"]["alerts"] == 0
    assert told(vigia, str(file), "--no-rivals")["as_run"]["alerts"] == usual


def test_scores_and_table_and_seed(vigia: Command, tmp_path: Path) -> None:
    file, scores = as_csv(tmp_path / "s.csv", trade(50)), tmp_path / "scores.csv"
    words = ("backtest", str(file), "--scores", str(scores), "--resamples", "20")
    ran = vigia(*words, "--seed", "4")
    assert ran.code == 0
    assert "50 whole weeks, 2025-01-06 to 2025-12-21" in ran.out
    assert "average precision" in ran.out
    assert "silence / own interval" in ran.out
    assert scores.read_text(encoding="utf-8").startswith("customer,week_end,judged,score\n")
    assert vigia(*words, "--seed", "4").out == ran.out != vigia(*words, "--seed", "5").out
    bare = vigia(*words[:2], "--no-rivals", "--resamples", "0")
    assert "no rule was graded beside it" in bare.out
    assert "silence / own interval" not in bare.out


@pytest.mark.parametrize("weeks", [1, 11, 33])
def test_a_short_history_is_not_graded(vigia: Command, tmp_path: Path, weeks: int) -> None:
    file = as_csv(tmp_path / "s.csv", trade(weeks))
    ran = vigia("backtest", str(file))
    assert ran.code == 0
    name = "1 week" if weeks == 1 else f"{weeks} weeks"
    assert f"{name}: too little to grade; needs 34" in ran.out
    assert "(there on 2025-08-31)" in ran.out
    assert "average precision" not in ran.out
    assert json.loads(vigia("backtest", str(file), "--json").out)["gradable"] is False


def test_nothing_sold_is_too_little(vigia: Command, tmp_path: Path) -> None:
    file = as_csv(tmp_path / "s.csv", [])
    assert "0 weeks: too little to grade; needs 34." in vigia("backtest", str(file)).out


def test_customers_who_rarely_buy_cannot_be_judged(vigia: Command, tmp_path: Path) -> None:
    rows = [("rare", MONDAY + timedelta(weeks=4 * n), "100") for n in range(16)]
    ran = vigia("backtest", str(as_csv(tmp_path / "s.csv", rows)))
    assert "Nobody bought often enough to be judged: it takes purchases in 8 of 26" in ran.out
    assert "Occasional buyers: " in ran.out
    assert "average precision is 1" not in ran.out


def test_who_comes_now_and_then_is_graded_apart(vigia: Command, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    seldom = []
    for number in range(30):
        day, end = rng.uniform(0, 30), 420 if number % 3 else rng.uniform(200, 400)
        while day < end:
            seldom.append((f"seldom {number}", MONDAY + timedelta(days=int(day)), "20.00"))
            day += 28 * rng.gamma(8, 1 / 8)
    rows = sorted([*trade(60), *seldom], key=lambda row: row[1])
    file = str(as_csv(tmp_path / "s.csv", rows))
    found = told(vigia, file)["occasional"]
    assert 20 <= found["customers"] <= 54
    assert found["customer_weeks"] > 400
    assert 0.02 < found["base_rate"] < 0.5
    ours, silence = (found["rules"][name]["average_precision"] for name in ("gaps", "silence_days"))
    assert ours["value"] > 2 * found["base_rate"]
    assert ours["low"] < ours["value"] < ours["high"]
    assert silence["value"] is not None
    table = vigia("backtest", file, "--resamples", "0").out
    assert f"Occasional buyers: {found['customer_weeks']:,} customer-weeks" in table
    assert f"{ours['value']:.3f}" in table.split("own gaps")[1].splitlines()[0]
    alone = json.loads(vigia("backtest", file, "--json", "--no-rivals", "--resamples", "0").out)
    assert "occasional" not in alone


def test_a_mapping_says_what_is_a_purchase(vigia: Command, tmp_path: Path) -> None:
    file, mapping = tmp_path / "sales.csv", tmp_path / "mapping.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    file.write_text(
        "order,when,client,total\n"
        "1,2025-01-06T10:00:00,ana,3.50\n"
        "2,2025-01-06T11:00:00,ben,9.00\n"
        "1,2025-01-06T10:00:00,ana,-1.25\n"
        "C1,2025-01-07T10:00:00,ana,-2.25\n"
        "3,2025-01-07T10:00:00,ben,0.00\n"
        "4,2025-01-07T10:00:00,,8.00\n"
        "5,2025-01-12T23:30:00+00:00,cat,8.00\n",
        encoding="utf-8",
    )
    ran = vigia("backtest", str(file), "--mapping", str(mapping))
    for line in (
        "1 refunds, left out",
        "1 orders of 0 or less that are not marked as refunds, left out",
        "1 orders without a customer, left out",
        "3 customers",
        "1 whole weeks, 2025-01-06 to 2025-01-12",
    ):
        assert line in ran.out
    moved = vigia("backtest", str(file), "--mapping", str(mapping), "--zone", "Europe/Madrid")
    assert "2 customers" in moved.out  # the last one bought on Monday of the next week there


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id,time,customer,amount\n1,yesterday,ana,3\n", "row 2, column time: not a date and time"),
        ("id,time,customer,amount\n1,2025-01-06,ana,3\n2,2025-01-06,ana,3 EUR\n",
         "row 3, column amount: not a decimal number"),
        ("id,time,customer,amount\n1,2025-01-06,ana,NaN\n", "row 2, column amount"),
        ("id,time,customer,amount\n1,2025-01-06,ana,1e99\n", "row 2, column amount"),
        ("id,time,customer,amount\n1,2025-01-06,ana\n", "3 cells where the header has 4"),
        ("id,time,amount\n", "there is no column customer"),
        ("", "there is no column id"),
        ('{"id": "1"}\n', "row 1: "),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_line(
    vigia: Command, tmp_path: Path, text: str, problem: str
) -> None:
    file = tmp_path / "sales.csv"
    file.write_text(text, encoding="utf-8")
    ran = vigia("backtest", str(file))
    assert ran.code == 1
    assert problem in ran.err
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err


def test_other_mistakes_are_one_line(vigia: Command, tmp_path: Path) -> None:
    file = as_csv(tmp_path / "s.csv", trade(40))
    for words, problem in (
        (("missing.csv",), "cannot be read"),
        ((str(file), "--zone", "Mars"), "not a time zone"),
        ((str(file), "--scores", "nowhere/scores.csv"), "cannot be written"),
        (("--zone", "UTC"), "are for a file"),
        ((), "run `vigia up` or `vigia import` first"),
    ):
        ran = vigia("backtest", *words)
        assert (ran.code, ran.err.count("\n")) == (1, 1), words
        assert problem in ran.err


@pytest.fixture(scope="module")
def result() -> Result:
    days: dict[str, dict[int, float]] = {}
    for name, day, amount in trade(60, customers=48):
        days.setdefault(name, {})[day.toordinal() - 719_163] = float(amount)
    return backtest(history_of(days), Plan(Choosing(0.95, Budgets(5)), True, 50, 1), progress)


@pytest.mark.parametrize(
    ("shift", "words"),
    [(1.0, "A simple rule wins on these data"), (-1.0, "Vigía is ahead of every rule")],
)
def test_who_wins_is_said_first(result: Result, shift: float, words: str) -> None:
    """Made up: the rival's average precision is ours and some more or less."""
    ours = result.grades[OURS]
    order = ours.average_precision
    moved = Estimate((order.value or 0) + shift, 0.0, 1.0, order.draws + shift)
    rival = replace(ours, average_precision=moved)
    assert headline(replace(result, grades={OURS: ours, "silence": rival})).startswith(words)


def test_a_difference_within_chance_is_no_win(result: Result) -> None:
    ours = result.grades[OURS]
    noisy = np.where(np.arange(50) % 2, 0.1, -0.1)
    draws = ours.average_precision.draws + noisy
    rival = replace(ours, average_precision=replace(ours.average_precision, draws=draws))
    told = headline(replace(result, grades={OURS: ours, "silence": rival}))
    assert told.startswith("No clear winner")


def test_a_few_who_left_decide_nothing(vigia: Command, tmp_path: Path) -> None:
    file = as_csv(tmp_path / "s.csv", trade(40, customers=4))
    assert "Too few customers left to tell which rule is better" in vigia("backtest", str(file)).out


def test_the_report_is_a_page_in_the_companys_language(
    vigia: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, page = as_csv(tmp_path / "s.csv", trade(50)), tmp_path / "report.html"
    monkeypatch.setenv("VIGIA_LOCALE", "es")
    words = ("backtest", str(file), "--resamples", "20", "--report")
    assert vigia(*words, str(page)).code == 0
    assert "¿Habría ayudado Vigía?" in page.read_text(encoding="utf-8")
    bad = vigia(*words, str(tmp_path / "nowhere" / "report.html"))
    assert (bad.code, bad.err.count("\n")) == (1, 1)
    short = as_csv(tmp_path / "short.csv", trade(11))
    ran = vigia("backtest", str(short), "--report", str(tmp_path / "none.html"))
    assert "11 weeks: too little to grade; needs 34" in ran.out
    assert "Nothing was written." in ran.out
    assert not (tmp_path / "none.html").exists()


def test_parts_are_compared_when_asked(vigia: Command, tmp_path: Path) -> None:
    file = as_csv(tmp_path / "s.csv", trade(50))
    assert "compare" not in told(vigia, str(file))
    found = told(vigia, str(file), "--compare")["compare"]
    assert list(found) == [
        "whole", "without change", "without outlook", "without level4", "without longrun",
        "without dips", "without swing", "without tenure", "change alone",
    ]  # fmt: skip
    whole = found["whole"]["average_precision"]["value"]
    for one in found.values():
        missing = whole - one["average_precision"]["value"]
        assert one["worth"]["value"] == pytest.approx(missing)
        assert one["worth"]["low"] <= missing <= one["worth"]["high"]
    assert "without longrun" in vigia("backtest", str(file), "--compare").out


def test_the_alerts_without_segments_are_told_beside_them(vigia: Command, tmp_path: Path) -> None:
    sales, truth = tmp_path / "sales.ndjson", tmp_path / "truth.csv"
    words = (
        "--customers",
        "80",
        "--weeks",
        "70",
        "--trade",
        "wholesale=.7",
        "--trade",
        "school=.3",
    )
    files = ("--out", str(sales), "--truth", str(truth))
    made = vigia("simulate", *words, "--change", "left=0.3", *files)
    assert made.code == 0, made.err
    told_to = ("--truth", str(truth), "--compare", "--no-rivals", "--resamples", "0")
    found = told(vigia, str(sales), *told_to)
    without = found["without_segments"]
    schools = [
        next(one["alarms"] for one in each["false"] if one["about"] == "school")
        for each in (found["truth"], without["truth"])
    ]
    assert schools[0] < schools[1]
    ran = vigia("backtest", str(sales), *told_to)
    assert f"it would have alerted {without['as_run']['alerts']:,} times" in ran.out
    assert f"{without['truth']['leavers']['found']} leavers found" in ran.out


def test_alerts_are_measured_by_what_was_planted(vigia: Command, tmp_path: Path) -> None:
    sales, truth = tmp_path / "sales.csv", tmp_path / "truth.csv"
    words = ("--customers", "80", "--weeks", "70", "--trade", "wholesale=1", "--change", "left=0.4")
    made = vigia("simulate", *words, "--out", str(sales), "--truth", str(truth))
    assert made.code == 0, made.err
    found = told(vigia, str(sales), "--truth", str(truth), "--no-rivals")["truth"]
    assert found["leavers"]["judged"] > 10
    assert found["leavers"]["found"] > 0.4 * found["leavers"]["judged"]
    assert 0 < found["leavers"]["delay"] < 12
    plain = ("--no-rivals", "--resamples", "0")
    ran = vigia("backtest", str(sales), "--truth", str(truth), *plain)
    assert "left for good" in ran.out
    truth.write_text("customer,kind\n", encoding="utf-8")
    bad = vigia("backtest", str(sales), "--truth", str(truth))
    assert (bad.code, bad.err.count("\n")) == (1, 1)
    assert "row 1 lacks the columns from, to, rate" in bad.err
