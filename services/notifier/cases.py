"""Reading what routing decides by: the people, how each is reached, who is away, the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from services.notifier.announcement import Announcement
from services.notifier.registry import KINDS
from services.notifier.routing import MANAGER, PATIENCE, Case, Decision, Send, route
from services.notifier.rules import DEFAULT, Manner, Subject, manner_of, require_channels
from services.notifier.ways import Ways
from shared.domain.week import day_number
from shared.ops.settings import Settings
from shared.storage import absences, addressing, channel_state, reps
from shared.storage.addressing import Card
from shared.storage.reps import Rep


class Cases:
    """Reads cases by the settings, and has them routed."""

    def __init__(self, settings: Settings, ways: Ways) -> None:
        """Raises ConfigurationError for rules that cannot be used."""
        require_channels(settings.routing, KINDS)
        self._settings = settings
        self._ways = ways

    def read(
        self,
        connection: Connection,
        told: Announcement,
        audience: str,
        now: datetime,
        *,
        tried: Sequence[str] = (),
        age: timedelta = timedelta(0),
    ) -> Case:
        """What bears on telling `audience` at business time `now`."""
        customer = told.data["customer"]
        rep = told.data["rep"]
        if customer:
            rep = addressing.current_rep(connection, customer, told.data["id"]) or rep
        manager = audience.removeprefix(MANAGER) if audience.startswith(MANAGER) else None
        people = _chains(connection, [rep, told.previous_rep, manager])
        today = day_number(now.astimezone(self._settings.zone).date())
        away = absences.today(connection, people, today)
        people |= _chains(connection, [one for one in away.values() if one not in people])
        away |= absences.today(connection, people, today)
        return Case(
            audience=audience,
            rep=rep,
            previous_rep=told.previous_rep,
            actor=told.data["actor"],
            people=people,
            ways=self._ways.of(connection, people.values()),
            operator=self._ways.operator,
            age=age,
            tried=tried,
            paused=channel_state.pauses(connection).keys(),
            away=away,
            manner=self._manner(connection, told),
        )

    def decide(self, case: Case) -> Decision:
        """Whom it goes to; the operator speaks the company's language."""
        decision = route(case, patience=PATIENCE * self._settings.retry_scale)
        if isinstance(decision, Send) and decision.role == "operator":
            return replace(decision, locale=self._settings.locale)
        return decision

    def _manner(self, connection: Connection, told: Announcement) -> Manner:
        """What the rules say of an alert about a customer; all else goes out at once."""
        customer = told.data["customer"]
        if not customer:
            return replace(DEFAULT, instant=True)
        subject = subject_of(told.data, addressing.card(connection, customer), self._settings)
        urgent_any_hour = self._settings.urgent_any_hour
        return manner_of(self._settings.routing, subject, urgent_any_hour=urgent_any_hour)


def subject_of(data: Mapping[str, Any], card: Card | None, settings: Settings) -> Subject:
    """What the rules look at; money that has no rate has no value for them."""
    value = None
    given = data["value_at_risk"]
    if given:
        company = given["currency"] == settings.currency
        rate = Decimal(1) if company else settings.currency_rates.get(given["currency"])
        value = None if rate is None else Decimal(str(given["amount"])) * rate
    return Subject(
        severity=data["severity"],
        segment=None if card is None else card.segment,
        region=None if card is None else card.region,
        value=value,
    )


def _chains(connection: Connection, starts: Sequence[str | None]) -> dict[str, Rep]:
    return {
        id: person
        for start in starts
        if start
        for id, person in reps.chain(connection, start).items()
    }
