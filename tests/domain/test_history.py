"""Refunds are netted, currencies chosen and weeks counted, whatever the order of the facts."""

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.history import (
    NetDay,
    Purchase,
    Rates,
    Refund,
    choose_currency,
    net_days,
    week_rows,
)

DAY = 20_000
EURO = Rates("EUR", {})


def at(day: int, hour: int = 12) -> datetime:
    return datetime(1970, 1, 1, hour, tzinfo=UTC) + timedelta(days=day)


def bought(
    id_: str,
    day: int,
    units: int,
    *,
    hour: int = 12,
    currency: str = "EUR",
    source: str = "shop",
) -> Purchase:
    return Purchase(source, id_, at(day, hour), day, units, currency)


def refunded(
    id_: str,
    day: int,
    units: int,
    purchase: str | None = None,
    *,
    hour: int = 12,
    currency: str = "EUR",
    source: str = "shop",
) -> Refund:
    return Refund(source, id_, at(day, hour), day, units, currency, purchase)


def euros(*days: tuple[int, int]) -> list[NetDay]:
    return [NetDay(day, "EUR", units) for day, units in days]


def test_purchases_of_a_day_are_one_day() -> None:
    purchases = [bought("b", DAY + 1, 30), bought("a", DAY, 10), bought("c", DAY, 5)]
    assert net_days(purchases, []) == euros((DAY, 15), (DAY + 1, 30))


def test_a_refund_lowers_the_purchase_it_names_on_that_day() -> None:
    purchases = [bought("a", DAY, 100), bought("b", DAY + 5, 40)]
    assert net_days(purchases, [refunded("r", DAY + 5, 40, "a")]) == euros((DAY, 60), (DAY + 5, 40))


def test_a_purchase_refunded_in_full_leaves_no_purchase_day() -> None:
    purchases = [bought("a", DAY, 100), bought("b", DAY + 5, 40)]
    refunds = [refunded("r", DAY + 1, 60, "a"), refunded("s", DAY + 2, 60, "a")]
    assert net_days(purchases, refunds) == euros((DAY + 5, 40))


def test_a_refunded_purchase_leaves_the_others_of_its_day() -> None:
    purchases = [bought("a", DAY, 100), bought("b", DAY, 40)]
    assert net_days(purchases, [refunded("r", DAY + 9, 999, "a")]) == euros((DAY, 40))


def test_a_name_means_the_purchase_of_the_same_feed_first() -> None:
    purchases = [bought("a", DAY, 100), bought("a", DAY + 1, 100, source="web")]
    refunds = [refunded("r", DAY + 2, 100, "a", source="web")]
    assert net_days(purchases, refunds) == euros((DAY, 100))


def test_a_name_that_only_another_feed_knows_is_taken_from_there() -> None:
    refunds = [refunded("r", DAY + 200, 30, "a", source="office")]
    assert net_days([bought("a", DAY, 100)], refunds) == euros((DAY, 70))


def test_a_name_that_two_other_feeds_know_names_none() -> None:
    purchases = [bought("a", DAY, 100, source="web"), bought("a", DAY + 1, 100, source="till")]
    refunds = [refunded("r", DAY + 2, 100, "a", source="office")]
    assert net_days(purchases, refunds) == euros((DAY, 100))  # the latest of that amount


def test_an_unknown_name_is_no_name() -> None:
    purchases = [bought("a", DAY, 100), bought("b", DAY + 3, 40)]
    refunds = [refunded("r", DAY + 3, 100, "gone")]
    assert net_days(purchases, refunds) == euros((DAY + 3, 40))


def test_without_a_name_the_latest_purchase_of_the_amount_goes() -> None:
    purchases = [bought("a", DAY, 50), bought("b", DAY + 3, 50), bought("c", DAY + 4, 60)]
    assert net_days(purchases, [refunded("r", DAY + 10, 50)]) == euros((DAY, 50), (DAY + 4, 60))


def test_each_refund_takes_back_another_purchase() -> None:
    purchases = [bought("a", DAY, 50), bought("b", DAY + 3, 50), bought("c", DAY + 9, 10)]
    refunds = [refunded("r", DAY + 10, 50), refunded("s", DAY + 11, 50)]
    assert net_days(purchases, refunds) == euros((DAY + 9, 10))


def test_a_purchase_that_was_lowered_by_name_is_not_taken_back_again() -> None:
    purchases = [bought("a", DAY, 50), bought("b", DAY + 3, 50)]
    refunds = [refunded("r", DAY + 4, 1, "b"), refunded("s", DAY + 5, 50)]
    assert net_days(purchases, refunds) == euros((DAY + 3, 49))


def test_a_refund_takes_back_nothing_that_was_bought_after_it() -> None:
    purchases = [bought("a", DAY, 50), bought("b", DAY + 5, 50, hour=15)]
    assert net_days(purchases, [refunded("r", DAY + 5, 50, hour=9)]) == euros((DAY + 5, 50))


@pytest.mark.parametrize(("later", "left"), [(90, []), (91, [(DAY, 50)])])
def test_a_purchase_is_taken_back_for_ninety_days(later: int, left: list[tuple[int, int]]) -> None:
    assert net_days([bought("a", DAY, 50)], [refunded("r", DAY + later, 50)]) == euros(*left)


def test_what_matches_nothing_lowers_the_money_of_its_own_day() -> None:
    purchases = [bought("a", DAY, 50), bought("b", DAY + 1, 80)]
    assert net_days(purchases, [refunded("r", DAY + 1, 30)]) == euros((DAY, 50), (DAY + 1, 50))


def test_a_day_never_falls_below_nothing_and_then_is_no_purchase_day() -> None:
    purchases = [bought("a", DAY, 50), bought("b", DAY + 1, 80)]
    assert net_days(purchases, [refunded("r", DAY, 500)]) == euros((DAY + 1, 80))


def test_a_refund_alone_makes_no_purchase_day() -> None:
    assert net_days([], [refunded("r", DAY, 500)]) == []


def test_a_refund_in_other_money_touches_no_purchase() -> None:
    purchases = [bought("a", DAY, 50)]
    assert net_days(purchases, [refunded("r", DAY, 50, "a", currency="USD")]) == euros((DAY, 50))


amounts = st.sampled_from([10, 20, 30])
offsets = st.integers(0, 120)
purchase_facts = st.lists(st.tuples(offsets, amounts, st.integers(0, 23)), max_size=12)
refund_facts = st.lists(
    st.tuples(offsets, amounts, st.integers(0, 23), st.none() | st.integers(0, 14)), max_size=8
)


@given(purchase_facts, refund_facts, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(
    bought_facts: list[tuple[int, int, int]],
    refunded_facts: list[tuple[int, int, int, int | None]],
    shuffle: random.Random,
) -> None:
    purchases = [
        bought(f"p{n}", DAY + day, units, hour=hour)
        for n, (day, units, hour) in enumerate(bought_facts)
    ]
    refunds = [
        refunded(f"r{n}", DAY + day, units, None if name is None else f"p{name}", hour=hour)
        for n, (day, units, hour, name) in enumerate(refunded_facts)
    ]
    expected = net_days(purchases, refunds)
    shuffle.shuffle(purchases)
    shuffle.shuffle(refunds)
    assert net_days(purchases, refunds) == expected
    gross = sum(purchase.units for purchase in purchases)
    back = sum(refund.units for refund in refunds)
    assert max(gross - back, 0) <= sum(day.units for day in expected) <= gross
    assert {day.day for day in expected} <= {purchase.day for purchase in purchases}


def test_weeks_end_the_day_before_and_count_days_once() -> None:
    days = [
        NetDay(DAY - 15, "EUR", 90_000),  # before the first column
        NetDay(DAY - 14, "EUR", 10_000),
        NetDay(DAY - 8, "EUR", 20_000),
        NetDay(DAY - 7, "EUR", 5_000),
        NetDay(DAY - 1, "EUR", 5_000),
        NetDay(DAY, "EUR", 90_000),  # not over yet
    ]
    weeks = week_rows(days, DAY, 2, EURO)
    np.testing.assert_array_equal(weeks.spend, [3.0, 1.0])
    np.testing.assert_array_equal(weeks.days, [2.0, 2.0])
    assert (weeks.currency, weeks.no_rate) == ("EUR", False)


def test_two_currencies_on_a_day_are_one_purchase_day() -> None:
    days = [NetDay(DAY - 1, "EUR", 10_000), NetDay(DAY - 1, "USD", 20_000)]
    weeks = week_rows(days, DAY, 1, Rates("EUR", {"USD": 0.5}))
    np.testing.assert_array_equal(weeks.spend, [2.0])
    np.testing.assert_array_equal(weeks.days, [1.0])


def test_the_currency_of_most_days_is_chosen_and_others_are_changed_into_it() -> None:
    days = [
        NetDay(DAY - 9, "EUR", 30_000),
        NetDay(DAY - 8, "USD", 10_000),
        NetDay(DAY - 1, "USD", 10_000),
    ]
    weeks = week_rows(days, DAY, 2, Rates("EUR", {"USD": 0.5}))
    assert weeks.currency == "USD"
    np.testing.assert_array_equal(weeks.spend, [7.0, 1.0])


def test_money_without_a_rate_is_said() -> None:
    days = [NetDay(DAY - 1, "EUR", 1), NetDay(DAY - 2, "EUR", 1), NetDay(DAY - 3, "JPY", 1)]
    assert week_rows(days, DAY, 1, EURO).no_rate
    assert not week_rows(days[:2], DAY, 1, EURO).no_rate
    assert not week_rows(days[2:], DAY, 1, EURO).no_rate  # own currency needs no rate


def test_only_the_last_half_year_chooses_the_currency() -> None:
    old = [NetDay(DAY - 300 - n, "USD", 1) for n in range(9)]
    assert choose_currency([*old, NetDay(DAY - 1, "GBP", 1)], DAY, "EUR") == "GBP"
    assert choose_currency(old, DAY, "EUR") == "USD"
    assert choose_currency([], DAY, "EUR") == "EUR"


def test_equal_counts_go_to_the_companys_currency_then_by_name() -> None:
    days = [NetDay(DAY - 1, "USD", 1), NetDay(DAY - 2, "GBP", 1)]
    assert choose_currency(days, DAY, "USD") == "USD"
    assert choose_currency(days, DAY, "EUR") == "GBP"


def test_rates_lead_through_the_companys_currency() -> None:
    rates = Rates("EUR", {"USD": 0.8, "GBP": 1.2})
    assert rates.factor("GBP", "USD") == pytest.approx(1.5)
    assert rates.factor("USD", "EUR") == 0.8
    assert rates.factor("JPY", "EUR") is None
    assert rates.factor("JPY", "JPY") == 1.0
    assert (rates.scale("USD"), rates.scale("EUR"), rates.scale("JPY")) == (0.8, 1.0, 1.0)
