"""One evaluation under its lease: numbers, standings in chunks, the choice, and the due rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from services.detector import portfolio_alerts, selection
from services.detector.beyond_score import learn_beside
from services.detector.buyers import Buyers, Ints, load_buyers
from services.detector.chunks import judge_chunk, load_view
from services.detector.held import Missing, load_held
from services.detector.histories import rates_of
from services.detector.numbers import (
    LABELLED,
    LOOKED_AT,
    MEAN_WEEKS,
    THRESHOLD_WEEKS,
    Numbers,
    compute,
    labelled,
)
from services.detector.openings import load_holidays
from services.detector.sample import load_sample, span_of
from shared.domain.closure import LOOKED_BACK
from shared.domain.histogram import Histogram
from shared.domain.verdict import Verdict
from shared.domain.week import DAYS, Calendar
from shared.ops.settings import Settings
from shared.storage import due, evaluations, ledger
from shared.storage import standings as stored
from shared.storage.alerts import AlertMoved
from shared.storage.database import Database
from shared.storage.evaluations import EvaluationRow
from shared.storage.lease import Lease
from shared.storage.standings import StandingRow
from shared.storage.tables import evaluation, event

CHUNK = 2_000
BATCH = 1_000
TRIES = 5
KEPT = timedelta(weeks=60)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every evaluation of a process works with."""

    database: Database
    settings: Settings
    calendar: Calendar
    lease: Lease


def begin(around: Surroundings, as_of: int, *, live: bool, now: datetime) -> EvaluationRow:
    """The evaluation to work on: a live one that somebody left unfinished, or a new one.

    A dry one is a function of what is known when it begins, so an unfinished one is dropped.
    """

    def work(connection: Connection) -> EvaluationRow:
        around.lease.renew(connection)
        ledger.join_folds(connection, alone=True)  # or `input` could pass over an event
        left = evaluations.live_of(connection, as_of) if live else None
        if left is not None:
            return left
        known = connection.execute(select(func.max(event.c.number))).scalar_one() or 0
        progress = {"input": known, "next": 0}
        return evaluations.begin(connection, as_of=as_of, live=live, at=now, progress=progress)

    return around.database.run(work)


def sweep(around: Surroundings, now: datetime) -> None:
    """Forget standings older than 60 weeks, and evaluations that nobody will finish."""
    with around.database.read() as connection:
        forgotten = evaluations.forgotten(connection, now - KEPT)
    for number in forgotten:
        while around.database.run(partial(_forget_some, around.lease, number)):
            pass


def _forget_some(lease: Lease, number: int, connection: Connection) -> bool:
    """Drop some standings of an evaluation; False once none are left."""
    lease.renew(connection)
    if stored.drop(connection, number, limit=BATCH):
        return True
    evaluations.drop_dead(connection, number)
    return False


class EvaluationRun:
    """Writes the standings of one evaluation, and for a live one the due rows."""

    def __init__(
        self, around: Surroundings, row: EvaluationRow, missing: Missing, now: datetime
    ) -> None:
        self._around = around
        self._row = row
        self._missing = missing
        self._now = now
        self._rates = rates_of(around.settings)

    def execute(self, progress: Progress) -> None:
        """From the first number to the last due row; goes on where another left off.

        Everything is read from one view of the data. What comes in meanwhile is judged once
        more afterwards, by due rows. Raises LostLease.
        """
        with self._around.database.read(patient=True) as snapshot:
            buyers = load_buyers(snapshot, self._row.as_of)
            numbers = self._numbers(snapshot, buyers)
            self._write_standings(snapshot, buyers, numbers, progress)
        self._choose()
        if self._row.live:
            self._tell_managers(numbers)
            self._hand_over()
        else:
            self._under_lease(self._finish_dry)

    def _numbers(self, snapshot: Connection, buyers: Buyers) -> Numbers:
        row, settings = self._row, self._around.settings
        if row.portfolio is not None:
            return Numbers.of(row)
        known = self._known(snapshot)
        weeks = {back: row.as_of - DAYS * (back + 1) for back in range(1, THRESHOLD_WEEKS + 1)}
        first = int(buyers.first.min()) if len(buyers) else row.as_of
        missing = [back for back, week in weeks.items() if week not in known and week >= first]
        looked_at = LOOKED_BACK if settings.country else LOOKED_AT
        span = span_of(buyers, row.as_of, looked_at + max(LABELLED))
        sample = load_sample(
            snapshot,
            buyers,
            span,
            self._rates,
            backs=[0, *missing, *labelled(span.columns)],
            left_out=lambda numbers: np.isin(numbers, [*self._held(snapshot, numbers)]),
        )
        holidays = load_holidays(snapshot, buyers, span, settings)
        numbers, found = compute(
            sample,
            buyers,
            known,
            missing,
            holidays,
            floor=settings.floor_quantile,
            closing=settings.closing_quantile,
        )
        living = portfolio_alerts.living_groups(snapshot, row.as_of) if row.live else {}
        every = {**known, **found}
        numbers, eased = learn_beside(snapshot, sample, numbers, every, settings, living, holidays)
        if eased is not None:
            found[row.as_of - DAYS] = eased
        self._store_numbers(numbers, found)
        return numbers

    def _known(self, snapshot: Connection) -> dict[int, Histogram]:
        """Stored histograms; none for a dry evaluation, which hangs on the events alone."""
        if not self._row.live:
            return {}
        as_of = self._row.as_of
        since = as_of - (MEAN_WEEKS + 1) * DAYS
        return evaluations.read_histograms(snapshot, since, as_of - DAYS)

    def _store_numbers(self, numbers: Numbers, found: dict[int, Histogram]) -> None:
        def work(connection: Connection) -> None:
            self._around.lease.renew(connection)
            if self._row.live:
                evaluations.write_histograms(connection, found)
            evaluations.change(
                connection,
                self._row.id,
                portfolio=numbers.to_dict(),
                threshold=numbers.threshold,
                closing=numbers.closing,
                calibration=numbers.calibration,
            )

        self._around.database.run(work)

    def _write_standings(
        self, snapshot: Connection, buyers: Buyers, numbers: Numbers, progress: Progress
    ) -> None:
        settings, calendar = self._around.settings, self._around.calendar
        view = load_view(
            snapshot,
            self._row.id,
            self._row.as_of,
            numbers,
            self._missing,
            settings,
            calendar,
            live=self._row.live,
            today=calendar.day_of(self._now),
        )
        done = int(np.searchsorted(buyers.numbers, self._row.progress["next"]))
        while done < len(buyers):
            progress(done, len(buyers))
            chunk = slice(done, done + CHUNK)
            rows = judge_chunk(snapshot, buyers.numbers[chunk], buyers.first[chunk], view, settings)
            self._store(rows)
            done += CHUNK
        progress(len(buyers), len(buyers))

    def _store(self, rows: list[StandingRow]) -> None:
        """Standings and how far they go, together: the next holder begins behind them."""
        reached = {**self._row.progress, "next": rows[-1].customer + 1}
        judged = sum(row.raw is not None for row in rows)

        def work(connection: Connection) -> None:
            self._around.lease.renew(connection)
            stored.write(connection, rows)
            total = evaluation.c.judged + judged
            evaluations.change(connection, self._row.id, progress=reached, judged=total)

        self._around.database.run(work)

    def _choose(self) -> None:
        settings = self._around.settings
        with self._around.database.read() as connection:
            chosen = selection.choices(connection, self._row.id, settings)
        for start in range(0, len(chosen), BATCH):
            self._under_lease(selection.store_choices, self._row.id, chosen[start : start + BATCH])

    def _tell_managers(self, numbers: Numbers) -> None:
        """Open and end the alerts about what many customers share; again if a person was first."""
        told = (numbers.shared, self._row.as_of, self._now, self._around.settings)
        for _ in range(TRIES):
            try:
                self._under_lease(portfolio_alerts.follow, *told)
            except AlertMoved:
                continue
            return

    def _hand_over(self) -> None:
        """Tell the judge whom to look at: held ones in small steps, all others at once."""
        with self._around.database.read() as connection:
            held = selection.held_customers(connection, self._row.id)
        for start in range(0, len(held), BATCH):
            rows = [(number, "held", due.HELD) for number in held[start : start + BATCH]]
            self._under_lease(due.mark, rows, self._now)

        def work(connection: Connection) -> None:
            row, now = self._row, self._now
            self._around.lease.renew(connection)
            chosen = [one[0] for one in selection.to_open(connection, row.id)]
            week = {*chosen, *selection.living_customers(connection)}
            changed = selection.changed_customers(connection, row.progress["input"], row.as_of)
            due.mark(connection, [(number, "week", due.WEEK) for number in sorted(week)], now)
            due.mark(connection, [(number, "late", due.LATE) for number in sorted(changed)], now)
            end = {"state": "judging"} if week else {"state": "done", "finished_at": now}
            left = self._missing.unread
            unread = {str(partition): end for partition, end in left.ends.items()}
            progress = {**row.progress, "unread": unread, "partitions": left.partitions}
            evaluations.change(connection, row.id, progress=progress, **end)

        self._around.database.run(work)

    def _finish_dry(self, connection: Connection) -> None:
        evaluations.change(connection, self._row.id, state="done", finished_at=self._now)

    def _held(self, snapshot: Connection, numbers: Ints) -> dict[int, Verdict]:
        share = self._around.settings.held_share
        return load_held(snapshot, numbers, self._row.as_of, self._missing, share)

    def _under_lease(self, work: Callable[..., Any], *arguments: Any) -> None:
        def leased(connection: Connection) -> None:
            self._around.lease.renew(connection)
            work(connection, *arguments)

        self._around.database.run(leased)
