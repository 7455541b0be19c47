"""The judge: whoever is due is judged, one customer a transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, exists, select, update
from sqlalchemy.exc import IntegrityError

from services.detector.case import CaseReader, Opened, calculation
from services.detector.content import Figures, content, figures
from services.detector.decision import Decision, decide, overslept
from services.detector.facts import weights
from services.detector.groups import others_of_group
from services.detector.holds import Holds
from services.detector.metrics import DetectorMetrics
from services.detector.moves import ACTOR, move, open_alert
from services.detector.snoozes import wake
from shared.domain.alert import is_worse, most_at_risk
from shared.domain.calculation import Calculation
from shared.domain.week import Calendar
from shared.ops.clock import Clock
from shared.ops.settings import Settings
from shared.ops.wakeup import Wakeup
from shared.storage import alerts, calculations, customers, due, evaluations, standings
from shared.storage.alert_rows import AlertRow, Content
from shared.storage.alerts import AlertMoved
from shared.storage.database import Database
from shared.storage.due import DueCustomer
from shared.storage.tables import due as due_table
from shared.storage.tables import evaluation
from shared.storage.transitions import TransitionRow

TAKEN = 20  # customers a step: what is urgent waits for no more than these


_JUDGING = evaluation.c.live & (evaluation.c.state == "judging")


class Overtaken(Exception):
    """What the decision was made on has changed; the customer is still due."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A case, what is decided about it, and what the alert says from now on if there is one.

    `began`: when reading it did, by the monotonic clock.
    """

    began: float
    opened: Opened
    decision: Decision
    new: Content | None


@dataclass(frozen=True, slots=True)
class _Later:
    """What there is to do while nobody is due."""

    held: bool
    slept: bool
    judging: bool


class Judge:
    """Works off due customers, the most pressing first.

    A customer is read and decided on without a lock, the version of what is known of it first.
    Standing, alert, transition and the end of the due rows are then written in one transaction,
    provided that this version, the living alert and the evaluation are those that were read;
    else it is judged again. So no crash loses a judgement, no race opens two alerts, and what
    became known between two of the questions is judged as well.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        calendar: Calendar,
        clock: Clock,
        wakeup: Wakeup,
        metrics: DetectorMetrics,
        hand: Callable[[TransitionRow], None] | None = None,
    ) -> None:
        """`hand` is given the first transition of each alert, once it is committed."""
        self._database = database
        self._locale = settings.locale
        self._weights = weights(settings)
        self._clock = clock
        self._wakeup = wakeup
        self._metrics = metrics
        self._hand = hand
        self._cases = CaseReader(settings, calendar)
        self._holds = Holds(database, settings, calendar)
        self.pressed = False  # whether as many were due as a step takes: there are more

    def step(self) -> bool:
        """Judge the most pressing due customers; False when nobody is due.

        Only then is it looked whether somebody becomes due without an event: who is judged for
        one does not wait for that.
        """
        now = self._clock.now()
        with self._database.glance() as connection:
            taken = due.take(connection, limit=TAKEN, but=(due.HELD,))
            first = self._read(connection, taken[0]) if taken else None
            later = None if taken else _look(connection, now)
        self.pressed = len(taken) == TAKEN
        oldest = min((one.since for one in taken), default=now)
        self._metrics.oldest_due((now - oldest).total_seconds())
        if later is not None:
            return self._go_on(later, now)
        for one in taken:
            self._judge(one, first)
            first = None
        return True

    def _go_on(self, later: _Later, now: datetime) -> bool:
        """Let go of whom nothing holds any more, and end what is judged; True if some are due."""
        if later.judging:
            self._finish_evaluation()
        released = later.held and self._holds.release(now)
        woken = later.slept and wake(self._database, self._wakeup, now, ACTOR, TAKEN)
        return released or woken

    def _read(self, connection: Connection, one: DueCustomer) -> _Read:
        began = self._clock.monotonic()
        opened = self._cases.read(connection, one, self._clock.now())
        decision, new = self._decide(connection, opened)
        return _Read(began, opened, decision, new)

    def _judge(self, one: DueCustomer, known: _Read | None = None) -> None:
        """Decide about a customer, by what is `known` if that was just read, and store it."""
        if known is None:
            with self._database.glance() as connection:
                known = self._read(connection, one)
        read = known
        made = None if read.new is None else calculation(read.opened, self._weights)
        try:
            kind, new = self._database.run(
                lambda writing: _store(writing, read, made),
                forgettable=read.decision.kind is None,  # an alert is never taken back
            )
        except (IntegrityError, AlertMoved, Overtaken):
            self._metrics.overtaken()
            return
        self._metrics.judged(self._clock.monotonic() - read.began)
        if kind is not None:
            self._metrics.moved(kind, (self._clock.now() - one.since).total_seconds())
            if new is not None and self._hand is not None:
                self._hand(alerts.opening(new, reason=read.decision.reason, actor=ACTOR))
            self._wakeup.ring("transition")

    def _decide(self, connection: Connection, opened: Opened) -> tuple[Decision, Content | None]:
        """The decision, and what the alert says from now on if there is one."""
        case = opened.case
        decision = decide(case)
        living = case.living
        if living is None and decision.kind is None:
            return decision, None
        numbers = figures(case)
        top = _among_the_top(connection, opened, numbers, living)
        new = content(case, numbers, by_score=decision.by_score, top=top, locale=self._locale)
        if living is None or decision.kind is not None or living.asleep(case.now):
            return decision, new
        if is_worse(new.severity, living.severity):
            decision = Decision("updated", "severity")
        return decision, new

    def _finish_evaluation(self) -> None:
        """The live evaluation is done once nobody is due for its week any more."""
        waiting = exists().where(due_table.c.reason == "week")
        statement = update(evaluation).where(_JUDGING, ~waiting)
        finished = {"state": "done", "finished_at": self._clock.now()}
        self._database.run(lambda connection: connection.execute(statement.values(**finished)))


def _among_the_top(
    connection: Connection, opened: Opened, numbers: Figures, living: AlertRow | None
) -> bool:
    if not numbers.value_at_risk or numbers.currency is None:
        return False
    value, apart = numbers.value_at_risk, opened.due.customer
    larger, others = alerts.more_at_risk(connection, numbers.currency, value, apart)
    urgent = living is not None and living.severity == "urgent"
    return most_at_risk(larger, others + 1, already_urgent=urgent)


def _look(connection: Connection, now: datetime) -> _Later:
    found = select(
        exists().where(due_table.c.priority == due.HELD),
        alerts.any_overslept(now),
        exists().where(_JUDGING),
    )
    return _Later(*connection.execute(found).one())


def _store(
    connection: Connection, read: _Read, made: Calculation | None
) -> tuple[str | None, AlertRow | None]:
    """Write what was decided; the kind of the transition made, and the alert that was opened, if
    any. Raises Overtaken.
    """
    opened, decision, new = read.opened, read.decision, read.new
    case, customer = opened.case, opened.due.customer
    if not due.clear(connection, customer, opened.reasons, opened.due.version):
        raise Overtaken
    if not _evaluation_stands(connection, opened):
        raise Overtaken
    if case.judgement is not None:
        standings.write(connection, [case.judgement.standing])
    living = case.living
    if new is None:
        return None, None
    if living is not None and overslept(living, case.now):
        living = replace(living, snoozed_until=None)
    if living is None:
        row = open_alert(connection, opened, decision, new)
    elif decision.kind is None:
        row = alerts.refresh(connection, living, new, case.now)
    else:
        row = move(connection, living, decision, new, case.now)
    if made is not None:
        calculations.keep(connection, row.id, made, case.now, opening=living is None)
    if decision.kind == "lost":  # which says something about the rest of the group
        others = others_of_group(connection, customer)
        due.mark(connection, [(one, "group", due.LATE) for one in others], case.now)
        if others:  # who judges one of them now may have read the group before
            customers.raise_versions(connection, others)
    return decision.kind, row if living is None else None


def _evaluation_stands(connection: Connection, opened: Opened) -> bool:
    """Whether no newer evaluation has come: its due row may be one that was just deleted."""
    known = opened.evaluation
    return evaluations.newest_live_id(connection) == (None if known is None else known.id)
