"""Simulated trade and how alarms on it are graded."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from services.cli.demo_grade import grade, purchase_days, silence_rule
from services.cli.trade import Trade, simulate_trade
from shared.contract.reading import read_event

START = date(2025, 1, 6)


def trade(seed: int = 1, customers: int = 60) -> Trade:
    return simulate_trade(
        customers=customers, weeks=40, start=START, zone=ZoneInfo("Europe/Madrid"),
        currency="EUR", seed=seed,
    )  # fmt: skip


def test_the_same_seed_gives_the_same_events() -> None:
    assert list(trade().events()) == list(trade().events())
    assert list(trade().events()) != list(trade(seed=2).events())


def test_every_event_is_one_that_the_contract_takes() -> None:
    company = trade()
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for event in [*company.master_data(), *(e for week in company.events() for e in week)]:
        read_event(event, now=now)


def test_weeks_follow_each_other_and_each_closes_its_feed() -> None:
    newest = ""
    for week in trade().events():
        times = [str(event["time"]) for event in week]
        assert times == sorted(times)
        assert times[0] > newest
        newest = times[-1]
        assert week[-1]["type"] == "feed"


def test_leavers_stop_buying_and_steady_customers_do_not() -> None:
    company = trade(customers=200)
    bought = purchase_days(company, (e for week in company.events() for e in week))
    for customer in company.customers:
        if customer.kind == "leaves_at_once":
            assert customer.changes_in is not None
            assert max(bought[customer.id]) < 7 * (customer.changes_in + 1)
        if customer.kind == "steady" and customer.rate > 2:
            assert max(bought[customer.id]) > 7 * (company.weeks - 4)


def test_an_alarm_counts_as_found_only_after_the_planted_change() -> None:
    company = trade(customers=100)
    bought = purchase_days(company, (e for week in company.events() for e in week))
    leaver = next(c for c in company.customers if c.kind == "leaves_at_once")
    steady = next(c for c in company.customers if c.kind == "steady")
    assert leaver.changes_in is not None
    early = grade(company, bought, {leaver.id: [leaver.changes_in - 5]})
    assert (early.found, early.false) == (0, 1)
    right = grade(company, bought, {leaver.id: [leaver.changes_in + 3], steady.id: [30]})
    assert (right.found, right.false, right.alarms) == (1, 1, 2)
    lost_in = bought[leaver.id][-1] // 7 + 12
    assert right.weeks_before_loss == lost_in - leaver.changes_in - 3


def test_the_usual_rule_alarms_after_twice_the_usual_interval() -> None:
    company = trade(customers=20)
    weekly = list(range(0, 7 * 20, 7))  # every Monday for 20 weeks, then never again
    alarms = silence_rule(company, {"ana": weekly})["ana"]
    # The last purchase was on the first day of week 19; 14 days of silence are over in week 22.
    assert alarms == [22, 30]
