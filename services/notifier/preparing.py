"""From a delivery to what is sent, decided at the last moment: to whom, when, in which words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from services.notifier import summary
from services.notifier.announcement import ASKING, Announcement
from services.notifier.buttons import LinkTo
from services.notifier.cases import Cases
from services.notifier.digest import ANSWERED, OVERTAKEN, Waiting, digest_of, is_digest, waiting_for
from services.notifier.known import Known
from services.notifier.messages import CALM, Message, compose
from services.notifier.recipients import OPERATOR, Recipients
from services.notifier.registry import pace_of
from services.notifier.routing import Case, Hold, Send, Suppress
from services.notifier.rules import AT_ONCE
from services.notifier.timing import Gather, Sleep, timing
from services.notifier.ways import EMAIL, Ways
from shared.domain.alert import FINAL
from shared.ops.links import Link, Links
from shared.ops.settings import Settings
from shared.storage import delivery_list
from shared.storage.deliveries import Taken

LATE = timedelta(hours=2)  # news that could not be sent for so long is told together
LATE_TOGETHER = timedelta(minutes=1)
AT_A_TIME = 1000  # parts of a digest whose customers and alerts are read together
SEVERAL = 5  # so many late ones are worth a digest
ACTING = ("rep", "substitute", "manager", "escalated")  # who looks after the customer now
NOTHING_LEFT = "nothing_left"


@dataclass(frozen=True, slots=True)
class Ready:
    """A message, its recipient, and the first message this recipient got about the alert.

    `words` makes the message, when its turn has come and without the database; it raises whatever
    strange data may raise. `left_out` are deliveries that a digest was to tell and that are over
    by now, and why.
    """

    told: Announcement
    words: Callable[[], Message]
    to: Send
    thread: str | None
    left_out: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Move:
    """It goes out by another channel, or at another pace, than was likely."""

    channel: str
    pace: str


Unsent = Move | Hold | Suppress | Sleep | Gather
Prepared = Ready | Unsent


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

    def begin(self, connection: Connection) -> Known:
        """A look at the database, for as much as is done in this transaction."""
        return self._cases.look(connection)

    def likely(self, known: Known, told: Announcement, audience: str, now: datetime) -> Move:
        """How a delivery that is being made will probably go out."""
        if known.only_mail():  # the most usual company, and then there is nothing to find out
            return Move(EMAIL, EMAIL)
        case = self._cases.read(known, told, audience, now)
        decision = self._cases.decide(case)
        if isinstance(decision, Send):
            return Move(decision.way.channel, pace_of(decision.way))
        return Move(EMAIL, EMAIL)

    def look(self, connection: Connection, batch: Sequence[Taken], at: Moment) -> Known:
        """Read at once what preparing the deliveries of a batch will ask for."""
        known = self.begin(connection)
        if len(batch) > 1:
            told = [Announcement.from_dict(one.message) for one in batch]
            people = self._cases.read_ahead(known, told, at.now)
            known.read_sent(people, self._recipients.lately(at.real))
            known.read_threads(one.alert for one in batch)
        return known

    def prepare(self, known: Known, taken: Taken, at: Moment) -> Prepared:
        """What to do with a delivery."""
        told = Announcement.from_dict(taken.message)
        age = at.real - taken.created_at
        case = self._cases.read(known, told, taken.audience, at.now, tried=taken.tried, age=age)
        decision = self._cases.decide(case)
        if not isinstance(decision, Send):
            return decision
        found = over(known, taken, told) or self._later(known, taken, told, case, decision, at)
        if found is not None:
            return found
        way, pace = decision.way, pace_of(decision.way)
        if (way.channel, pace) != (taken.channel, taken.pace):
            return Move(way.channel, pace)
        if decision.role == "previous_rep":
            own = [way.recipient for way in case.ways[decision.person or ""]]
            if not delivery_list.was_sent(known.connection, taken.alert, own):
                return Suppress("never_told")  # no farewell to who never heard of it
        return self._ready(known, taken, told, decision, at.now)

    def _later(
        self, known: Known, taken: Taken, told: Announcement, case: Case, to: Send, at: Moment
    ) -> Sleep | Gather | None:
        """When it is told, if not now; digests are sent when they are made."""
        if is_bundle(taken.alert):
            return None
        person = case.people.get(to.person or "")
        recipient = self._recipients.of(known, to, person, now=at.now, real=at.real)
        manner = case.manner if person is not None else AT_ONCE
        # A farewell is no part of a list of what one looks after.
        alone = told.at_once or taken.audience == "previous_rep"
        found = timing(manner, recipient, at.now, alone=alone)
        scale = self._settings.retry_scale
        late = at.real - LATE * scale
        if found is not None or taken.created_at > late or alone or not recipient.gathers:
            return found
        if delivery_list.late(known.connection, taken.id, taken.channel, late) < SEVERAL:
            return None
        return Gather(recipient.person, at.now + LATE_TOGETHER * scale)

    def _ready(
        self, known: Known, taken: Taken, told: Announcement, to: Send, now: datetime
    ) -> Ready | Suppress:
        connection, tell = known.connection, partial(self._tell, known)
        if is_digest(taken.alert):
            reader = partial(self._reader, known, to, taken.tried, now)
            waiting = waiting_for(connection, taken)
            self._read_ahead(known, waiting, now)
            found = digest_of(known, taken, waiting, to, reader, tell, self._settings)
            if found is None:
                return Suppress(NOTHING_LEFT)
            return _made(found.message, to, found.left_out)
        if taken.alert.startswith(summary.PREFIX):
            told_all = summary.summary_of(connection, taken, to, tell, self._settings)
            return Suppress(NOTHING_LEFT) if told_all is None else _made(told_all, to)
        words = self._words(known, told, taken.audience, taken.created_at, to)
        known.will_be_sent(to.person or OPERATOR)
        return Ready(told, words, to, known.thread_start(taken.alert, to.way))

    def _read_ahead(self, known: Known, waiting: Sequence[Waiting], now: datetime) -> None:
        """Read at once what the parts of a digest will ask for, some at a time: a database takes
        only so many names."""
        told = [one.told for one in waiting]
        for begin in range(0, len(told), AT_A_TIME):
            self._cases.read_ahead(known, told[begin : begin + AT_A_TIME], now)

    def _reader(
        self,
        known: Known,
        to: Send,
        tried: Sequence[str],
        now: datetime,
        told: Announcement,
        audience: str,
    ) -> Send | None:
        """The reader `to` of a digest as the one whom a part of it concerns.

        None: the customer was given to somebody else, who hears of that otherwise.
        """
        case = self._cases.read(known, told, audience, now, tried=tried)
        decision = self._cases.decide(case)
        if isinstance(decision, Send) and decision.person == to.person:
            return replace(to, role=decision.role, instead_of=decision.instead_of)
        return to if case.rep == told.data["rep"] else None

    def _tell(
        self, known: Known, told: Announcement, audience: str, since: datetime, to: Send
    ) -> Message:
        """The message that is a part of another one."""
        return self._words(known, told, audience, since, to)()

    def _words(
        self, known: Known, told: Announcement, audience: str, since: datetime, to: Send
    ) -> Callable[[], Message]:
        """Makes the message of what is known now."""
        customer = told.data["customer"]
        return partial(
            compose,
            told,
            to,
            audience,
            known.card(customer) if customer else None,
            zone=self._settings.zone,
            locale=self._settings.locale,
            link_to=_link_to(told.data["id"], to, self._links, since) if customer else None,
        )


def _made(message: Message, to: Send, left_out: Mapping[int, str] | None = None) -> Ready:
    """What is made of several alerts is made at once, for it reads them in the database."""
    return Ready(message.told, lambda: message, to, None, left_out or {})


def is_bundle(alert: str) -> bool:
    """Whether what stands for an alert tells of several, at a time of its own."""
    return is_digest(alert) or alert.startswith(summary.PREFIX)


def over(known: Known, taken: Taken, told: Announcement) -> Suppress | None:
    """Why what was news when it was announced is none any more, if so."""
    row = known.alert(taken.alert)
    if row is None:
        return None
    if told.kind in ASKING and not row.waits_for_answer:
        return Suppress(ANSWERED)
    if told.kind in FINAL:
        unheard = delivery_list.passed_over(known.connection, row.id, taken.number, taken.audience)
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
