"""One look at the database: the same answers for one as for many, and each read once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from services.notifier.known import Known
from services.notifier.metrics import NotifierMetrics
from services.notifier.preparing import Moment, Preparing, Ready
from services.notifier.ways import read_ways
from shared.ops.clock import SimulatedClock
from shared.ops.links import Links
from shared.ops.settings import Settings
from shared.storage import absences, alerts, reps, taking
from shared.storage.absences import Absence
from shared.storage.alert_rows import Content
from shared.storage.channel_state import Pause, make_unreachable, pause
from shared.storage.database import Database
from shared.storage.reps import Rep
from shared.storage.tables import customer
from tests.notifier.weekly import DIGEST_DAY, Desk, open_one
from tests.notifier.working import Clock, Recorder, keep, new
from tests.postgres.kinds import every_database

pytestmark = every_database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    run: list[str] = []

    def note(*given: object) -> None:
        run.append(str(given[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_whose_customer_it_is(company: Database, settings: Settings) -> None:
    with company.read() as connection:
        known = Known(connection, read_ways(company, settings))
        assert known.current_rep("C-1029", "a_1") == "r1"
        assert known.current_rep("C-2", "a_1") is None


@pytest.mark.parametrize(
    ("own", "found", "more"),
    [("r1", {"r1", "m1"}, 1), ("", {"m1"}, 0), (None, {"m1"}, 0), ("stranger", set(), 1)],
)
def test_who_looks_after_a_customer_is_read_together(
    company: Database,
    settings: Settings,
    clock: SimulatedClock,
    own: str | None,
    found: set[str],
    more: int,
) -> None:
    """The rep of the master data, else the one that the alert found out: m1.

    `more`: questions for whoever that look did not tell of, a manager or a stranger.
    """
    with company.write() as connection:
        connection.execute(update(customer).values(rep=own))
        content = Content("m1", "warning", 1.7, 2, None, None, 0, "", [])
        row = alerts.open_alert(
            connection, connection.scalars(select(customer.c.number)).one(), "C-1029", content,
            earlier=0, evaluation=None, reason="score", actor="detector", at=clock.now(),
        )  # fmt: skip
    ways = read_ways(company, settings)
    with company.read() as connection, counted(company) as asked:
        known = Known(connection, ways)
        rep = known.current_rep("C-1029", row.id)
        card, told = known.card("C-1029"), known.alert(row.id)
        assert len(asked) == 1
        assert known.chains([rep]).keys() == found
        assert len(asked) == 1 + more
        assert rep == (own or "m1")
    assert card is not None
    assert told is not None
    assert (card.name, card.rep, told.rep, told.state) == ("Panadería Sol", own, "m1", "open")


def test_managers_in_a_circle_end(
    company: Database, settings: Settings, clock: SimulatedClock
) -> None:
    with company.write() as connection:
        reps.add(connection, Rep("a", manager="b"), clock.now())
        reps.add(connection, Rep("b", manager="a"), clock.now())
    with company.read() as connection:
        known = Known(connection, read_ways(company, settings))
        assert known.chains(["a"]).keys() == {"a", "b"}
        assert known.chains(["r1", "nobody", None]).keys() == {"r1", "m1"}


def test_what_a_company_has_none_of_is_asked_for_once(
    company: Database, settings: Settings, clock: SimulatedClock
) -> None:
    ways = read_ways(company, settings)
    with company.read() as connection, counted(company) as asked:
        known = Known(connection, ways)
        people = known.chains(["r1"])
        assert known.away(people, 20_000) == {}
        assert [way.channel for way in known.ways(people)["r1"]] == ["email"]
        assert not known.paused()
        assert known.only_mail()
    assert len(asked) == 3  # the rep, the manager, and what there is

    with company.write() as connection:
        absences.add(connection, Absence("r1", 20_000, 20_001, "m1"))
        pause(connection, Pause("email", clock.real(), "refused", clock.real()))
        (gone,) = {way.recipient for way in ways.every(connection, people["r1"])}
        make_unreachable(connection, gone, "bounced", clock.real())
    with company.read() as connection:
        known = Known(connection, ways)
        assert known.away(people, 20_000) == {"r1": "m1"}
        assert known.ways(people)["r1"] == []
        assert known.paused() == {"email"}


def test_a_batch_costs_as_many_statements_as_one_delivery(
    company: Database, settings: Settings
) -> None:
    clock = Clock()
    with company.write() as connection:
        for number in range(12):
            reps.add(connection, Rep(f"b{number}", email=f"b{number}@x.example"), clock.now())
            row = {"id": f"C-{number}", "name": "Sol", "rep": f"b{number}", "field_times": {}}
            connection.execute(customer.insert().values(**row))
    made = [new(id=f"a_{n}", customer=f"C-{n}", rep=f"b{n}") for n in range(12)]
    keep(company, clock, *made)
    ways = read_ways(company, settings)
    preparing = Preparing(settings, ways, Links.of(settings))
    at = Moment(clock.now(), clock.real())
    costs = []
    for most in (2, 10):
        with company.write() as connection:
            batch = taking.take(
                connection,
                owner="one",
                channel="email",
                apart=clock.real() - clock.real(),
                now=clock.real(),
                most=most,
            )
        with company.read() as connection, counted(company) as run:
            known = preparing.look(connection, batch, at)
            found = [preparing.prepare(known, one, at) for one in batch]
        assert len(found) == most
        assert all(isinstance(one, Ready) for one in found)
        costs.append(len(run))
    assert costs[0] == costs[1]


def test_a_long_digest_costs_as_many_statements_as_a_short_one(
    company: Database, settings: Settings, metrics: NotifierMetrics
) -> None:
    weekly = settings.model_copy(update={"digest_at": "monday 07:30"})
    clock = Clock()
    desk = Desk(company, weekly, clock, metrics, Recorder())
    costs = []
    for week, length in enumerate((2, 12)):
        for number in range(length):
            open_one(desk, f"C-{week}-{number}")
        assert desk.work() == []
        desk.move_to(DIGEST_DAY + timedelta(weeks=week))
        assert desk.planner.step()
        with counted(company) as run:
            [(_, digest)] = desk.work()
        assert digest.parts_in_all == length
        costs.append(len(run))
    assert costs[0] == costs[1]
