"""GET /v1/alerts and /v1/customers: rows as the contract's answers."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from services.ingest.cursors import alert_cursor, customer_cursor
from shared.domain.money import from_units
from shared.domain.probability import standing_probability
from shared.domain.week import DAYS, Calendar, day_date
from shared.ops.clock import Clock
from shared.storage.alert_rows import probability_of
from shared.storage.database import Database
from shared.storage.reading import (
    AlertFilter,
    AlertFound,
    CustomerFound,
    alerts_page,
    customers_page,
    one_alert,
    one_customer,
)

WEEKS = 52

Answer = dict[str, Any]


class Reads:
    """Answers of the read routes. Safe to share between threads."""

    def __init__(
        self, *, database: Database, clock: Clock, calendar: Calendar, currency: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._calendar = calendar
        self._currency = currency

    def alerts(
        self, wanted: AlertFilter, *, after: tuple[datetime, str] | None, limit: int
    ) -> Answer:
        """One page of alerts, the latest opened first."""
        with self._database.read() as connection:
            found = alerts_page(connection, wanted, after=after, limit=limit + 1)
        page = found[:limit]
        last = page[-1].row if len(found) > limit else None
        return {
            "items": [_alert(each) for each in page],
            "next": None if last is None else alert_cursor(last["opened_at"], last["id"]),
        }

    def alert(self, alert_id: str) -> Answer | None:
        """One alert, or None."""
        with self._database.read() as connection:
            found = one_alert(connection, alert_id)
        return None if found is None else _alert(found)

    def customers(self, *, after: int, limit: int, verdict: str | None = None) -> Answer:
        """One page of customers, in the order in which they became known."""
        weeks = self._weeks()
        with self._database.read() as connection:
            found = customers_page(
                connection, after=after, limit=limit + 1, since=weeks[0], verdict=verdict
            )
        page = found[:limit]
        more = len(found) > limit
        return {
            "items": [self._customer(each, weeks) for each in page],
            "next": customer_cursor(page[-1].row["number"]) if more else None,
        }

    def customer(self, customer_id: str) -> Answer | None:
        """One customer, or None."""
        weeks = self._weeks()
        with self._database.read() as connection:
            found = one_customer(connection, customer_id, since=weeks[0])
        return None if found is None else self._customer(found, weeks)

    def _weeks(self) -> list[int]:
        """First days of the running week and the 51 before it, the oldest first."""
        running = self._calendar.week_of(self._calendar.day_of(self._clock.now()))
        return [running - DAYS * back for back in reversed(range(WEEKS))]

    def _customer(self, found: CustomerFound, weeks: Sequence[int]) -> Answer:
        row, standing = found.row, found.standing
        return {
            "id": row["id"],
            "name": row["name"],
            "rep": row["rep"] or (standing["rep"] if standing else None),
            "segment": row["segment"],
            "region": row["region"],
            "group": row["group"],
            "active": row["active"],
            "standing": None if standing is None else _standing(standing),
            "alert": found.alert,
            "weeks": self._sales(found, weeks),
        }

    def _sales(self, found: CustomerFound, weeks: Sequence[int]) -> list[Answer]:
        """Every week in the customer's main currency, and in others where there are sales."""
        totals: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
        orders: Counter[str] = Counter()
        for day in found.days:
            week = self._calendar.week_of(day["day"])
            totals[week, day["currency"]].update({name: day[name] for name in _TOTALS})
            orders[day["currency"]] += day["orders"]
        standing_currency = found.standing["currency"] if found.standing else None
        most = orders.most_common(1)
        main = standing_currency or (most[0][0] if most else self._currency)
        for week in weeks:
            totals.setdefault((week, main), Counter())
        return [
            _week(week, currency, totals[week, currency])
            for week, currency in sorted(totals)
            if week <= weeks[-1]
        ]


_TOTALS = ("orders", "amount", "refunds", "refunded")


def _week(week: int, currency: str, total: Mapping[str, int]) -> Answer:
    return {
        "week": day_date(week).isoformat(),
        "currency": currency,
        "orders": total["orders"],
        "amount": _amount(total["amount"]),
        "refunds": total["refunds"],
        "refunded": _amount(total["refunded"]),
    }


def _alert(found: AlertFound) -> Answer:
    row = found.row
    risk = row["value_at_risk"]
    return {
        "id": row["id"],
        "kind": row["kind"],
        "customer": row["key"] if row["kind"] == "customer" else None,
        "rep": row["rep"],
        "state": row["state"],
        "severity": row["severity"],
        "score": row["score"],
        "rank": row["rank"],
        "value_at_risk": (
            None if risk is None else {"amount": _amount(risk), "currency": row["currency"]}
        ),
        "probability": probability_of(row["evidence"]),
        "as_of": day_date(row["as_of"]).isoformat(),
        "opened_at": _instant(row["opened_at"]),
        "updated_at": _instant(row["updated_at"]),
        "snoozed_until": _instant(row["snoozed_until"]),
        "sentence": row["sentence"],
        "evidence": row["evidence"],
        "transitions": [
            {
                "number": each["number"],
                "from": each["from_state"],
                "to": each["to_state"],
                "reason": each["reason"],
                "actor": each["actor"],
                "at": _instant(each["at"]),
            }
            for each in found.transitions
        ],
    }


def _standing(row: RowMapping) -> Answer:
    money = ("weekly_usual", "weekly_now", "value_at_risk")
    scored = None if row["basis"] == "gap" else row["score"]  # own gaps know no such percentage
    return {
        "as_of": day_date(row["as_of"]).isoformat(),
        "verdict": row["verdict"],
        "score": row["score"],
        "probability": standing_probability(
            scored, row["confirmed"], row["verdict"], row["calibration"]
        ),
        "rank": row["rank"],
        "currency": row["currency"],
        "window_weeks": row["window_weeks"],
        "margin_rate": row["margin_rate"],
        **{name: None if row[name] is None else _amount(row[name]) for name in money},
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _amount(units: int) -> str:
    """Decimal text with two decimals, or up to four where they are needed."""
    text = format(from_units(units), "f")
    return text[:-2] if text.endswith("00") else text.rstrip("0")
