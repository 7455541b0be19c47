"""Evidence of past weeks is what the detector would have read in them, and no later."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import update

from services.backtest.beside import Beside, measures
from services.backtest.history import history
from services.backtest.loading import load_beside, load_sales
from services.backtest.walk import Walk, graded_weeks
from services.detector.beside import load_items
from shared.domain.evidence import Fact
from shared.domain.history import Rates
from shared.domain.likelihood import RATIOS, measure
from shared.domain.week import DAYS, day_date, day_number
from shared.ops.clock import SimulatedClock
from shared.ops.wakeup import LocalWakeup
from shared.storage.database import Database
from shared.storage.tables import customer
from tests.backtest.builders import sample_history, sample_walk
from tests.conftest import START
from tests.detector.town import CALENDAR, MONDAY, Town, settle


@pytest.fixture
def town(sqlite_database: Database, clock: SimulatedClock, wakeup: LocalWakeup) -> Town:
    """A town that has traded for forty weeks."""
    settle(sqlite_database)
    return Town(sqlite_database, clock, wakeup)


def past(town: Town) -> None:
    """A year in which people complain, cancel, are visited, and lose members of their group."""
    day = MONDAY - timedelta(weeks=30)
    town.complains("regular-01", day, "medium")
    town.tells("regular-01", "complaint_resolved", "r1", day + timedelta(days=20), complaint="c1")
    town.tells("regular-02", "survey", "s1", day, kind="nps", score=3)
    owed = {"amount": "9", "currency": "EUR", "due_on": "2025-08-01"}
    town.tells("regular-03", "payment", "p1", day, **owed, status="late")
    for n in range(20):
        town.tells("regular-04", "contact", f"v{n}", day - timedelta(days=7 * n), rep="ana")
    for n in range(300):
        town.tells("regular-05", "contact", f"w{n}", MONDAY - timedelta(days=n), rep="ana")
    town.cancels("leaver", MONDAY - timedelta(weeks=3), "confirmed")
    with town.database.write() as connection:
        same = update(customer).where(customer.c.id.in_(("leaver", "regular-06")))
        connection.execute(same.values(group="Casa Sol"))


def test_every_week_has_the_evidence_that_the_detector_reads(town: Town) -> None:
    past(town)
    with town.database.read() as connection:
        known = history(load_sales(connection), Rates("EUR", {}))
        beside = load_beside(connection)
    rows = [
        (n, week)
        for week in range(known.weeks - 32, known.weeks)
        for n in range(len(known.customers))
    ]
    customers, weeks = np.array(rows, np.int64).T
    zeros = np.zeros(len(rows))
    every = Walk(customers, weeks, np.zeros((len(rows), 7)), *[zeros] * 4)
    found = measures(beside, known, every, 30.0)
    seen = set()
    for week in range(known.weeks - 32, known.weeks):
        until = known.start + (week + 1) * DAYS
        with town.database.read() as connection:
            items = load_items(connection, until, until, CALENDAR, live=False)
        for n, name in enumerate(known.customers):
            wanted = dict.fromkeys(RATIOS, 0.0)
            for item in items.get(town.number(name), []):
                left = measure(item, day_date(until), 30.0)
                if left is not None:
                    wanted[left.ratio] += left.left
                    seen.add(left.ratio)
            row = (week - known.weeks + 32) * len(known.customers) + n
            assert found[row].tolist() == pytest.approx(list(wanted.values())), (name, week)
    assert seen == {
        "complaint_medium", "survey", "payment_late", "no_contact", "group_loss",
        "cancellation_confirmed",
    }  # fmt: skip


def test_what_happens_later_changes_nothing_before() -> None:
    known, found = sample_history(), sample_walk()
    columns = graded_weeks(known.weeks)
    middle = known.week_end(columns[len(columns) // 2])

    def complaint(day: int) -> Fact:
        at = START + timedelta(days=day - day_number(START.date()))
        data = {"severity": "high", "topic": None}
        return Fact("crm", f"c{day}", "complaint", at, day, data)

    names = known.customers[::3]
    early = {name: [complaint(middle - 10)] for name in names}
    late = {name: [*facts, complaint(middle + 5)] for name, facts in early.items()}
    before = found.week <= columns[len(columns) // 2]
    one = measures(Beside(early), known, found, 30.0)
    two = measures(Beside(late), known, found, 30.0)
    assert one[before].any()
    assert np.array_equal(one[before], two[before])
    assert not np.array_equal(one, two)


def test_nothing_known_beside_buying_is_no_evidence() -> None:
    assert not measures(Beside(), sample_history(), sample_walk(), 30.0).any()
    stranger = Fact("crm", "c", "complaint", START, day_number(START.date()), {"severity": "low"})
    assert not measures(Beside({"nobody": [stranger]}), sample_history(), sample_walk(), 30.0).any()
