"""The demo's year: post a week, let it be folded, judged and mailed, move on by a week."""

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import typer

from services.backtest.truth import measure
from services.cli.demo_grade import judged_weeks, our_alarms, purchase_days, silence_rule
from services.cli.demo_report import print_report
from services.cli.posting import post_events
from services.cli.progress import progress
from services.cli.status import collect_status
from services.cli.system import System
from services.cli.wiring import Parts
from services.notifier.pacing import digest_at
from services.notifier.timing import next_quarter
from services.simulation.company import Company, Simulation
from services.simulation.trades import CHANGES, COMPANIES
from shared.domain.week import DAYS, Calendar, day_date, day_number
from shared.ops.clock import SimulatedClock
from shared.ops.errors import VigiaError
from shared.ops.settings import Settings
from shared.ops.settings_messages import read_moment
from shared.ops.stop import Stop
from shared.storage.evaluations import last_begun
from shared.storage.keys import create_key

COUNTRY = "ES"
LOOK_SECONDS = 0.05
WEEK_TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True)
class DemoRun:
    """A simulated company and the calendar it lives by."""

    simulation: Simulation
    calendar: Calendar
    settings: Settings

    @classmethod
    def plan(cls, settings: Settings, *, customers: int, weeks: int, seed: int) -> "DemoRun":
        """A year that ends with the newest week whose evaluation is due by now."""
        calendar = Calendar(settings.zone, settings.first_weekday_number)
        now = settings.clock().real()
        newest = calendar.newest_closed_week(now)
        if told_moment(settings, calendar, newest) > now:
            newest -= DAYS
        company = Company(
            mixture=COMPANIES["mixed"],
            changes=CHANGES,
            customers=customers,
            weeks=weeks,
            start=day_date(newest) - timedelta(days=DAYS * (weeks - 1)),
            zone=settings.zone,
            currency=settings.currency,
            country=COUNTRY,
            seed=seed,
        )
        return cls(Simulation(company), calendar, settings)

    @property
    def starts_at(self) -> datetime:
        """The beginning of the first week."""
        return self.calendar.starts_at(self.first_day)

    @property
    def first_day(self) -> int:
        return day_number(self.simulation.company.start)

    def play(self, parts: Parts, clock: SimulatedClock, stays: bool) -> None:
        """Run the year, print what came of it, and stay running if wanted."""
        stop = Stop()
        stop.on_signals()
        system = System(parts, stop)
        try:
            system.start()
            key = parts.database.run(
                lambda connection: create_key(
                    connection, scopes=["admin"], source=None, at=clock.now()
                )
            )[1]
            purchases = self._run_weeks(parts, clock, system, stop, key)
            if stop.requested:
                return
            self._report(parts, system.address if stays else None, key, purchases)
            if stays:
                clock.move_to(clock.real())
                clock.run_on()
                typer.echo("\nEverything is running; Ctrl-C ends it.")
                while not stop.wait(60):
                    pass
        finally:
            system.stop()

    def _run_weeks(
        self, parts: Parts, clock: SimulatedClock, system: System, stop: Stop, key: str
    ) -> dict[str, list[int]]:
        company = self.simulation.company
        post_events(system.address, key, self.simulation.master_data())
        purchases: dict[str, list[int]] = defaultdict(list)
        with progress("weeks", company.weeks) as shown:
            for week, events in enumerate(self.simulation.events()):
                if stop.requested:
                    break
                first = self.first_day + DAYS * week
                _move_on(clock, self.calendar.starts_at(first + DAYS))
                post_events(system.address, key, events)
                _wait_until_settled(parts, system, stop)
                _move_on(clock, evaluation_moment(self.settings, self.calendar, first))
                parts.wakeup.ring("feed")
                _wait_until_settled(parts, system, stop, judged=first + DAYS)
                _move_on(clock, told_moment(self.settings, self.calendar, first))
                parts.wakeup.ring("plan")
                _wait_until_settled(parts, system, stop)
                for subject, days in purchase_days(company.start, events).items():
                    purchases[subject].extend(days)
                shown(week + 1)
        return dict(purchases)

    def _report(
        self, parts: Parts, address: str | None, key: str, purchases: dict[str, list[int]]
    ) -> None:
        company, truth = self.simulation.company, self.simulation.truth()
        with parts.database.read() as connection:
            judged = judged_weeks(connection)
            ours = measure(truth, our_alarms(connection, self.calendar), judged)
        rule = measure(truth, silence_rule(company.start, company.weeks, purchases), judged)
        print_report(parts, address, key, company.weeks, ours, rule)


def _move_on(clock: SimulatedClock, moment: datetime) -> None:
    """To `moment`, unless the digest of the week before came later: time cannot run back."""
    clock.move_to(max(moment, clock.now()))


def evaluation_moment(settings: Settings, calendar: Calendar, week: int) -> datetime:
    """When the evaluation of a week is due."""
    return calendar.evaluation_due(
        week, settings.evaluation_weekday_number, settings.evaluation_hour
    )


def told_moment(settings: Settings, calendar: Calendar, week: int) -> datetime:
    """When reps have been told of the evaluation of a week, in whatever digest."""
    judged = evaluation_moment(settings, calendar, week)
    if not settings.digest_at:
        return next_quarter(judged)
    weekday, clock = read_moment(settings.digest_at)
    return digest_at(judged, weekday=weekday, clock=clock, zone=settings.zone)


def _wait_until_settled(
    parts: Parts, system: System, stop: Stop, judged: int | None = None
) -> None:
    """Wait until nothing waits and, if asked, the weeks before day `judged` are judged.

    Returns at once where the demo is to end: its workers do no more.
    """
    ends = parts.clock.monotonic() + WEEK_TIMEOUT_SECONDS
    while True:
        failure = system.failure()
        if failure is not None:
            raise VigiaError(f"the demo cannot go on: {type(failure).__name__}: {failure}")
        if stop.requested:
            return
        if parts.clock.monotonic() > ends:
            raise VigiaError("the demo did not settle within two minutes; is this machine busy?")
        if _is_judged(parts, judged) and collect_status(parts)["settled"]:
            return
        time.sleep(LOOK_SECONDS)


def _is_judged(parts: Parts, until: int | None) -> bool:
    """Whether the weeks before day `until` are judged: far cheaper to ask than the whole status."""
    if until is None:
        return True
    with parts.database.read() as connection:
        return last_begun(connection) == (until, "done")
