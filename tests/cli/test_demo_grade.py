"""The rule of thumb beside which the demo shows ours."""

from datetime import date, timedelta

from services.cli.demo_grade import purchase_days, silence_rule

START = date(2025, 1, 6)


def test_the_usual_rule_alarms_after_twice_the_usual_interval() -> None:
    weekly = list(range(0, 7 * 20, 7))  # every Monday for 20 weeks, then never again
    alarms = list(silence_rule(START, 40, {"ana": weekly}))
    # The last purchase was on the first day of week 19; 14 days of silence are over in week 22.
    assert alarms == [("ana", START + timedelta(days=7 * week - 1)) for week in (22, 30)]


def test_whoever_is_known_too_short_or_buys_as_usual_raises_no_alarm() -> None:
    assert list(silence_rule(START, 40, {"ana": list(range(0, 7 * 8, 7))})) == []
    assert list(silence_rule(START, 40, {"ana": list(range(0, 7 * 40, 7))})) == []


def test_purchase_days_count_each_day_once() -> None:
    events = [
        {"type": "purchase", "subject": "ana", "time": "2025-01-08T09:00:00Z"},
        {"type": "purchase", "subject": "ana", "time": "2025-01-08T12:00:00Z"},
        {"type": "refund", "subject": "ana", "time": "2025-01-09T12:00:00Z"},
        {"type": "purchase", "subject": "ana", "time": "2025-01-06T12:00:00Z"},
    ]
    assert purchase_days(START, events) == {"ana": [0, 2]}
