"""From a delivery to what is sent, decided at the last moment: to whom, when, in which words."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from services.notifier import summary
from services.notifier.announcement import Announcement
from services.notifier.buttons import LinkTo
from services.notifier.cases import Cases
from services.notifier.digest import digest_of, is_digest
from services.notifier.messages import CALM, Message, compose
from services.notifier.recipients import Recipients
from services.notifier.registry import pace_of
from services.notifier.routing import Case, Hold, Send, Suppress
from services.notifier.rules import AT_ONCE
from services.notifier.timing import Gather, Sleep, timing
from services.notifier.ways import EMAIL, Ways
from shared.domain.alert import FINAL
from shared.ops.links import Link, Links
from shared.ops.settings import Settings
from shared.storage import addressing, delivery_list
from shared.storage.alerts import read_alert
from shared.storage.deliveries import Taken

LATE = timedelta(hours=2)  # news that could not be sent for so long is told together
LATE_TOGETHER = timedelta(minutes=1)
SEVERAL = 5  # so many late ones are worth a digest
ACTING = ("rep", "substitute", "manager", "escalated")  # who looks after the customer now
ASKING = ("reminder", "escalated")  # until somebody answers
OVERTAKEN = "overtaken"
NOTHING_LEFT = "nothing_left"


@dataclass(frozen=True, slots=True)
class Ready:
    """A message, its recipient, and the first message this recipient got about the alert.

    `left_out` are deliveries that a digest was to tell and that are over by now.
    """

    message: Message
    to: Send
    thread: str | None
    left_out: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """It goes out by another channel, or at another pace, than was likely."""

    channel: str
    pace: str


Prepared = Ready | Move | Hold | Suppress | Sleep | Gather


@dataclass(frozen=True, slots=True)
class Moment:
    """Business time and real time when a delivery is prepared."""

    now: datetime
    real: datetime


class Preparing:
    """Decides by what is known now."""

    def __init__(self, settings: Settings, ways: Ways, links: Links) -> None:
        """Raises ConfigurationError for rules and hours that cannot be used."""
        self._settings = settings
        self._links = links
        self._cases = Cases(settings, ways)
        self._recipients = Recipients(settings)

    def likely(
        self, connection: Connection, told: Announcement, audience: str, now: datetime
    ) -> Move:
        """How a delivery that is being made will probably go out."""
        decision = self._cases.decide(self._cases.read(connection, told, audience, now))
        if isinstance(decision, Send):
            return Move(decision.way.channel, pace_of(decision.way))
        return Move(EMAIL, EMAIL)

    def prepare(self, connection: Connection, taken: Taken, at: Moment) -> Prepared:
        """What to do with a delivery."""
        told = Announcement.from_dict(taken.message)
        age = at.real - taken.created_at
        case = self._cases.read(
            connection, told, taken.audience, at.now, tried=taken.tried, age=age
        )
        decision = self._cases.decide(case)
        if not isinstance(decision, Send):
            return decision
        found = over(connection, taken, told) or self._later(connection, taken, case, decision, at)
        if found is not None:
            return found
        way, pace = decision.way, pace_of(decision.way)
        if (way.channel, pace) != (taken.channel, taken.pace):
            return Move(way.channel, pace)
        if decision.role == "previous_rep":
            own = [way.recipient for way in case.ways[decision.person or ""]]
            if not delivery_list.was_sent(connection, taken.alert, own):
                return Suppress("never_told")  # no farewell to who never heard of it
        return self._ready(connection, taken, told, decision)

    def _later(
        self, connection: Connection, taken: Taken, case: Case, to: Send, at: Moment
    ) -> Sleep | Gather | None:
        """When it is told, if not now; digests are sent when they are made."""
        if is_bundle(taken.alert):
            return None
        person = case.people.get(to.person or "")
        recipient = self._recipients.of(connection, to, person, now=at.now, real=at.real)
        manner = case.manner if person is not None else AT_ONCE
        found = timing(manner, recipient, at.now)
        scale = self._settings.retry_scale
        late = at.real - LATE * scale
        if found is not None or taken.created_at > late or not recipient.gathers:
            return found
        if delivery_list.late(connection, taken.channel, late) < SEVERAL:
            return None
        return Gather(recipient.person, at.now + LATE_TOGETHER * scale)

    def _ready(
        self, connection: Connection, taken: Taken, told: Announcement, to: Send
    ) -> Ready | Suppress:
        tell = partial(self._message, connection, to=to)
        if is_digest(taken.alert):
            found = digest_of(connection, taken, to, tell, self._settings)
            if found is None:
                return Suppress(NOTHING_LEFT)
            return Ready(found.message, to, None, found.left_out)
        if taken.alert.startswith(summary.PREFIX):
            told_all = summary.summary_of(connection, taken, to, tell, self._settings)
            return Suppress(NOTHING_LEFT) if told_all is None else Ready(told_all, to, None)
        thread = delivery_list.thread_start(
            connection, taken.alert, to.way.channel, to.way.recipient
        )
        message = self._message(connection, told, taken.audience, taken.created_at, to=to)
        return Ready(message, to, thread)

    def _message(
        self,
        connection: Connection,
        told: Announcement,
        audience: str,
        since: datetime,
        *,
        to: Send,
    ) -> Message:
        customer = told.data["customer"]
        return compose(
            told,
            to,
            audience,
            addressing.card(connection, customer) if customer else None,
            zone=self._settings.zone,
            locale=self._settings.locale,
            link_to=_link_to(told.data["id"], to, self._links, since) if customer else None,
        )


def is_bundle(alert: str) -> bool:
    """Whether what stands for an alert tells of several, at a time of its own."""
    return is_digest(alert) or alert.startswith(summary.PREFIX)


def over(connection: Connection, taken: Taken, told: Announcement) -> Suppress | None:
    """Why what was news when it was announced is none any more, if so."""
    row = read_alert(connection, taken.alert)
    if row is None:
        return None
    if told.kind in ASKING and (row.state != "open" or row.snoozed_until is not None):
        return Suppress("answered")
    if told.kind in FINAL:
        unheard = delivery_list.passed_over(connection, row.id, taken.number, taken.audience)
        return Suppress("never_told") if told.kind in CALM and unheard else None
    ended = row.state in FINAL and taken.audience != "previous_rep"
    return Suppress(OVERTAKEN) if ended else None


def _link_to(alert: str, to: Send, links: Links, since: datetime) -> LinkTo | None:
    """Links for who looks after the customer now; the same however often the message is sent."""
    if to.role not in ACTING or to.person is None:
        return None

    def link_to(purpose: str, person: str) -> str:
        return links.url(Link(alert, person, purpose, since))

    return partial(link_to, person=to.person)
