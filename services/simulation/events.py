"""Simulated facts as CloudEvents in plain JSON, as a till or an ERP would send them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.simulation.baskets import line, money_text
from services.simulation.people import MANAGER, Rep, SimulatedCustomer
from shared.domain.week import day_date

Event = dict[str, Any]
SOURCE = "demo-shop"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the events of a company in `zone` that counts in `currency`."""

    zone: ZoneInfo
    currency: str

    def manager(self, day: int) -> Event:
        data = {"name": "Vera Quint", "email": f"{MANAGER}@demo.example", "locale": "en"}
        return _event("rep", f"rep-{MANAGER}", MANAGER, self.moment(day), data)

    def rep(self, rep: Rep, day: int) -> Event:
        data = {
            "name": rep.name, "email": f"{rep.id}@demo.example", "locale": rep.locale,
            "manager": MANAGER,
        }  # fmt: skip
        return _event("rep", f"rep-{rep.id}", rep.id, self.moment(day), data)

    def customer(self, customer: SimulatedCustomer, day: int, second: int = 0) -> Event:
        data = {
            "name": customer.name, "rep": customer.rep, "segment": customer.segment,
            "region": customer.region, "group": customer.group,
            "since": day_date(customer.since).isoformat(),
            "margin_rate": f"{customer.margin_rate:.2f}",
        }  # fmt: skip
        known = {name: value for name, value in data.items() if value is not None}
        at = self.moment(day, second)
        return _event("customer", f"customer-{customer.id}", customer.id, at, known)

    def purchase(
        self,
        customer: SimulatedCustomer,
        day: int,
        second: int,
        cents: Sequence[int],
        articles: Sequence[int],
    ) -> Event:
        """`cents` and `articles` by category; 0 cents: none of it."""
        bought = [(number, part) for number, part in enumerate(cents) if part]
        data = {
            "amount": money_text(sum(cents)),
            "currency": self.currency,
            "rep": customer.rep,
            "lines": [line(number, articles[number], part) for number, part in bought],
        }
        name = f"sale-{customer.id}-{day_date(day):%Y%m%d}"
        return _event("purchase", name, customer.id, self.moment(day, second), data)

    def refund(self, sale: Event, day: int, second: int, *, whole: bool) -> Event:
        """Of the whole purchase, or of its first line."""
        lines = sale["data"]["lines"] if whole else sale["data"]["lines"][:1]
        amount = sale["data"]["amount"] if whole else lines[0]["amount"]
        data = {
            "amount": amount, "currency": self.currency, "purchase": sale["id"], "lines": lines,
        }  # fmt: skip
        at = self.moment(day, second)
        return _event("refund", f"back-{sale['id']}", sale["subject"], at, data)

    def fact(
        self, type_: str, customer: SimulatedCustomer, day: int, second: int, data: Event
    ) -> Event:
        """Anything else about a customer."""
        at = self.moment(day, second)
        name = f"{type_}-{customer.id}-{at:%Y%m%d%H%M}"
        return _event(type_, name, customer.id, at, data)

    def closed(self, end: int) -> Event:
        """The feed has told everything before day `end`."""
        at = self.moment(end)
        data = {"complete_until": _text(at)}
        return _event("feed", f"closed-{day_date(end)}", SOURCE, at, data)

    def moment(self, day: int, seconds: int = 0) -> datetime:
        """So many seconds after the day's midnight."""
        midnight = datetime.combine(day_date(day), time(0), tzinfo=self.zone).astimezone(UTC)
        return midnight + timedelta(seconds=seconds)


def _event(type_: str, number: str, subject: str, at: datetime, data: Event) -> Event:
    return {
        "specversion": "1.0", "id": number, "source": SOURCE, "type": type_, "subject": subject,
        "time": _text(at), "data": data,
    }  # fmt: skip


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
