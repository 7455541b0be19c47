"""From a delivery to what is sent, decided at the last moment: to whom, how, in which words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from services.notifier.announcement import Announcement
from services.notifier.buttons import LinkTo
from services.notifier.messages import Message, compose
from services.notifier.registry import pace_of
from services.notifier.routing import PATIENCE, Case, Decision, Hold, Send, Suppress, route
from services.notifier.ways import EMAIL, Ways
from shared.ops.links import Link, Links
from shared.ops.settings import Settings
from shared.storage import addressing, channel_state, delivery_list, reps
from shared.storage.deliveries import Taken


@dataclass(frozen=True, slots=True)
class Ready:
    """A message, its recipient, and the first message this recipient got about the alert."""

    message: Message
    to: Send
    thread: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """It goes out by another channel, or at another pace, than was likely."""

    channel: str
    pace: str


class Preparing:
    """Decides by what is known now."""

    def __init__(self, settings: Settings, ways: Ways, links: Links) -> None:
        self._settings = settings
        self._ways = ways
        self._links = links

    def likely(self, connection: Connection, told: Announcement, audience: str) -> Move:
        """How a delivery that is being made will probably go out."""
        decision = self._decide(self._case(connection, told, audience))
        if isinstance(decision, Send):
            return Move(decision.way.channel, pace_of(decision.way))
        return Move(EMAIL, EMAIL)

    def prepare(
        self, connection: Connection, taken: Taken, age: timedelta
    ) -> Ready | Move | Hold | Suppress:
        """What to do with a delivery that has existed for `age`."""
        told = Announcement.from_dict(taken.message)
        case = self._case(connection, told, taken.audience, taken.tried, age)
        decision = self._decide(case)
        if not isinstance(decision, Send):
            return decision
        way, pace = decision.way, pace_of(decision.way)
        if (way.channel, pace) != (taken.channel, taken.pace):
            return Move(way.channel, pace)
        if decision.role == "previous_rep":
            own = [way.recipient for way in case.ways[decision.person or ""]]
            if not delivery_list.was_sent(connection, taken.alert, own):
                return Suppress("never_told")  # no farewell to who never heard of it
        thread = delivery_list.thread_start(connection, taken.alert, way.channel, way.recipient)
        return Ready(self._message(connection, taken, told, decision), decision, thread)

    def _message(
        self, connection: Connection, taken: Taken, told: Announcement, to: Send
    ) -> Message:
        customer = told.data["customer"]
        return compose(
            told,
            to,
            taken.audience,
            addressing.card(connection, customer) if customer else None,
            zone=self._settings.zone,
            locale=self._settings.locale,
            link_to=_link_to(taken, to, self._links),
        )

    def _case(
        self,
        connection: Connection,
        told: Announcement,
        audience: str,
        tried: Sequence[str] = (),
        age: timedelta = timedelta(0),
    ) -> Case:
        customer = told.data["customer"]
        rep = told.data["rep"]
        if customer:
            rep = addressing.current_rep(connection, customer, told.data["id"]) or rep
        people = {
            id: person
            for start in (rep, told.previous_rep)
            if start
            for id, person in reps.chain(connection, start).items()
        }
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
        )

    def _decide(self, case: Case) -> Decision:
        decision = route(case, patience=PATIENCE * self._settings.retry_scale)
        if isinstance(decision, Send) and decision.role == "operator":
            return replace(decision, locale=self._settings.locale)
        return decision


def _link_to(taken: Taken, to: Send, links: Links) -> LinkTo | None:
    """Links for who looks after the customer now; the same however often the message is sent."""
    if to.role not in ("rep", "manager") or to.person is None:
        return None

    def link_to(purpose: str, person: str) -> str:
        return links.url(Link(taken.alert, person, purpose, taken.created_at))

    return partial(link_to, person=to.person)
