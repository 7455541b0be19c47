"""What an operator tries again is sent: a digest with all it was to tell, or a part by itself."""

from datetime import timedelta
from typing import Any

import pytest

from services.notifier.metrics import NotifierMetrics
from shared.ops.settings import Settings
from shared.storage import delivery_list
from shared.storage.database import Database
from tests.notifier.weekly import ANA, DIGEST_DAY, MARTA, OPERATOR, Desk, open_one
from tests.notifier.working import REFUSED, Clock, Recorder, new, rows
from tests.postgres.kinds import every_database

pytestmark = every_database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics) -> Desk:
    hours = {"mon-fri": "07:00-18:00"}
    changes = {"digest_at": "monday 07:30", "working_hours": hours}
    return Desk(company, settings.model_copy(update=changes), clock, metrics, Recorder())


def refused_digest(desk: Desk, *answers: Any) -> None:
    """A digest about C-1 and C-2 to which the mail server answers so."""
    for name, value in (("C-1", 9), ("C-2", 5)):
        open_one(desk, name, value=value)
    desk.work()
    desk.channel._answers = [*answers]
    desk.move_to(DIGEST_DAY)
    desk.work()


def try_again(desk: Desk, *audiences: str) -> list[tuple[str, list[str]]]:
    """Try the deliveries to these audiences again; to whom which customers were told by that."""
    chosen = [row.id for row in rows(desk.database) if row.audience in audiences]
    with desk.database.write() as connection:
        assert delivery_list.try_again(connection, chosen, desk.clock.real()) == len(chosen)
    return [
        (address, [part.customer for part in message.parts or (message,)])
        for address, message in desk.work()
    ]


def states(desk: Desk) -> list[str]:
    return [row.state for row in rows(desk.database)]


def test_a_dead_digest_is_sent_with_what_it_was_to_tell(desk: Desk) -> None:
    refused_digest(desk, REFUSED, REFUSED)
    assert states(desk) == ["dead"] * 4
    assert (ANA, ["Bar C-1", "Bar C-2"]) in try_again(desk, "rep", "digest", "operator")
    told = [(row.state, row.recipient) for row in rows(desk.database) if row.audience == "rep"]
    assert told == [("sent", ANA)] * 2


def test_a_digest_named_alone_takes_its_messages_along(desk: Desk) -> None:
    refused_digest(desk, REFUSED, REFUSED)
    assert try_again(desk, "digest") == [(ANA, ["Bar C-1", "Bar C-2"])]
    assert states(desk) == ["sent", "sent", "sent", "dead"]


def test_the_rep_gets_the_digest_that_the_operator_was_sent_instead(desk: Desk) -> None:
    refused_digest(desk, REFUSED)
    assert [row.recipient for row in rows(desk.database)][:2] == [OPERATOR] * 2
    assert try_again(desk, "digest") == [(ANA, ["Bar C-1", "Bar C-2"])]
    assert [row.recipient for row in rows(desk.database)][:2] == [ANA] * 2


def test_a_message_of_a_digest_that_is_named_by_itself_goes_out_at_once(desk: Desk) -> None:
    refused_digest(desk, REFUSED, REFUSED)
    desk.move_to(DIGEST_DAY + timedelta(hours=15))  # after work
    assert try_again(desk, "rep") == [(ANA, ["Bar C-1"]), (ANA, ["Bar C-2"])]
    assert states(desk) == ["sent", "sent", "dead", "dead"]
    assert {row.gathered for row in rows(desk.database)} == {None}  # no digest told them


def test_so_does_one_that_still_waits_for_its_digest(desk: Desk) -> None:
    open_one(desk, "C-1")
    assert desk.work() == []
    assert try_again(desk, "rep") == [(ANA, ["Bar C-1"])]
    desk.move_to(DIGEST_DAY)
    assert desk.work() == []


def test_so_does_what_managers_share_outside_of_working_hours(desk: Desk) -> None:
    desk.move_to(DIGEST_DAY - timedelta(days=1))
    shared: dict[str, Any] = {"customer": None, "rep": None, "value_at_risk": None}
    desk.announce(new(audience="manager:m1", id="a_region", **shared))
    assert desk.work() == []
    assert [address for address, _ in try_again(desk, "manager:m1")] == [MARTA]


def test_however_many_they_are_and_however_long_they_waited(desk: Desk) -> None:
    customers = [f"C-{number}" for number in range(6)]
    for name in customers:
        open_one(desk, name)
    assert desk.work() == []
    desk.move_to(desk.clock.now() + timedelta(hours=5))
    assert sorted(try_again(desk, "rep")) == [(ANA, [f"Bar {name}"]) for name in customers]


def test_a_reader_who_was_sent_much_gets_it_too(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    changes = {"digest_at": "monday 07:30", "storm_messages": 2}
    desk = Desk(company, settings.model_copy(update=changes), clock, metrics, Recorder())
    for name in ("C-1", "C-2"):
        open_one(desk, name, severity="urgent")
    assert len(desk.work()) == 2
    open_one(desk, "C-3")
    assert desk.work() == []
    waiting = [row.id for row in rows(company) if row.state == "pending"]
    with company.write() as connection:
        delivery_list.try_again(connection, waiting, clock.real())
    assert [message.customer for _, message in desk.work()] == ["Bar C-3"]
