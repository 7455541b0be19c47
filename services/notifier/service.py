"""The notifier: intake and one sender a channel, on one database and one log."""

import random
from collections.abc import Callable
from datetime import timedelta

from prometheus_client import CollectorRegistry

from services.notifier.channels.email.channel import open_transport
from services.notifier.intake import Intake
from services.notifier.login_mail import LoginMails
from services.notifier.marking import Marking
from services.notifier.metrics import NotifierMetrics
from services.notifier.pausing import Pausing
from services.notifier.planner import LOOK_SECONDS, Planner
from services.notifier.preparing import Preparing
from services.notifier.registry import KINDS
from services.notifier.sender import Sender
from services.notifier.ways import EMAIL, read_ways
from shared.contract.topics import NOTIFIER_GROUP, alerts_topic
from shared.eventlog.consumer import Consumer, FoldCount
from shared.eventlog.lag import LAG_SECONDS, LagWatch
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import EventLog
from shared.ops.clock import Clock
from shared.ops.links import Links
from shared.ops.settings import Settings
from shared.ops.stop import Stop
from shared.ops.threads import switch_often
from shared.ops.wakeup import Wakeup
from shared.ops.worker import Worker, crew, patience, periodically
from shared.storage.answers import answers
from shared.storage.database import Database

MAIL_SENDERS = 3  # one makes a mail while the server works on another and a third is marked
ANSWERS_OF = timedelta(weeks=26)


class Notifier:
    """Takes announced alerts in, and brings each to its recipients.

    `poll_seconds` is how long intake waits on a log that rings no bell; 0 where bells ring.
    Raises ConfigurationError when a setting of a channel, or the secret key, cannot be used.
    """

    def __init__(
        self,
        *,
        database: Database,
        log: EventLog,
        settings: Settings,
        clock: Clock,
        wakeup: Wakeup,
        registry: CollectorRegistry,
        consumer_metrics: ConsumerMetrics,
        owner: str,
        poll_seconds: float = 0.0,
    ) -> None:
        metrics = NotifierMetrics(registry)
        self._metrics = metrics
        self._database = database
        preparing = Preparing(settings, read_ways(database, settings), Links.of(settings))
        self._wakeup = wakeup
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._planner = Planner(database, settings, clock, preparing)
        pausing = Pausing(database, settings, clock, preparing, metrics)
        rng = random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._marking = Marking(database, settings, clock, pausing, rng, metrics)
        built = {name: kind.build(settings, clock) for name, kind in KINDS.items()}
        self._senders = [
            Sender(database, clock, channel, preparing, self._marking, pausing, owner)
            for name, channel in built.items()
            for _ in range(MAIL_SENDERS if name == EMAIL else 1)
        ]
        self._firsts = {one.channel: one for one in reversed(self._senders)}
        self._intake = Intake(clock, metrics, preparing, self._firsts, owner)
        self._consumer = Consumer(
            log,
            database,
            topic=alerts_topic(),
            group=NOTIFIER_GROUP,
            fold=self._intake.fold,
            on_commit=self._taken_in,
            metrics=consumer_metrics,
        )
        self._lag = LagWatch(
            log, database, topic=alerts_topic(), group=NOTIFIER_GROUP, metrics=consumer_metrics
        )
        self._logins = LoginMails(database, settings, clock, *open_transport(settings), owner)

    def workers(self, stop: Stop) -> list[Worker]:
        """Threads for taking alerts in, for sending by each channel, and for mailing log-in links.

        So a provider that is slow delays nobody else's messages.
        """
        switch_often()
        lag = periodically(self._lag.look, LAG_SECONDS, self._clock)
        remind = periodically(self._look, LOOK_SECONDS, self._clock)
        first: list[tuple[str, Callable[[], bool], str]] = [
            ("intake", self._take_in, f"log:{alerts_topic()}"),
            ("logins", self._logins.step, "login"),
            ("planner", self._plan, "plan"),
            ("reminders", remind, "reminders"),
        ]
        senders = [
            (f"sender-{one.channel}-{n}", self._send_by(one, bell, longest=patience(place)), bell)
            for n, one in enumerate(self._senders)
            for place, bell in [(len(first) + n, self._bell_of(one))]
        ]
        return crew([*first, *senders, ("lag", lag, "lag")], stop, self._wakeup)

    def close(self) -> None:
        """Leave the group, so that another notifier takes over at once."""
        self._consumer.close()
        for sender in self._senders:
            sender.close()
        self._logins.close()

    def _send_by(self, sender: Sender, bell: str, *, longest: float) -> Callable[[], bool]:
        """A step that waits by itself, `longest` seconds at most: a turn may come sooner than a
        worker looks again.

        The first sender of a channel calls the others when it alone has too much to do.
        """
        called = False

        def step() -> bool:
            nonlocal called
            busy, called = sender.step(called=called), False
            if sender.pressed:
                self._wakeup.ring(_more(sender.channel))
            if not busy:
                seconds = min(sender.idle().total_seconds(), longest)
                called = self._wakeup.wait(bell, seconds)
            return True

        return step

    def _bell_of(self, sender: Sender) -> str:
        first = sender is self._firsts[sender.channel]
        return _bell(sender.channel) if first else _more(sender.channel)

    def _look(self) -> None:
        since = self._clock.now() - ANSWERS_OF
        with self._database.read() as connection:
            self._metrics.tell_answers(answers(connection, since))
        if self._planner.remind() + self._planner.summarize():
            self._ring()

    def _plan(self) -> bool:
        self._marking.tell_waiting()
        made = self._planner.step()
        if made:
            self._ring()
        return made

    def _take_in(self) -> bool:
        """One step; where it waited on the log itself there is no bell to wait for after it."""
        return self._consumer.step(self._poll_seconds) or self._poll_seconds > 0

    def _taken_in(self, _count: FoldCount) -> None:
        """Wake who has something to send now; the others would only stand in the way."""
        for channel in self._intake.hand_over():
            self._wakeup.ring(_bell(channel))

    def _ring(self) -> None:
        for name in KINDS:
            self._wakeup.ring(_bell(name))


def _bell(channel: str) -> str:
    return f"delivery:{channel}"


def _more(channel: str) -> str:
    return f"deliveries:{channel}"
