"""Alerts compared with what was planted."""

from datetime import date, timedelta

from services.backtest.truth import CustomerWeek, FalseAlarms, Found, Measured, measure
from services.backtest.truth_table import format_measured
from shared.contract.truth import TruthRow

MONDAY = date(2025, 3, 3)  # on which everything here happens


def week(number: int) -> date:
    """The last day of a week, counted from the one that begins with the change."""
    return MONDAY + timedelta(days=7 * number + 6)


def row(
    customer: str, kind: str, rate: float, first: int = 0, last: int | None = None, **more: str
) -> TruthRow:
    ends = None if last is None else MONDAY + timedelta(days=7 * last + 6)
    return TruthRow(customer, kind, MONDAY + timedelta(days=7 * first), ends, rate, **more)


def usual(customer: str, trade: str = "wholesale") -> TruthRow:
    return row(customer, "steady", 1.0, first=-50, trade=trade)


def alert(customer: str, number: int) -> CustomerWeek:
    return customer, week(number)


def everybody(*customers: str, weeks: range = range(-20, 20)) -> list[CustomerWeek]:
    return [alert(customer, number) for customer in customers for number in weeks]


def found(measured: Measured, kind: str) -> Found:
    return next(row for row in measured.found if row.kind == kind)


def false(measured: Measured) -> dict[str, int]:
    return {row.about: row.alarms for row in measured.false}


def test_the_delay_counts_from_the_change_to_the_day_the_alert_is_known() -> None:
    truth = [row("ana", "left", 0.0), row("eva", "left", 0.0), row("ida", "left", 0.0)]
    got = measure(truth, [alert("ana", 0), alert("ana", 9), alert("eva", 2)], everybody("ana"))
    left = found(got, "left")
    assert (left.changes, left.judged, left.found) == (3, 1, 2)
    assert left.delay == 2.0  # 1 week and 3 weeks
    assert left.latest == 3.0
    assert left.leaves
    assert (got.alarms, got.right) == (3, 3)


def test_an_alert_before_the_change_is_false_and_one_after_the_window_is_late() -> None:
    truth = [row("ana", "left", 0.0, trade="grocery")]
    early = measure(truth, [alert("ana", -1)], [])
    assert (found(early, "left").found, early.right, false(early)) == (0, 0, {"grocery": 1})
    last = measure(truth, [alert("ana", 11)], [])
    assert (found(last, "left").found, found(last, "left").delay) == (1, 12.0)
    late = measure(truth, [alert("ana", 12)], [])
    assert (found(late, "left").found, late.right, false(late)) == (0, 1, {"grocery": 0})
    assert found(measure(truth, [alert("ana", 12)], [], 13), "left").found == 1


def test_the_week_that_ends_with_the_change_is_the_first_and_12_weeks_are_12_weeks() -> None:
    sunday = week(0)
    truth = [TruthRow("ana", "left", sunday, None, 0.0)]
    first = measure(truth, [("ana", sunday)], [])
    assert (first.right, found(first, "left").delay) == (1, 1 / 7)
    for days, is_found in ((7 * 12 - 1, 1), (7 * 12, 0)):
        got = measure(truth, [("ana", sunday + timedelta(days=days))], [])
        assert found(got, "left").found == is_found


def test_what_happens_twice_is_two_changes() -> None:
    truth = [row("ana", "away", 0.0, 0, 1), row("ana", "away", 0.0, 10)]
    got = found(measure(truth, [alert("ana", 0), alert("ana", 11)], []), "away")
    assert (got.changes, got.found, got.delay) == (1, 1, 2.0)


def test_a_warning_counts_from_the_complaint_on_and_comes_before_the_change() -> None:
    truth = [row("ana", "complained", 1.0, 0, 2), row("ana", "complained", 0.0, 3)]
    got = found(measure(truth, [alert("ana", 0)], []), "complained")
    assert (got.changes, got.found, got.delay) == (1, 1, -2.0)


def test_fading_is_one_change_whose_delay_counts_from_its_first_step() -> None:
    truth = [
        row("ana", "faded", 0.7, 0, 1),
        row("ana", "faded", 0.3, 2, 3),
        row("ana", "faded", 0.0, 4),
    ]
    got = found(measure(truth, [alert("ana", 3)], []), "faded")
    assert (got.changes, got.found, got.delay, got.leaves) == (1, 1, 4.0, True)


def test_whoever_comes_back_is_a_false_alarm_of_its_own_sort() -> None:
    truth = [row("ana", "away", 0.0, 0, 5, trade="grocery"), usual("eva", "school")]
    alerts = [alert("ana", -3), alert("ana", 2), alert("eva", 2), alert("eva", 11)]
    got = measure(truth, alerts, everybody("ana", "eva"))
    assert false(got) == {"away": 1, "grocery": 1, "school": 2}
    assert got.found == ()
    assert got.right == 0
    away = next(about for about in got.false if about.about == "away")
    assert (away.customers, away.weeks) == (1, 20)


def test_sorts_of_customers_stand_apart_from_their_trade() -> None:
    truth = [
        row("ana", "returns", 1.0, -50, trade="grocery"),
        row("eva", "large_order", 12.0, 0, 0, trade="grocery"),
        usual("ida", "grocery"),
    ]
    got = measure(truth, [alert("ana", 3), alert("eva", 4), alert("ida", 5)], [])
    assert false(got) == {"returns": 1, "large_order": 1, "grocery": 1}


def test_a_lost_category_and_a_common_cause_are_declines_that_do_not_leave() -> None:
    truth = [
        row("ana", "lost_category", 0.0, category="coffee"),
        row("eva", "competitor", 0.6, cause="region:north"),
        row("ida", "competitor", 0.0, cause="region:north"),
    ]
    got = measure(truth, [alert("ana", 1), alert("ida", 0), alert("eva", 3)], [])
    assert [(row.kind, row.leaves, row.found, row.delay) for row in got.found] == [
        ("competitor", True, 1, 1.0),
        ("competitor", False, 1, 4.0),
        ("lost_category", False, 1, 2.0),
    ]
    assert got.right == 3


def test_growth_is_no_decline() -> None:
    got = measure([row("ana", "grew", 1.6)], [alert("ana", 3)], [])
    assert (got.found, false(got)["grew"]) == ((), 1)


def test_a_customer_of_whom_the_truth_says_nothing_is_left_out() -> None:
    got = measure([usual("ana")], [alert("bob", 3)], everybody("bob"))
    assert (got.alarms, false(got)) == (0, {"wholesale": 0})


def test_false_alarms_are_counted_for_100_customers_and_month() -> None:
    assert FalseAlarms("wholesale", 10, weeks=520, alarms=6).monthly == 5.0
    assert FalseAlarms("wholesale", 10, weeks=0, alarms=0).monthly is None


def test_the_table_says_what_was_measured() -> None:
    truth = [row("ana", "left", 0.0), row("eva", "lost_category", 0.0, category="tea")]
    got = measure([*truth, usual("ida")], [alert("ana", 1), alert("ida", 1)], everybody("ida"))
    text = "\n".join(format_measured(got))
    assert "2 alarms, 1 of them about customers who decline" in text
    lines = {line.split("  ")[0]: line.split()[-6:] for line in text.splitlines()}
    assert lines["left"] == ["1", "0", "1", "100%", "2.0", "2.0"]
    assert lines["lost_category (stays)"] == ["1", "0", "0", "0%", "-", "-"]
    assert lines["wholesale"] == ["wholesale", "1", "40", "1", "10.83"]
