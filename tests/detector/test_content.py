"""What the picture of a judged customer's weeks tells."""

from dataclasses import replace

import pytest

from services.detector.content import picture_of
from services.detector.customer import Judgement, Window
from shared.storage.standings import StandingRow

EURO = 10_000


def judgement(amounts: list[int], window: Window | None, verdict: str = "alert") -> Judgement:
    return Judgement(
        standing=StandingRow(
            evaluation=1, customer=1, verdict=verdict, score=1.0, currency="EUR",
            weekly_usual=100 * EURO, weekly_now=20 * EURO, value_at_risk=4160 * EURO,
        ),
        first_week=20_000,
        amounts=tuple(euros * EURO for euros in amounts),
        window=window,
        recovered=False,
    )  # fmt: skip


def test_the_usual_of_a_drop_is_that_of_the_weeks_before_it() -> None:
    window = Window(weeks=12, days=1, amount=30 * EURO, expected_days=24.0, once_in=900)
    found = judgement([200] * 14 + [30] + [0] * 11, window)
    drop = picture_of(found, told=False)[0]
    assert drop["kind"] == "drop"
    assert drop["weekly_usual"] == "200.00"
    assert drop["usual_days_per_week"] == 2.0


def test_weeks_before_the_first_purchase_do_not_make_the_usual_smaller() -> None:
    window = Window(weeks=2, days=0, amount=0, expected_days=4.0, once_in=50)
    found = judgement([0] * 10 + [100] * 14 + [0, 0], window)
    assert picture_of(found, told=False)[0]["weekly_usual"] == "100.00"


def test_who_comes_as_often_and_leaves_less_money_has_a_fall_of_spending() -> None:
    window = Window(weeks=3, days=6, amount=60 * EURO, expected_days=5.0, once_in=1)
    found = judgement([100] * 22 + [20] * 4, window)
    spend = picture_of(found, told=False)[0]
    assert spend["kind"] == "spend"
    assert (spend["weekly_usual"], spend["weekly_now"]) == ("100.00", "20.00")


@pytest.mark.parametrize(("rate", "basis"), [("0.3", "margin"), (None, "revenue")])
def test_the_value_says_whether_it_is_margin(rate: str | None, basis: str) -> None:
    window = Window(weeks=2, days=0, amount=0, expected_days=4.0, once_in=50)
    found = judgement([100] * 24 + [0, 0], window)
    found = replace(found, standing=replace(found.standing, margin_rate=rate))
    (value,) = [item for item in picture_of(found, told=False) if item["kind"] == "value"]
    assert (value["basis"], value["amount"]) == (basis, "4160.00")


def test_a_steady_customer_shows_neither() -> None:
    window = Window(weeks=3, days=6, amount=60 * EURO, expected_days=5.0, once_in=1)
    found = judgement([100] * 26, window, verdict="steady")
    calm = replace(found, standing=replace(found.standing, value_at_risk=0))
    assert [item["kind"] for item in picture_of(calm, told=False)] == ["weeks"]
