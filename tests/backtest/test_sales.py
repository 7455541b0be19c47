"""Money of several currencies, and what the company's own database holds."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from services.backtest.history import history
from services.backtest.sales import Sales, in_one_money
from services.backtest.scores import write_scores
from services.backtest.walk import graded_weeks, walk
from shared.domain.history import Rates
from tests.backtest.builders import MONDAY, history_of, quiet, sample_history, sample_walk


def sales(*rows: tuple[int, int, int, int], currencies: list[str]) -> Sales:
    """Rows of customer, day, units and currency, of customers a, b, c..."""
    table = np.array(rows, np.int64)
    names = ["a", "b", "c"][: table[:, 0].max() + 1]
    customer, day, units, currency = table.T
    reps = {number: f"rep of {name}" for number, name in enumerate(names)}
    return Sales(names, customer, day, units, currency, currencies, reps)


def test_other_currencies_count_by_their_rates() -> None:
    found = history(
        sales(
            (0, MONDAY, 10_0000, 0),
            (0, MONDAY + 6, 10_0000, 1),
            currencies=["EUR", "USD"],
        ),
        Rates("EUR", {"USD": 0.5}),
    )
    assert (found.currency, found.spend.tolist()) == ("EUR", [[15.0]])


def test_a_customer_who_paid_without_a_rate_is_left_out() -> None:
    found, money = in_one_money(
        sales(
            (0, MONDAY, 1, 0),
            (1, MONDAY, 2, 1),
            (1, MONDAY, 3, 0),
            (2, MONDAY, 4, 0),
            currencies=["EUR", "JPY"],
        ),
        Rates("EUR", {}),
    )
    assert money.currency == "EUR"
    assert list(found.customers) == ["a", "c"]
    assert (found.customer.tolist(), found.units.tolist()) == ([0, 1], [1, 4])
    assert found.reps == {0: "rep of a", 1: "rep of c"}
    assert found.left_out == {"customers who paid in a currency without a rate": 1}


def test_a_company_that_never_sells_in_its_own_money_is_told_in_theirs() -> None:
    _, money = in_one_money(
        sales((0, 1, 1, 1), (0, 2, 1, 1), (0, 3, 1, 0), currencies=["USD", "GBP"]),
        Rates("EUR", {"USD": 0.9, "GBP": 1.2}),
    )
    assert money.currency == "GBP"
    assert money.factors["USD"] == pytest.approx(0.75)


def test_scores_are_written_for_every_known_customer_in_every_graded_week(tmp_path: Path) -> None:
    found, whole = sample_history(), sample_walk()
    columns = graded_weeks(found.weeks)
    write_scores(tmp_path / "scores.csv", found, columns, whole)
    header, *lines = (tmp_path / "scores.csv").read_text(encoding="utf-8").splitlines()
    assert header == "customer,week_end,judged,score"
    rows = [line.split(",") for line in lines]
    known = sum(int((found.first <= column).sum()) for column in columns)
    assert len(rows) == known == len({(name, day) for name, day, _, _ in rows})
    assert {date.fromisoformat(day).weekday() for _, day, _, _ in rows} == {6}
    assert rows[0][1] == (date(2010, 1, 4) + timedelta(weeks=26) - timedelta(days=1)).isoformat()
    scores = [float(score) for _, _, judged, score in rows if judged == "1"]
    assert scores == whole.score.tolist()
    assert max(float(s) for _, _, judged, s in rows if judged == "0") < min(scores)


def test_names_that_a_csv_must_quote_are_quoted(tmp_path: Path) -> None:
    weekly = {MONDAY + 7 * week: 10.0 for week in range(40)}
    found = history_of({'Smith, "Joe"': weekly, "plain": weekly})
    columns = graded_weeks(found.weeks)
    write_scores(tmp_path / "scores.csv", found, columns, walk(found, columns, quiet))
    lines = (tmp_path / "scores.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith('"Smith, ""Joe""",')
    assert lines[2].startswith("plain,")
