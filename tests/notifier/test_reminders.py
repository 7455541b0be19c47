"""Reminders and the manager's turn count from when whoever is to answer first heard of it."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notifier.metrics import NotifierMetrics
from shared.ops.settings import Settings
from shared.storage import alerts, reps
from shared.storage.database import Database
from shared.storage.reps import Rep
from shared.storage.tables import customer
from tests.notifier.weekly import ANA, DIGEST_DAY, MARTA, Desk, open_one
from tests.notifier.working import BUSY, Clock, Recorder, new, run
from tests.postgres.kinds import every_database

pytestmark = every_database

BEA = "bea@company.example"
HOURS = {"mon-fri": "07:00-18:00"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics) -> Desk:
    """Without digests, at any hour."""
    return Desk(company, settings, clock, metrics, Recorder())


def told(desk: Desk, begin: datetime, *hours: float) -> list[tuple[float, str, str]]:
    """After how many hours who is told what, looking at reminders and all else each time."""
    found = []
    for passed in hours:
        desk.move_to(begin + timedelta(hours=passed))
        desk.planner.remind()
        for address, message in desk.work():
            kinds = [part.kind for part in message.parts] or [message.kind]
            found += [(passed, address, kind) for kind in kinds]
    return found


def test_the_digest_after_the_one_that_told_it_reminds_and_tells_the_manager(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    changes = {"digest_at": "monday 07:30", "working_hours": HOURS}
    desk = Desk(company, settings.model_copy(update=changes), clock, metrics, Recorder())
    desk.move_to(datetime(2011, 12, 7, 9, tzinfo=UTC))  # Wednesday
    open_one(desk, "C-1")
    desk.work()
    desk.move_to(DIGEST_DAY)
    assert [message.parts[0].kind for _, message in desk.work()] == ["opened"]
    weeks = [week * 168 + hour for week in range(1, 5) for hour in (-6, 0.02)]
    assert sorted(told(desk, DIGEST_DAY, 0.02, *weeks)) == [
        (168.02, ANA, "reminder"),
        (168.02, MARTA, "escalated"),
        (336.02, ANA, "reminder"),
        (672.02, ANA, "reminder"),
    ]


FREE_MONDAY = DIGEST_DAY + timedelta(weeks=2)  # 26th of December: a holiday in Catalonia
HOLIDAYS = {"country": "ES", "subdivision": "CT"}


@pytest.mark.parametrize(
    ("own", "day", "changes"),
    [
        (None, 24, HOLIDAYS),
        ({"tue-fri": "07:00-18:00"}, 24, {}),
        ({"thu-fri": "07:00-18:00"}, 72, {}),
    ],
)
def test_a_digest_that_a_free_day_moved_is_no_week_more_for_the_manager(
    company: Database,
    settings: Settings,
    clock: Clock,
    metrics: NotifierMetrics,
    own: object,
    day: int,
    changes: dict[str, object],
) -> None:
    changes = {"digest_at": "monday 07:30", "working_hours": HOURS, **changes}
    desk = Desk(company, settings.model_copy(update=changes), clock, metrics, Recorder())
    with company.write() as connection:
        reps.add(connection, Rep("r1", working_hours=own), clock.now())
    desk.move_to(FREE_MONDAY - timedelta(days=4))
    open_one(desk, "C-1")
    assert told(desk, FREE_MONDAY, -48, 0.02, day - 1, day + 0.02) == [(day + 0.02, ANA, "opened")]
    found = told(desk, FREE_MONDAY, 162, 168.02, 168 + day + 0.02, 336.02)
    assert [one for one in found if one[1] == MARTA] == [(168.02, MARTA, "escalated")]


def test_a_digest_that_an_outage_delayed_counts_from_when_it_came(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    changes = {"digest_at": "monday 07:30", "working_hours": HOURS}
    desk = Desk(company, settings.model_copy(update=changes), clock, metrics, Recorder())
    open_one(desk, "C-1")
    desk.work()
    desk.channel._answers = [BUSY] * 7
    hours = [*range(0, 90, 6), 162, 168.02, 330, 336.02]
    (first, *one), *others = told(desk, DIGEST_DAY, *hours)
    assert one == [ANA, "opened"]
    assert 17 <= first < 90  # Tuesday or later
    assert [one for one in others if one[1] == MARTA] == [(336.02, MARTA, "escalated")]


def test_an_outage_of_the_mail_server_is_not_the_reps_silence(desk: Desk) -> None:
    opened = datetime(2011, 12, 5, 9, tzinfo=UTC)
    desk.move_to(opened)
    open_one(desk, "C-1", severity="urgent")
    desk.channel._answers = [BUSY] * 7
    (first, *one), (second, *other) = told(desk, opened, *range(0, 84, 4))[:2]
    assert (one, other) == ([ANA, "opened"], [MARTA, "escalated"])
    assert first > 24
    assert second == first + 24


def test_a_night_in_which_nobody_is_told_does_not_count(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    changes = {"urgent_any_hour": False, "working_hours": HOURS}
    desk = Desk(company, settings.model_copy(update=changes), clock, metrics, Recorder())
    friday = datetime(2011, 12, 9, 20, tzinfo=UTC)
    desk.move_to(friday)
    open_one(desk, "C-1", severity="urgent")
    assert told(desk, friday, 0, 24, 57, 58, 59, 80, 81, 82, 83) == [
        (58, ANA, "opened"),  # Monday 07:00
        (82, MARTA, "escalated"),
    ]


def test_nobody_is_reminded_of_what_nobody_was_told(desk: Desk) -> None:
    open_one(desk, "C-1", severity="urgent")
    desk.channel._answers = [BUSY]
    run(desk.sender)
    desk.move_to(desk.clock.now() + timedelta(days=30))
    assert desk.planner.remind() == 0


def test_a_new_rep_has_as_much_time_as_the_former_one(desk: Desk) -> None:
    begin = desk.clock.now()
    row = open_one(desk, "C-1")
    assert told(desk, begin, 0, 48, 72, 120) == [(0, ANA, "opened"), (72, ANA, "reminder")]
    with desk.database.write() as connection:
        reps.add(connection, Rep("r2", email=BEA, manager="m1"), desk.clock.now())
        connection.execute(customer.update().where(customer.c.id == "C-1").values(rep="r2"))
        alerts.add_transition(
            connection, row, "updated", reason="rep_changed", actor="detector", at=desk.clock.now()
        )
    handed = {"kind": "updated", "id": row.id, "customer": "C-1", "rep": "r2", "previous_rep": "r1"}
    desk.announce(*(new(2, audience=one, **handed) for one in ("rep", "previous_rep")))
    assert told(desk, desk.clock.now(), 0, 48, 72, 96, 144, 168, 192) == [
        (0, BEA, "updated"),
        (0, ANA, "updated"),
        (72, BEA, "reminder"),
        (168, MARTA, "escalated"),
    ]
