"""Twenty situations as a rep or a manager meets them, in the detector's evidence; told TODAY."""

from datetime import date
from typing import Any

TODAY = date(2026, 3, 2)

Item = dict[str, Any]


def drop(**changes: Any) -> Item:
    return {
        "kind": "drop", "usual_days_per_week": 3.1, "weekly_usual": "420.00", "window_weeks": 2,
        "days": 1, "amount": "90.00", "expected_days": 6.2, "once_in": 900, "currency": "EUR",
        "as_of": "2026-03-02", **changes,
    }  # fmt: skip


def value(amount: str, basis: str = "revenue", currency: str = "EUR") -> Item:
    return {"kind": "value", "amount": amount, "currency": currency, "basis": basis}


def event(kind: str, day: str, **content: Any) -> Item:
    return {"kind": kind, **content, "day": day, "event": {"source": "crm", "id": f"{kind}-{day}"}}


def complaint(day: str, topic: str | None = "late delivery", **changes: Any) -> Item:
    return event(
        "complaint", day, **{"severity": "medium", "topic": topic, "resolved": False, **changes}
    )


def payment(status: str = "missed", **changes: Any) -> Item:
    owed = {"amount": "412.00", "currency": "EUR", "due_on": "2026-02-15", "resolved": False}
    return event("payment", "2026-02-16", **{"status": status, **owed, **changes})


def cancellation(stage: str, day: str, reason: str | None = None) -> Item:
    return event("cancellation", day, stage=stage, reason=reason, resolved=stage == "withdrawn")


def category(name: str, weeks_since: int, usual_days: float) -> Item:
    return {
        "kind": "category", "category": name, "weeks_since": weeks_since, "usual_days": usual_days
    }  # fmt: skip


def cause(group_kind: str, name: str, customers: int, of: int) -> Item:
    return {
        "kind": "common_cause", "group_kind": group_kind, "name": name, "customers": customers,
        "of": of, "drop_percent": 41, "weeks": 2,
    }  # fmt: skip


SITUATIONS: dict[str, list[Item]] = {
    "01-bakery-goes-quiet": [drop(), value("18600.00")],
    "02-weekly-buyer-stopped-altogether": [
        drop(
            usual_days_per_week=1.0, window_weeks=5, days=0, amount="0.00",
            expected_days=5.0, once_in=240, weekly_usual="1250.00",
        ),
        value("65000.00"),
    ],
    "03-fortnightly-buyer-margin-known": [
        drop(
            usual_days_per_week=0.5, window_weeks=7, days=1, amount="95.50",
            expected_days=3.5, once_in=38, weekly_usual="310.00",
        ),
        value("4836.00", "margin"),
    ],
    "04-buys-every-day-and-stopped": [
        drop(
            usual_days_per_week=6.4, window_weeks=1, days=0, amount="0.00",
            expected_days=6.4, once_in=9999, weekly_usual="84.20",
        ),
        value("4378.40"),
    ],
    "05-comes-as-often-leaves-less": [
        {
            "kind": "spend", "weekly_usual": "484.67", "weekly_now": "87.71", "window_weeks": 4,
            "currency": "GBP", "as_of": "2026-03-02",
        },
        value("20641.92", currency="GBP"),
    ],
    "06-a-complaint-and-a-drop": [
        drop(), complaint("2026-02-21", severity="high"), value("18600.00")
    ],
    "07-several-complaints-one-settled": [
        drop(once_in=3),
        complaint("2026-02-21"),
        complaint("2026-02-27", "wrong item"),
        complaint("2026-02-10", "noise", resolved=True),
        value("18600.00"),
    ],
    "08-everything-was-settled": [
        drop(), complaint("2026-02-21", resolved=True), payment(resolved=True), value("18600.00")
    ],
    "09-asks-to-cancel": [cancellation("requested", "2026-03-02", "competitor")],
    "10-asks-to-cancel-after-buying-less": [
        drop(), cancellation("requested", "2026-02-27", "price"), value("18600.00")
    ],
    "11-cancelled": [cancellation("confirmed", "2026-02-20")],
    "12-took-the-cancellation-back-buys-less": [
        drop(), cancellation("withdrawn", "2026-02-20"), value("18600.00")
    ],
    "13-unhappy-and-behind-with-paying": [
        event("survey", "2026-02-25", survey="nps", score=3),
        payment(),
        drop(days=3, amount="310.00", once_in=14),
        value("9100.00"),
    ],
    "14-late-payer-bad-rating-of-the-service": [
        event("survey", "2026-01-25", survey="csat", score=1), payment("late")
    ],
    "15-nobody-visited-and-a-sister-shop-is-gone": [
        drop(),
        {"kind": "no_contact", "usual_days": 14, "day": "2025-12-18"},
        {"kind": "group_loss", "group": "Hoteles Sol", "customers": 1, "day": "2026-02-10"},
        value("18600.00"),
    ],
    "16-two-of-the-group-are-gone": [
        drop(),
        {"kind": "group_loss", "group": "Bar Pepe e Hijos", "customers": 2, "day": "2026-02-28"},
    ],
    "17-still-buys-but-no-coffee": [
        category("coffee", 6, 9.2), category("tea", 9, 14), value("3120.00", "margin")
    ],
    "18-buys-now-and-then": [
        {
            "kind": "gap", "usual_days": 24, "silent_days": 95, "once_in": 60,
            "amount": "310.00", "currency": "EUR",
        },
        value("4700.00"),
    ],
    "19-bought-again-since-the-alert": [
        drop(),
        {"kind": "purchase", "day": "2026-02-28", "amount": "310.50", "currency": "EUR"},
        {"kind": "purchase", "day": "2026-03-01", "amount": "100.00", "currency": "EUR"},
        value("18600.00"),
    ],
    "20-common-causes": [
        cause("region", "Norte", 23, 31),
        cause("segment", "Hoteles", 9, 12),
        cause("rep", "Ana Ruiz", 17, 20),
        cause("shop", "Goya 14", 1, 2),
        cause("category", "coffee", 8, 9),
        cause("portfolio", "", 1204, 1500),
    ],
}  # fmt: skip
