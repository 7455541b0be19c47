"""Simulated trade with known change points: a company, its reps, its customers, their weeks.

Everything comes from one seed: the same seed gives the same events, byte for byte.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np

Event = dict[str, Any]
Kind = Literal[
    "steady", "leaves_at_once", "leaves_slowly", "complains", "cancels", "pauses", "seasonal",
    "large_order", "returns",
]  # fmt: skip

LEAVING: frozenset[Kind] = frozenset({"leaves_at_once", "leaves_slowly", "complains", "cancels"})
AWAY: frozenset[Kind] = frozenset({"pauses", "seasonal"})  # and back after WEEKS_AWAY
WEEKS_AWAY = 6
SOURCE = "demo-shop"
TICKET_SPREAD = 0.45  # of the logarithm of an order's amount
_SHARES: tuple[tuple[Kind, float], ...] = (
    ("leaves_at_once", 0.05),
    ("leaves_slowly", 0.04),
    ("complains", 0.02),
    ("cancels", 0.01),
    ("pauses", 0.03),
    ("seasonal", 0.06),
    ("large_order", 0.03),
    ("returns", 0.04),
)
_REPS = (
    ("rosa", "Rosa Vidal", "es"),
    ("tom", "Tom Baker", "en"),
    ("ines", "Inés Campos", "es"),
    ("leah", "Leah Stone", "en"),
    ("marc", "Marc Soler", "es"),
    ("nina", "Nina Hart", "en"),
)
_FIRST = (
    "Café", "Bar", "Hotel", "Bodega", "Bistro", "Panadería", "Cantina", "Market", "Deli", "Casa",
)  # fmt: skip
_SECOND = (
    "Luna", "Norte", "del Puerto", "Amalia", "Central", "Miramar", "Olivo", "Harbour", "Garden",
    "Roma", "Prado", "Station", "Marina", "Alba", "Corner", "Real", "Sur", "Mill", "Park", "Torre",
)  # fmt: skip
_TOPICS = ("late delivery", "damaged goods", "wrong invoice", "rude driver")


# What is left of a customer's buying, by weeks since the planted change.
_CHANGED_LEVEL: dict[Kind, Callable[[int], float]] = {
    "steady": lambda _: 1.0,
    "large_order": lambda _: 1.0,
    "returns": lambda _: 1.0,
    "seasonal": lambda after: (
        0.1 if after < WEEKS_AWAY else 1.0
    ),  # a school: closed for weeks, and back
    "pauses": lambda after: 0.0 if after < WEEKS_AWAY else 1.0,
    "leaves_at_once": lambda _: 0.0,
    "leaves_slowly": lambda after: 0.72 ** (after + 1),
    "complains": lambda after: 0.35 if after == 0 else 0.02,
    "cancels": lambda after: 0.35 if after == 0 else 0.0,
}


@dataclass(frozen=True, slots=True)
class SimulatedCustomer:
    """One customer and what was planted: `changes_in` is a week number of the simulation."""

    id: str
    name: str
    rep: str
    kind: Kind
    rate: float  # purchase days a week
    ticket: float  # median amount of an order
    changes_in: int | None

    @property
    def leaves(self) -> bool:
        return self.kind in LEAVING


@dataclass(frozen=True, slots=True)
class Trade:
    """A simulated company: `start` is the first day of week 0."""

    customers: tuple[SimulatedCustomer, ...]
    start: date
    weeks: int
    zone: ZoneInfo
    currency: str
    seed: int

    def master_data(self) -> list[Event]:
        """Reps and customers, known before the first week."""
        at = _instant(self.start, time(0), self.zone)
        reps = [
            _event(
                "rep", f"rep-{rep}", rep, at,
                {"name": name, "email": f"{rep}@demo.example", "locale": locale},
            )
            for rep, name, locale in _REPS
        ]  # fmt: skip
        customers = [
            _event("customer", f"customer-{c.id}", c.id, at, {"name": c.name, "rep": c.rep})
            for c in self.customers
        ]
        return reps + customers

    def events(self) -> Iterator[list[Event]]:
        """The events of each week in order of time, its last one closing the feed."""
        rng = np.random.default_rng(self.seed)
        for week in range(self.weeks):
            found: list[Event] = []
            for customer in self.customers:
                found.extend(_customer_week(self, customer, week, rng))
            found.sort(key=lambda event: (str(event["time"]), str(event["id"])))
            end = self.start + timedelta(days=7 * (week + 1))
            closed = _instant(end, time(0), self.zone)
            found.append(
                _event("feed", f"closed-{end}", SOURCE, closed, {"complete_until": closed})
            )
            yield found


def simulate_trade(
    *, customers: int, weeks: int, start: date, zone: ZoneInfo, currency: str, seed: int
) -> Trade:
    """A company of `customers` whose planted changes fall into the second half of the weeks."""
    rng = np.random.default_rng([seed, 1])
    kinds: list[Kind] = [kind for kind, share in _SHARES for _ in range(round(share * customers))]
    kinds += ["steady"] * (customers - len(kinds))
    people = []
    for number, kind in enumerate(kinds[:customers]):
        latest = max(weeks - 8, 2)
        changes = (
            None if kind == "steady" else int(rng.integers(min(weeks // 2, latest - 1), latest))
        )
        name = (
            f"{_FIRST[int(rng.integers(len(_FIRST)))]} {_SECOND[int(rng.integers(len(_SECOND)))]}"
        )
        people.append(
            SimulatedCustomer(
                id=f"C{number:05d}",
                name=f"{name} {number}",
                rep=_REPS[int(rng.integers(len(_REPS)))][0],
                kind=kind,
                rate=float(np.clip(rng.gamma(2.5, 0.7), 0.5, 5)),
                ticket=float(rng.lognormal(4.6, 0.7)),
                changes_in=changes,
            )
        )
    return Trade(tuple(people), start, weeks, zone, currency, seed)


def _level(customer: SimulatedCustomer, week: int, day: date) -> float:
    """The customer's purchase days in this week against the usual."""
    season = 1 + 0.12 * math.cos(2 * math.pi * (day.timetuple().tm_yday - 345) / 365)
    after = -1 if customer.changes_in is None else week - customer.changes_in
    if after < 0:
        return season
    return season * _CHANGED_LEVEL[customer.kind](after)


def _customer_week(
    trade: Trade, customer: SimulatedCustomer, week: int, rng: np.random.Generator
) -> list[Event]:
    monday = trade.start + timedelta(days=7 * week)
    count = min(int(rng.poisson(customer.rate * _level(customer, week, monday))), 7)
    days = sorted(rng.choice(7, size=count, replace=False).tolist())
    found: list[Event] = []
    for day in days:
        amount = customer.ticket * float(rng.lognormal(0, TICKET_SPREAD))
        at = _moment(trade, monday + timedelta(days=day), rng)
        found.append(_purchase(trade, customer, at, amount))
        if customer.kind == "returns" and rng.random() < 0.3:
            found.append(_refund(trade, customer, found[-1], full=rng.random() < 0.5))
    if week == customer.changes_in:
        found.extend(_turning_point(trade, customer, monday, rng))
    return found


def _turning_point(
    trade: Trade, customer: SimulatedCustomer, monday: date, rng: np.random.Generator
) -> list[Event]:
    at = _moment(trade, monday + timedelta(days=int(rng.integers(0, 4))), rng)
    number = f"{customer.id}-{monday}"
    if customer.kind == "complains":
        topic = _TOPICS[int(rng.integers(len(_TOPICS)))]
        data: Event = {"severity": "high", "topic": topic, "channel": "call_centre"}
        return [_event("complaint", f"complaint-{number}", customer.id, at, data)]
    if customer.kind == "cancels":
        data = {"stage": "requested", "reason": "competitor"}
        return [_event("cancellation", f"cancellation-{number}", customer.id, at, data)]
    if customer.kind == "large_order":
        return [_purchase(trade, customer, at, customer.ticket * 25)]
    return []


def _purchase(trade: Trade, customer: SimulatedCustomer, at: datetime, amount: float) -> Event:
    data = {"amount": f"{max(amount, 1):.2f}", "currency": trade.currency}
    return _event("purchase", f"sale-{customer.id}-{at:%Y%m%d%H%M%S}", customer.id, at, data)


def _refund(trade: Trade, customer: SimulatedCustomer, sale: Event, *, full: bool) -> Event:
    amount = float(sale["data"]["amount"]) * (1 if full else 0.4)
    data = {"amount": f"{amount:.2f}", "currency": trade.currency, "purchase": sale["id"]}
    at = datetime.fromisoformat(sale["time"]) + timedelta(hours=1)
    return _event("refund", f"back-{sale['id']}", customer.id, at, data)


def _moment(trade: Trade, day: date, rng: np.random.Generator) -> datetime:
    """Some moment in the opening hours of a day."""
    seconds = int(rng.integers(8 * 3600, 20 * 3600))
    return _instant(day, time(0), trade.zone) + timedelta(seconds=seconds)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _event(kind: str, number: str, subject: str, at: datetime, data: Event) -> Event:
    plain = {key: _text(value) for key, value in data.items()}
    return {
        "specversion": "1.0", "id": number, "source": SOURCE, "type": kind, "subject": subject,
        "time": _text(at), "data": plain,
    }  # fmt: skip


def _text(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
