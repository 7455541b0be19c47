"""Reading what routing decides by: the people, how each is reached, who is away, the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from services.notifier.announcement import Announcement
from services.notifier.known import Known
from services.notifier.registry import KINDS
from services.notifier.routing import MANAGER, PATIENCE, Case, Decision, Send, route
from services.notifier.rules import DEFAULT, Manner, Subject, manner_of, require_channels
from services.notifier.ways import Ways
from shared.domain.alert import SNOOZE_OVER
from shared.domain.week import day_number
from shared.ops.settings import Settings
from shared.storage import reps
from shared.storage.addressing import Card
from shared.storage.reps import Rep


class Cases:
    """Reads cases by the settings, and has them routed."""

    def __init__(self, settings: Settings, ways: Ways) -> None:
        """Raises ConfigurationError for rules that cannot be used."""
        require_channels(settings.routing, KINDS)
        self._settings = settings
        self._ways = ways

    def look(self, connection: Connection) -> Known:
        """A look at the database, for as many cases as are read in this transaction."""
        return Known(connection, self._ways)

    def read_ahead(
        self, known: Known, told: Sequence[Announcement], now: datetime
    ) -> Mapping[str, Rep]:
        """Read at once what the cases of `told` will ask for one by one; the people in them."""
        customers = {one.data["id"]: one.data["customer"] for one in told if one.data["customer"]}
        known.read_customers(customers.values(), customers)
        starts = [one.previous_rep for one in told]
        starts += [self._rep(known, one) for one in told]
        people = known.chains(starts)
        known.away(people, self._day(now))
        known.ways(people)
        return people

    def read(
        self,
        known: Known,
        told: Announcement,
        audience: str,
        now: datetime,
        *,
        tried: Sequence[str] = (),
        age: timedelta = timedelta(0),
    ) -> Case:
        """What bears on telling `audience` at business time `now`."""
        rep = self._rep(known, told)
        manager = audience.removeprefix(MANAGER) if audience.startswith(MANAGER) else None
        people = known.chains([rep, told.previous_rep, manager])
        today = self._day(now)
        away = known.away(people, today)
        people |= known.chains(one for one in away.values() if one not in people)
        away |= known.away(people, today)
        return Case(
            audience=audience,
            rep=rep,
            previous_rep=told.previous_rep,
            actor=told.data["actor"],
            people=people,
            ways=known.ways(people),
            operator=known.operator,
            age=age,
            tried=tried,
            paused=known.paused(),
            away=away,
            manner=self._manner(known, told),
            kind=told.kind,
        )

    def _rep(self, known: Known, told: Announcement) -> str | None:
        """Whose customer it is now; else who was announced."""
        customer, rep = told.data["customer"], told.data["rep"]
        return (customer and known.current_rep(customer, told.data["id"])) or rep

    def _day(self, now: datetime) -> int:
        return day_number(now.astimezone(self._settings.zone).date())

    def decide(self, case: Case) -> Decision:
        """Whom it goes to; the operator speaks the company's language."""
        decision = route(case, patience=PATIENCE * self._settings.retry_scale)
        if isinstance(decision, Send) and decision.role == "operator":
            return replace(decision, locale=self._settings.locale)
        return decision

    def _manner(self, known: Known, told: Announcement) -> Manner:
        """What the rules say of an alert about a customer; all else goes out at once."""
        customer = told.data["customer"]
        if not customer:
            return replace(DEFAULT, instant=True, any_hour=told.at_once)
        subject = subject_of(told.data, known.card(customer), self._settings)
        urgent_any_hour = self._settings.urgent_any_hour
        manner = manner_of(self._settings.routing, subject, urgent_any_hour=urgent_any_hour)
        back = told.data.get("reason") == SNOOZE_OVER
        return replace(
            manner,
            instant=manner.instant or back or told.at_once,
            any_hour=manner.any_hour or told.at_once,
        )


def audiences_of(connection: Connection, data: Mapping[str, Any]) -> list[str]:
    """Who is told of an alert: the customer's rep; of what many customers share, their reps'
    managers; else the operator."""
    if data["customer"]:
        return ["rep"]
    named = (
        reps.find(connection, one) for item in data["evidence"] for one in item.get("reps", ())
    )
    managers = dict.fromkeys(rep.manager for rep in named if rep is not None and rep.manager)
    told = data["kind"] == "portfolio" and managers
    return [f"{MANAGER}{one}" for one in managers] if told else ["operator"]


def subject_of(data: Mapping[str, Any], card: Card | None, settings: Settings) -> Subject:
    """What the rules look at; money that has no rate has no value for them."""
    value = None
    given = data["value_at_risk"]
    if given:
        rate = settings.rates.get(given["currency"])
        value = None if rate is None else Decimal(str(given["amount"])) * rate
    return Subject(
        severity=data["severity"],
        segment=None if card is None else card.segment,
        region=None if card is None else card.region,
        value=value,
    )
