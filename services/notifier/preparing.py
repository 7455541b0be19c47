"""From a delivery to what is sent, decided at the last moment: to whom, in which words."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from services.notifier.announcement import Announcement
from services.notifier.buttons import LinkTo
from services.notifier.messages import Message, compose
from services.notifier.routing import PATIENCE, Case, Hold, Send, Suppress, route
from shared.ops.links import Link, Links
from shared.ops.settings import Settings
from shared.storage import addressing, deliveries, reps
from shared.storage.deliveries import Taken


@dataclass(frozen=True, slots=True)
class Ready:
    """A message, its recipient, and the first message this recipient got about the alert."""

    message: Message
    to: Send
    thread: str | None


def prepare(
    connection: Connection, taken: Taken, *, settings: Settings, links: Links, age: timedelta
) -> Ready | Hold | Suppress:
    """What to do with a delivery that has existed for `age`, by what is known now."""
    told = Announcement.from_dict(taken.message)
    decision = _route(connection, taken, told, settings, age)
    if not isinstance(decision, Send):
        return decision
    thread = deliveries.thread_start(connection, taken.alert, taken.channel, decision.address)
    if decision.role == "previous_rep" and thread is None:
        return Suppress("never_told")  # no farewell to who never heard of it
    customer = told.data["customer"]
    card = addressing.card(connection, customer) if customer else None
    message = compose(
        told,
        decision,
        taken.audience,
        card,
        zone=settings.zone,
        locale=settings.locale,
        link_to=_link_to(taken, decision, links),
    )
    return Ready(message, decision, thread)


def _link_to(taken: Taken, to: Send, links: Links) -> LinkTo | None:
    """Links for who looks after the customer now; the same however often the message is sent."""
    if to.role not in ("rep", "manager") or to.person is None:
        return None

    def link_to(purpose: str, person: str) -> str:
        return links.url(Link(taken.alert, person, purpose, taken.created_at))

    return partial(link_to, person=to.person)


def _route(
    connection: Connection,
    taken: Taken,
    told: Announcement,
    settings: Settings,
    age: timedelta,
) -> Send | Hold | Suppress:
    customer = told.data["customer"]
    rep = told.data["rep"]
    if customer:
        rep = addressing.current_rep(connection, customer, taken.alert) or rep
    people = {
        id: person
        for start in (rep, told.previous_rep)
        if start
        for id, person in reps.chain(connection, start).items()
    }
    case = Case(
        audience=taken.audience,
        rep=rep,
        previous_rep=told.previous_rep,
        actor=told.data["actor"],
        people=people,
        age=age,
    )
    patience = PATIENCE * settings.retry_scale
    decision = route(case, operator=settings.operator_email, patience=patience)
    if isinstance(decision, Send) and decision.role == "operator":
        return replace(decision, locale=settings.locale)
    return decision
