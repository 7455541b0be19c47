"""What the truth says is what happens: the rates hold in the mean, the warnings come first."""

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from services.simulation.chance import Ints
from services.simulation.company import Simulation
from services.simulation.trades import CATEGORIES
from shared.contract.truth import TruthRow
from shared.domain.week import day_date, day_number
from tests.simulation.companies import START, all_events, local_day, simulated

WEEKS = 52
FIRST = day_number(START)
LAST = day_date(FIRST + 7 * WEEKS - 1)
CentsByDay = dict[int, Ints]
Days = dict[str, CentsByDay]


def planted(
    kind: str, share: float = 1.0, trade: str = "grocery", customers: int = 200
) -> Simulation:
    return simulated({trade: 1}, {kind: share}, customers=customers, weeks=WEEKS)


def bought(company: Simulation) -> Days:
    """Cents by category, of each customer and day."""
    found: Days = {customer.id: {} for customer in company.customers}
    for week in range(WEEKS):
        part = company.buying.week(FIRST + 7 * week)
        for number, day, cents in zip(part.numbers, part.days, part.cents, strict=True):
            found[company.customers[number].id][int(day)] = cents
    return found


@pytest.fixture(scope="module")
def unchanged() -> Days:
    """The same customers, to whom nothing happens."""
    return bought(simulated({"grocery": 1}, {}, customers=200, weeks=WEEKS))


def in_stretch(days: CentsByDay, row: TruthRow) -> tuple[int, int]:
    """Cents and purchase days in the stretch of a row: of its category, if it has one."""
    first, last = day_number(row.starts), day_number(min(row.ends or LAST, LAST))
    of = slice(None) if not row.category else [CATEGORIES.index(row.category)]
    parts = [cents[of].sum() for day, cents in days.items() if first <= day <= last]
    return int(sum(parts)), sum(part > 0 for part in parts)


def kept(now: Days, unchanged: Days, rows: Sequence[TruthRow]) -> tuple[float, float, int]:
    """What remains of money and of purchase days over the stretches of these rows, and how many
    purchase days they usually hold.
    """
    got = np.sum([in_stretch(now[row.customer], row) for row in rows], axis=0)
    usual = np.sum([in_stretch(unchanged[row.customer], row) for row in rows], axis=0)
    assert usual[1] > 100
    return float(got[0] / usual[0]), float(got[1] / usual[1]), int(usual[1])


def may_differ(rate: float, days: int) -> float:
    """Four standard deviations of the share of `days` that remain, each with chance `rate`."""
    return 4 * math.sqrt(rate * (1 - rate) / days) + 1e-9


@pytest.mark.parametrize("kind", ["left", "faded", "away", "neglected", "cancelled"])
def test_the_rate_holds_in_the_mean(kind: str, unchanged: Days) -> None:
    company = planted(kind)
    now = bought(company)
    rows = [row for row in company.truth() if row.starts <= LAST]
    for rate in sorted({row.rate for row in rows}):
        money, share, days = kept(now, unchanged, [row for row in rows if row.rate == rate])
        assert share == pytest.approx(rate, abs=may_differ(rate, days))
        assert money == pytest.approx(rate, abs=2 * may_differ(rate, days))


def test_more_than_a_day_can_hold_comes_as_larger_purchases(unchanged: Days) -> None:
    company = planted("grew")
    money, share, _ = kept(bought(company), unchanged, company.truth())
    assert money == pytest.approx(1.6, abs=0.1)
    assert 1.3 < share < 1.6


@pytest.mark.parametrize("kind", ["lost_category", "price"])
def test_the_rate_of_a_category_holds_for_it_alone(kind: str, unchanged: Days) -> None:
    company = planted(kind)
    now = bought(company)
    rows = [row for row in company.truth() if row.category]
    expected = float(np.mean([row.rate for row in rows]))
    _, share, days = kept(now, unchanged, rows)
    assert share == pytest.approx(expected, abs=may_differ(expected, days) + 0.02)
    others = [
        TruthRow(row.customer, kind, row.starts, None, 1.0, category)
        for row in rows
        for category in CATEGORIES
        if category != row.category
    ]
    assert kept(now, unchanged, others)[:2] == (1.0, 1.0)


def test_one_large_week_is_large_and_changes_nothing_else(unchanged: Days) -> None:
    company = planted("large_order")
    now, rows = bought(company), company.truth()
    assert kept(now, unchanged, rows)[0] == pytest.approx(12, rel=0.2)
    # An order for a closed day may come some days after the week.
    after = [TruthRow(row.customer, "", _after(row), None, 1.0) for row in rows]
    assert kept(now, unchanged, after)[:2] == (1.0, 1.0)


def test_before_anything_happens_nothing_differs(unchanged: Days) -> None:
    company = planted("left")
    before = [
        TruthRow(row.customer, "", START, row.starts - timedelta(days=1), 1.0)
        for row in company.truth()
    ]
    assert kept(bought(company), unchanged, before)[:2] == (1.0, 1.0)


def test_whoever_leaves_has_bought_for_the_last_time() -> None:
    company = planted("left", trade="wholesale", customers=80)
    gone = {row.customer: row.starts for row in company.truth()}
    last: dict[str, date] = {}
    for event in all_events(company):
        if event["type"] == "purchase":
            assert local_day(event) < gone[event["subject"]]
            last[event["subject"]] = local_day(event)
    waited = [(gone[customer] - day).days for customer, day in last.items()]
    assert np.median(waited) < 7


@pytest.mark.parametrize(
    ("kind", "type_"),
    [("complained", "complaint"), ("missed_payment", "payment"), ("detractor", "survey")],
)
def test_a_warning_comes_when_the_truth_says_and_weeks_before_the_fall(
    kind: str, type_: str
) -> None:
    company = planted(kind, trade="monthly", customers=60)
    warned = {row.customer: row for row in company.truth() if row.rate == 1}
    falls = {row.customer: row.starts for row in company.truth() if row.rate == 0}
    first: dict[str, date] = {}
    for event in all_events(company):
        if event["type"] == type_ and local_day(event) >= warned[event["subject"]].starts:
            first.setdefault(event["subject"], local_day(event))
    assert {customer: row.starts for customer, row in warned.items()} == first
    assert all(7 <= (falls[who] - row.starts).days < 35 for who, row in warned.items())


def test_whoever_cancels_asks_and_confirms() -> None:
    company = planted("cancelled", trade="monthly", customers=60)
    told = [event for event in all_events(company) if event["type"] == "cancellation"]
    asked = {row.customer: row.starts for row in company.truth() if row.rate == 0.5}
    by_stage = {stage: _by_subject(told, stage) for stage in ("requested", "confirmed")}
    assert by_stage["requested"] == asked
    assert by_stage["confirmed"].items() <= {
        (who, day + timedelta(days=21)) for who, day in asked.items()
    }


def test_whoever_is_neglected_is_visited_no_more_for_weeks_before() -> None:
    company = planted("neglected", trade="monthly", customers=60)
    until = {row.customer: row.starts for row in company.truth() if row.rate == 1}
    falls = {row.customer: row.starts for row in company.truth() if row.rate == 0}
    assert all(63 <= (falls[who] - day).days < 98 for who, day in until.items())
    visits = [event for event in all_events(company) if event["type"] == "contact"]
    assert all(local_day(event) < until[event["subject"]] for event in visits)
    assert len({event["subject"] for event in visits}) == 60


def test_a_group_leaves_one_member_after_the_other() -> None:
    company = simulated(None, {"group_left": 0.5}, customers=400, weeks=WEEKS)
    group_of = {c.id: c.group for c in company.customers}
    left: dict[str, list[date]] = {}
    for row in company.truth():
        if row.kind == "group_left":
            assert (row.cause, row.rate) == (f"group:{group_of[row.customer]}", 0)
            left.setdefault(row.cause, []).append(row.starts)
    groups = {group for group in group_of.values() if group}
    assert 0.2 * len(groups) < len(left) < 0.8 * len(groups)
    for days in left.values():
        gaps = [(after - before).days for before, after in pairwise(days)]
        assert gaps
        assert all(14 <= gap < 36 for gap in gaps)


@pytest.mark.parametrize("seed", range(5))
def test_a_competitor_strikes_one_group_and_many_of_it(seed: int) -> None:
    company = simulated(None, {"competitor": 0.6, "left": 0.05}, customers=400, seed=seed)
    rows = [row for row in company.truth() if row.kind == "competitor"]
    (cause,) = {row.cause for row in rows}
    (_,) = {row.starts for row in rows}
    field, _, name = cause.partition(":")
    assert field in ("region", "rep", "segment")
    group = {c.id for c in company.customers if getattr(c, field) == name}
    assert {row.customer for row in rows} <= group
    assert 20 <= len(group) <= 100
    assert 0.4 < len(rows) / len(group) < 0.75
    assert {row.rate == 0 for row in rows} == {True, False}
    assert all(row.rate == 0 or 0.5 <= row.rate <= 0.75 for row in rows)


def test_changes_lie_in_the_second_half_and_leave_time_to_be_found() -> None:
    company = simulated(None, customers=400, weeks=WEEKS)
    single = [row for row in company.truth() if row.kind in ("left", "away", "grew", "price")]
    assert min(row.starts for row in single) >= START + timedelta(weeks=WEEKS // 2)
    assert max(row.starts for row in single) < START + timedelta(weeks=WEEKS - 8)


def _after(row: TruthRow) -> date:
    assert row.ends is not None
    return row.ends + timedelta(days=15)


def _by_subject(told: list[dict[str, object]], stage: str) -> dict[str, date]:
    def found() -> Iterator[tuple[str, date]]:
        for event in told:
            data = event["data"]
            assert isinstance(data, dict)
            if data["stage"] == stage:
                yield str(event["subject"]), local_day(event)

    return dict(found())
