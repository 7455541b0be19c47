"""The weekly evaluation: by itself when it is due, or when somebody asks for one."""

from services.detector import reporting, schedule
from services.detector.feeds import incomplete_feeds
from services.detector.held import Missing
from services.detector.metrics import DetectorMetrics
from services.detector.reporting import Report
from services.detector.run import EvaluationRun, Progress, Surroundings, begin, sweep
from shared.domain.week import DAYS, Calendar, day_date
from shared.eventlog.port import EventLog
from shared.ops.clock import Clock
from shared.ops.errors import InputError, VigiaError
from shared.ops.settings import Settings
from shared.ops.wakeup import Wakeup
from shared.storage import evaluations
from shared.storage.database import Database
from shared.storage.evaluations import EvaluationRow
from shared.storage.lease import Lease

LEASE = "evaluation"


class EvaluationRunning(VigiaError):
    """Another worker evaluates just now."""


def _silent(_done: int, _total: int) -> None:
    """Nobody watches."""


class Evaluator:
    """Judges everybody by the weeks that are over.

    The evaluation of the newest closed week is live, however late it runs: its standings count
    and the judge opens alerts by them. Any other is dry: it writes standings under its own id
    and touches nothing else. There is one live evaluation a week.
    """

    def __init__(
        self,
        database: Database,
        log: EventLog,
        settings: Settings,
        calendar: Calendar,
        clock: Clock,
        wakeup: Wakeup,
        metrics: DetectorMetrics,
        owner: str,
    ) -> None:
        self._database = database
        self._settings = settings
        self._calendar = calendar
        self._clock = clock
        self._wakeup = wakeup
        self._metrics = metrics
        self._owner = owner
        self.waiting = False  # for data, when the last step ended: whatever comes may complete it
        self._completeness = schedule.Completeness(database, log)

    def step(self) -> bool:
        """Run what is due now: the live evaluation, then dry ones of weeks that were missed.

        Waits for incomplete feeds and unread records, but no longer than the settings allow and
        never into the next week's turn; whoever hangs on them is held. False when nothing was to
        be done.
        """
        now, self.waiting = self._clock.now(), False
        date = schedule.newest(self._settings, self._calendar, now)
        if now < date.due_at:
            return False
        with self._database.read() as connection:
            live = evaluations.live_of(connection, date.as_of)
            missed = schedule.missed(connection, date.as_of)
            if live is None and not schedule.has_trade(connection, date.as_of):
                return False
        if live is not None and live.state != "running":
            return missed is not None and self._evaluate(missed, live=False) is not None
        missing = self._missing(date.as_of)
        if missing and now < date.waits_until:
            self.waiting = True
            return False
        return self._evaluate(date.as_of, live=True, missing=missing) is not None

    def run(self, as_of: int, *, live: bool, progress: Progress = _silent) -> Report:
        """Evaluate the weeks before day `as_of` at once, and report.

        `live` counts only for the newest closed week, and only once anything is known of it;
        where that was evaluated already, its report is given again. Raises InputError for a day
        that is not over the day before, and EvaluationRunning while another evaluation runs.
        """
        now = self._clock.now()
        today = self._calendar.day_of(now)
        if as_of > today:
            raise InputError(
                f"the week before {day_date(as_of)} is not over; give a day up to {day_date(today)}"
            )
        newest = self._calendar.newest_closed_week(now) + DAYS
        with self._database.read() as connection:
            known = schedule.has_trade(connection, as_of)
        live = live and known and as_of == newest
        row = self._evaluate(as_of, live=live, progress=progress)
        if row is None:
            raise EvaluationRunning("another evaluation is running; repeat when it is done")
        return self.report(row.id)

    def report(self, number: int) -> Report:
        """What the evaluation with this id found, and what the judge made of it so far."""
        with self._database.read() as connection:
            row = evaluations.read(connection, number)
            return reporting.report(connection, row, self._settings, self._calendar)

    def _evaluate(
        self,
        as_of: int,
        *,
        live: bool,
        missing: Missing | None = None,
        progress: Progress = _silent,
    ) -> EvaluationRow | None:
        """The evaluation, done; None while another worker holds the lease."""
        lease = Lease(self._database, LEASE, self._owner)
        if lease.acquire() is None:
            return None
        around = Surroundings(self._database, self._settings, self._calendar, lease)
        now, started = self._clock.now(), self._clock.monotonic()
        try:
            row = begin(around, as_of, live=live, now=now)
            if row.state != "running":
                return row
            if live and missing is None:
                missing = self._missing(as_of)
            EvaluationRun(around, row, missing or Missing(), now).execute(progress)
            sweep(around, now)
        finally:
            lease.release()
        self._wakeup.ring("due")
        self._wakeup.ring("transition")  # of what many customers share
        self._metrics.evaluated(self._clock.monotonic() - started, live=live)
        return row

    def _missing(self, as_of: int) -> Missing:
        until, now = self._calendar.starts_at(as_of), self._clock.now()
        with self._database.read() as connection:
            feeds = incomplete_feeds(connection, until, now, self._settings)
        return Missing(feeds, self._completeness.unread(as_of))
