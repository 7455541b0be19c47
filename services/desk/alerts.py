"""The list of alerts of whoever is logged in: worst first, then what has ended lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from services.desk.auth import Auth, Visitor
from services.desk.desk import Desk
from services.desk.pages import page
from services.desk.showing import at_risk, back_on, label_of, said_of, title_of
from services.desk.trouble import to_login
from shared.domain.alert import SEVERITIES
from shared.storage import visible
from shared.storage.visible import Visible
from shared.wording import Language, language, safe

MOST = 200
ENDED_FOR = timedelta(weeks=4)
MOST_ENDED = 30


@dataclass(frozen=True, slots=True)
class Card:
    """An alert in the list."""

    url: str
    title: str
    severity: str
    severity_label: str | None
    label: str
    sentence: str
    at_risk: str | None
    opened: str
    ended: str
    rep: str | None
    asleep: bool


def list_routes(desk: Desk, auth: Auth) -> APIRouter:
    """GET /desk/."""
    router = APIRouter()

    @router.get("/desk/")
    def get_alerts(request: Request) -> Response:
        visitor = auth.visitor(request)
        if visitor is None:
            return to_login(request)
        speech = language(visitor.person.locale, desk.settings.locale)
        return _list(desk, visitor, speech, auth.proof(visitor.token))

    return router


def _list(desk: Desk, visitor: Visitor, speech: Language, proof: str) -> Response:
    since = desk.clock.now() - ENDED_FOR
    with desk.database.read() as connection:
        living = visible.living(connection, visitor.person, limit=MOST + 1)
        ended = visible.ended(connection, visitor.person, since, limit=MOST_ENDED)
        shown = worst_first(living[:MOST], desk)
        living_cards = [_card(connection, one, desk, speech) for one in shown]
        ended_cards = [_card(connection, one, desk, speech) for one in ended]
    return page(
        "alerts.html",
        speech,
        visitor=visitor,
        proof=proof,
        living=living_cards,
        ended=ended_cards,
        more=speech.say("desk.more", n=str(MOST)) if len(living) > MOST else None,
    )


def worst_first(found: Sequence[Visible], desk: Desk) -> list[Visible]:
    """The order in which to call: awake before put off, then by severity, then by money."""
    rates, now = desk.settings.rates, desk.clock.now()

    def order(one: Visible) -> tuple[bool, int, Decimal, str]:
        row = one.alert
        money = (row.value_at_risk or 0) * rates.get(row.currency or "", Decimal(1))
        return row.asleep(now), -SEVERITIES.index(row.severity), -money, row.id

    return sorted(found, key=order)


def _card(connection: Connection, found: Visible, desk: Desk, speech: Language) -> Card:
    row, today = found.alert, desk.today()
    rep = None
    if found.role != "rep" and row.kind == "customer":
        name = found.rep_name or found.rep
        rep = speech.say("desk.rep", rep=safe(name)) if name else None
    return Card(
        url=f"/desk/alerts/{row.id}",
        title=title_of(connection, found, speech),
        severity=row.severity if row.living else "calm",
        severity_label=speech.say(f"alert.{row.severity}") if row.living else None,
        label=label_of(row, speech, today, desk),
        sentence=said_of(row, speech, today),
        at_risk=at_risk(row, speech) if row.living else None,
        opened=speech.say("desk.opened", day=speech.day(desk.local(row.opened_at).date(), today)),
        ended=speech.say("desk.closed", day=speech.day(desk.local(row.updated_at).date(), today)),
        rep=rep,
        asleep=back_on(row, speech, today, desk) is not None,
    )
