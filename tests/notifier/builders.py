"""Announced alerts and messages for the notifier's tests."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.notifier.announcement import Announcement
from services.notifier.buttons import LinkTo
from services.notifier.messages import Message, compose
from services.notifier.routing import Send
from services.notifier.summary import tell_week
from services.notifier.together import together
from services.notifier.ways import mail_way
from shared.ops.settings import Settings
from shared.storage.addressing import Card
from shared.storage.deliveries import Taken
from shared.storage.teams import Week

AT = datetime(2011, 12, 5, 6, 0, 3, tzinfo=UTC)
WEEKS = [
    *(310, 520, 450, 380, 610, 420, 390, 470, 520, 300, 440, 0, 510),
    *(460, 390, 540, 1900, 420, 350, 480, 430, 390, 500, 410, 90, 0),
]
DROP: dict[str, Any] = {
    "kind": "drop",
    "usual_days_per_week": 3.1,
    "weekly_usual": "420.00",
    "window_weeks": 2,
    "days": 1,
    "amount": "90.00",
    "expected_days": 6.2,
    "once_in": 900,
    "currency": "EUR",
    "as_of": "2011-12-05",
}
COMPLAINT: dict[str, Any] = {
    "kind": "complaint",
    "severity": "high",
    "topic": "late delivery",
    "day": "2011-11-26",
    "resolved": False,
    "event": {"source": "calls", "id": "t1"},
}
VALUE = {"kind": "value", "amount": "18600.00", "currency": "EUR"}
BARS: dict[str, Any] = {
    "kind": "weeks",
    "first": "2011-06-06",
    "amounts": [f"{amount}.00" for amount in WEEKS],
    "usual": "420.00",
    "currency": "EUR",
}
# The same customer when it has recovered: alerts are judged anew before they end.
BACK = (
    {**DROP, "days": 6, "amount": "810.00", "once_in": 2},
    {**BARS, "amounts": [*BARS["amounts"][2:], "380.00", "430.00"], "first": "2011-06-20"},
)
CANCELLATION = {
    "kind": "cancellation",
    "stage": "requested",
    "reason": "price",
    "day": "2011-12-05",
    "event": {"source": "crm", "id": "k1"},
}
EVIDENCE = (DROP, COMPLAINT, VALUE, BARS)
CARD = Card("C-1029", "Panadería Sol", "+34 600 123 456", "bakery")
REP = Send(mail_way("ana@company.example"), role="rep", name="Ana Ruiz", locale="en", person="r1")


def alert_data(**changes: Any) -> dict[str, Any]:
    """The data of an announced transition, as the contract names its fields."""
    return {
        "id": "a_mfrggzdfmztwq2lkobqx",
        "kind": "customer",
        "customer": "C-1029",
        "rep": "r1",
        "state": "open",
        "severity": "warning",
        "score": 1.7,
        "rank": 2,
        "value_at_risk": {"amount": "18600.00", "currency": "EUR"},
        "as_of": "2011-12-05",
        "opened_at": "2011-12-05T06:00:03Z",
        "updated_at": "2011-12-05T06:00:03Z",
        "snoozed_until": None,
        "sentence": "Usually buys 3.1 times a week for 420 EUR.",
        "evidence": list(EVIDENCE),
        "number": 1,
        "from": None,
        "to": "open",
        "reason": "score",
        "actor": "detector",
        **changes,
    }


def announcement(kind: str = "opened", **changes: Any) -> Announcement:
    previous = changes.pop("previous_rep", None)
    refused = changes.pop("refused", False)
    at = changes.pop("at", AT)
    return Announcement(kind, at, alert_data(**changes), previous, refused)


def message(
    kind: str = "opened",
    *,
    to: Send = REP,
    audience: str = "rep",
    card: Card | None = CARD,
    locale: str = "en",
    link_to: LinkTo | None = None,
    **changes: Any,
) -> Message:
    told = announcement(kind, **changes)
    zone = ZoneInfo("Europe/Madrid")
    return compose(told, to, audience, card, zone=zone, locale=locale, link_to=link_to)


def link_to(purpose: str) -> str:
    """An address as it stands in messages, with something shorter than a real token."""
    return f"https://vigia.example/desk/link/token-to-{purpose}"


def summary(locale: str) -> Message:
    """A manager's week: what became of the team's alerts, and one that nobody reacted to."""
    manager = Send(
        mail_way("marta@company.example"), role="rep", name="Marta Gil", locale=locale, person="m1"
    )
    told = announcement("summary", id="summary:m1", customer=None, value_at_risk=None)
    taken = Taken(
        1, "summary:m1", 7, "digest", "email", "email", (), told.to_dict(), 1, AT, "one", 1
    )  # fmt: skip
    week = Week(
        happened={"opened": 6, "acknowledged": 3, "working": 2, "recovered": 2, "lost": 1},
        recovered={"EUR": 212_000_000},
        lost={"EUR": 64_000_000},
        at_risk={"EUR": 913_000_000},
        living={"r1": 4, "r2": 2},
        unanswered={"r1": 1},
    )
    waiting = message(
        "escalated", to=replace(manager, role="escalated", instead_of="Ana Ruiz"), locale=locale,
        link_to=link_to,
    )  # fmt: skip
    names = {"r1": "Ana Ruiz", "r2": "Bea Mora"}
    settings = Settings(locale=locale, base_url="https://vigia.example")
    return tell_week(taken, manager, week, names, [waiting], settings)


def digest(locale: str, to: Send = REP, parts: int = 3) -> Message:
    """A digest of an opening, of good news, and of as many openings as are wanted beside them."""
    told = announcement("digest", id="digest:r1", customer=None, value_at_risk=None)
    taken = Taken(
        1, "digest:r1", 7, "digest", "email", "email", (), told.to_dict(), 1, AT, "one", 1
    )  # fmt: skip
    back: dict[str, Any] = {"state": "recovered", "evidence": list(BACK), "id": "a_back"}
    cards = (CARD, Card("C-1144", "Café Central", None, "hotel"))
    messages = [
        message(
            "recovered", to=to, locale=locale, link_to=link_to,
            card=Card("C-1201", "Bar Norte", None, None), **back,
        ),
        *(
            message(
                "opened" if number % 2 == 0 else "updated",
                to=to, locale=locale, link_to=link_to, id=f"a_{number}",
                card=cards[number % 2], reason="complaint" if number % 2 else "score",
            )
            for number in range(parts - 1)
        ),
    ]  # fmt: skip
    settings = Settings(locale=locale, base_url="https://vigia.example")
    return together(taken, to, messages, settings)
