"""A customer who is given to another rep is no part of the former rep's digest any more."""

from typing import Any

import pytest

from services.notifier.metrics import NotifierMetrics
from shared.ops.settings import Settings
from shared.storage import reps
from shared.storage.database import Database
from shared.storage.reps import Rep
from shared.storage.tables import customer
from tests.notifier.weekly import ANA, DIGEST_DAY, MARTA, Desk, open_one, states
from tests.notifier.working import BUSY, Clock, Recorder, new, run
from tests.postgres.kinds import every_database

pytestmark = every_database

BEA = "bea@company.example"
FAREWELL = "Bar C-1 has another rep now"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def weekly(settings: Settings) -> Settings:
    return settings.model_copy(update={"digest_at": "monday 07:30"})


@pytest.fixture
def desk(company: Database, weekly: Settings, clock: Clock, metrics: NotifierMetrics) -> Desk:
    return Desk(company, weekly, clock, metrics, Recorder())


def hand_over(desk: Desk, row: Any, to: str = "r2") -> None:
    """Ana's customer is Bea's from now on, who has the same manager."""
    with desk.database.write() as connection:
        bea = Rep("r2", name="Bea Mora", email=BEA, manager="m1")
        reps.add(connection, bea, desk.clock.now())
        connection.execute(customer.update().where(customer.c.id == row.key).values(rep=to))
    changes = {"id": row.id, "customer": row.key, "rep": to, "previous_rep": "r1"}
    told: Any = {"number": 2, "kind": "updated", "reason": "rep_changed", **changes}
    desk.announce(new(**told), new(audience="previous_rep", **told))


def digests(desk: Desk) -> dict[str, list[tuple[str, str | None]]]:
    """Whose digests tell of whom, and how."""
    desk.move_to(DIGEST_DAY)
    return {
        address: [(part.customer, part.subject) for part in message.parts]
        for address, message in desk.work()
    }


def test_an_opening_that_waits_is_told_to_the_new_rep_only(desk: Desk) -> None:
    row = open_one(desk, "C-1")
    open_one(desk, "C-2")
    desk.work()
    hand_over(desk, row)
    assert desk.work() == []
    found = digests(desk)
    assert [name for name, _ in found[ANA]] == ["Bar C-2"]
    assert found[BEA] == [("Bar C-1", "Bar C-1 is now yours, and may be leaving")]
    assert states(desk)[0] == ("rep", "suppressed", "handed_over")
    assert ("previous_rep", "suppressed", "never_told") in states(desk)


def test_who_knew_of_the_customer_gets_a_farewell_by_itself(desk: Desk) -> None:
    row = open_one(desk, "C-1", severity="urgent")
    desk.work()
    hand_over(desk, row)
    [(address, farewell)] = desk.work()
    assert (address, farewell.subject, farewell.buttons) == (ANA, FAREWELL, ())
    assert digests(desk).keys() == {BEA}


def test_a_farewell_is_no_part_of_a_storm(
    company: Database, weekly: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    busy = weekly.model_copy(update={"storm_messages": 1})
    desk = Desk(company, busy, clock, metrics, Recorder())
    row = open_one(desk, "C-1", severity="urgent")
    desk.work()
    hand_over(desk, row)
    assert [message.subject for _, message in desk.work()] == [FAREWELL]


def test_a_farewell_is_no_part_of_what_an_outage_delayed(desk: Desk) -> None:
    row = open_one(desk, "C-1", severity="urgent")
    desk.work()
    hand_over(desk, row)
    for number in range(2, 8):
        open_one(desk, f"C-{number}", severity="urgent")
    desk.channel._answers = [BUSY] * 7
    while run(desk.sender):
        pass
    desk.move_to(desk.clock.now().replace(hour=12))
    assert FAREWELL in [message.subject for _, message in desk.work()]


def test_what_the_manager_was_to_hear_of_both_reps_is_still_told(
    company: Database, weekly: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    rules = Settings(routing=[{"to": "manager"}])
    changed = weekly.model_copy(update={"routing": rules.routing})
    desk = Desk(company, changed, clock, metrics, Recorder())
    row = open_one(desk, "C-1")
    desk.work()
    hand_over(desk, row)
    desk.work()
    desk.move_to(DIGEST_DAY)
    [(address, digest)] = desk.work()
    assert (address, [part.customer for part in digest.parts]) == (MARTA, ["Bar C-1"])
    assert ("Comercial", "Bea Mora") in [(fact.label, fact.value) for fact in digest.parts[0].facts]
