"""What holds for every simulated company, whatever its trades and its seed."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import holidays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.simulation.company import Simulation
from services.simulation.trades import CHANGES, TRADES
from shared.contract.reading import read_event
from shared.domain.week import day_date, day_number
from tests.simulation.companies import START, all_events, local_day, simulated

FIRST = day_number(START)
SEEDS = st.integers(0, 2**32)
MIXTURES = st.dictionaries(st.sampled_from(sorted(TRADES)), st.floats(0.1, 1), min_size=1)


@pytest.fixture(scope="module")
def company() -> Simulation:
    return simulated(customers=100, weeks=52)


@pytest.fixture(scope="module")
def events(company: Simulation) -> list[dict[str, Any]]:
    return list(all_events(company))


def test_the_same_seed_gives_the_same_events_and_truth(events: list[dict[str, Any]]) -> None:
    again = simulated(customers=100, weeks=52)
    assert list(all_events(again)) == events
    other = simulated(customers=100, weeks=52, seed=2)
    assert list(all_events(other)) != events
    assert other.truth() != again.truth()


@settings(max_examples=10, deadline=None)
@given(SEEDS, MIXTURES, st.integers(0, 20), st.data())
def test_part_of_the_purchases_is_that_part_of_the_whole(
    seed: int, trades: dict[str, float], week: int, data: st.DataObject
) -> None:
    company = simulated(trades, customers=30, seed=seed)
    chosen = data.draw(st.sets(st.integers(0, 29), min_size=1).map(sorted))
    whole = company.buying.week(FIRST + 7 * week)
    part = simulated(trades, customers=30, seed=seed).buying.week(
        FIRST + 7 * week, np.array(chosen)
    )
    inside = np.isin(whole.numbers, chosen)
    assert part.numbers.tolist() == whole.numbers[inside].tolist()
    assert part.days.tolist() == whole.days[inside].tolist()
    assert part.cents.tolist() == whole.cents[inside].tolist()
    assert part.articles.tolist() == whole.articles[inside].tolist()


def test_every_event_is_one_that_the_contract_takes(events: list[dict[str, Any]]) -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    for event in events:
        read_event(event, now=now)
    assert {event["type"] for event in events} == {
        "rep", "customer", "purchase", "refund", "complaint", "complaint_resolved", "survey",
        "payment", "cancellation", "contact", "feed",
    }  # fmt: skip
    names = Counter((event["type"], event["id"]) for event in events)
    assert max(names.values()) == 1


def test_weeks_follow_each_other_and_each_closes_its_feed(company: Simulation) -> None:
    newest = ""
    for number, week in enumerate(company.events(), start=1):
        times = [str(event["time"]) for event in week]
        assert times == sorted(times)
        assert times[0] > newest
        newest = times[-1]
        assert week[-1]["type"] == "feed"
        assert (local_day(week[-1]) - START).days == 7 * number


def test_lines_add_up_to_the_amount(events: list[dict[str, Any]]) -> None:
    for event in events:
        if event["type"] in ("purchase", "refund"):
            lines = event["data"]["lines"]
            total = sum(Decimal(line["amount"]) for line in lines)
            assert total == Decimal(event["data"]["amount"]) > 0
            assert len({line["category"] for line in lines}) == len(lines)


def test_a_refund_gives_back_at_most_what_was_bought_before(
    events: list[dict[str, Any]],
) -> None:
    bought = {event["id"]: event for event in events if event["type"] == "purchase"}
    refunds = [event for event in events if event["type"] == "refund"]
    sales = [bought[event["data"]["purchase"]] for event in refunds]
    for refund, sale in zip(refunds, sales, strict=True):
        assert refund["subject"] == sale["subject"]
        assert refund["time"] > sale["time"]
        assert Decimal(refund["data"]["amount"]) <= Decimal(sale["data"]["amount"])
    assert len({sale["id"] for sale in sales}) == len(sales) > 20


def test_those_who_return_much_do(company: Simulation, events: list[dict[str, Any]]) -> None:
    returning = {row.customer for row in company.truth() if row.kind == "returns"}
    count: dict[tuple[bool, str], int] = Counter(
        (event["subject"] in returning, event["type"]) for event in events
    )
    assert count[True, "refund"] / count[True, "purchase"] > 0.2
    assert count[False, "refund"] / count[False, "purchase"] < 0.05


@settings(max_examples=10, deadline=None)
@given(SEEDS, MIXTURES, st.sampled_from(["ES", "US", "AR", "JP"]))
def test_nobody_buys_before_he_is_a_customer_nor_on_a_holiday(
    seed: int, trades: dict[str, float], country: str
) -> None:
    company = simulated(
        trades, customers=30, weeks=30, seed=seed, country=country, growth=0.5, joining=0.7
    )
    since = {customer.number: customer.since for customer in company.customers}
    closed = holidays.country_holidays(country)
    for week in range(30):
        found = company.buying.week(FIRST + 7 * week)
        for number, day in zip(found.numbers.tolist(), found.days.tolist(), strict=True):
            assert day >= since[number]
            assert day_date(day).weekday() != 6
            assert day_date(day) not in closed


def test_master_data_comes_before_the_first_purchase_and_names_known_reps(
    events: list[dict[str, Any]], company: Simulation
) -> None:
    reps: dict[str, Any] = {}
    customers: dict[str, Any] = {}
    for event in events:
        if event["type"] == "rep":
            assert event["data"].get("manager") in (None, *reps)
            reps[event["subject"]] = event
        elif event["type"] == "customer":
            assert event["data"]["rep"] in reps
            customers[event["subject"]] = event["data"]
        elif event["type"] != "feed":
            assert event["subject"] in customers
    assert len(customers) == 100
    wanted = {"name", "rep", "segment", "region", "since", "margin_rate"}
    assert all(wanted <= data.keys() for data in customers.values())
    groups = Counter(data["group"] for data in customers.values() if "group" in data)
    assert groups
    assert max(groups.values()) <= 3
    joined = [c for c in company.customers if c.since >= FIRST]
    assert 5 < len(joined) < 40


def test_customers_are_dealt_by_their_shares() -> None:
    company = simulated({"wholesale": 3, "school": 1}, {"left": 0.1, "away": 0.05}, customers=200)
    assert Counter(c.trade for c in company.customers) == {"wholesale": 150, "school": 50}
    kinds = Counter(row.kind for row in company.truth())
    assert kinds == {"left": 20, "away": 10, "steady": 170}


def test_every_customer_has_a_truth_and_at_most_one_change(company: Simulation) -> None:
    of: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for row in company.truth():
        of[row.customer].add((row.kind, row.category, row.cause))
        assert row.trade in TRADES
    assert len(of) == 100
    assert {len(changes) for changes in of.values()} == {1}
    happened = {kind for changes in of.values() for kind, _, _ in changes}
    assert happened | {"group_left"} == {"steady", *CHANGES}  # of so few a group may not leave


def test_a_company_that_grows_sells_more_to_more() -> None:
    company = simulated({"wholesale": 1}, {}, customers=200, weeks=104, growth=0.4, joining=0.6)
    first, last = (company.buying.week(FIRST + 7 * week) for week in (10, 62))  # the same season
    grown = last.cents.sum() / len(set(last.numbers)) / first.cents.sum() * len(set(first.numbers))
    assert grown > 1.1
    assert len(set(last.numbers)) > 1.3 * len(set(first.numbers))


def test_the_shortest_company_can_be_simulated() -> None:
    company = simulated(customers=1, weeks=4)
    assert len(list(company.events())) == 4
    assert len(company.truth()) >= 1
    assert company.company.start == date(2025, 1, 6)
