"""Deliveries and reps as they are stored."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.ops.clock import SimulatedClock
from shared.ops.errors import InputError
from shared.storage import deliveries, reps, taking
from shared.storage.addressing import Card, card
from shared.storage.channel_state import leave_alone, take_turn
from shared.storage.company import set_paused
from shared.storage.database import Database
from shared.storage.deliveries import NewDelivery, Sent, Taken
from shared.storage.delivery_list import waiting_since
from shared.storage.reps import Rep
from shared.storage.tables import customer, delivery, rep
from shared.storage.waiting import waiting
from tests.postgres.kinds import every_database

pytestmark = every_database

MESSAGE: dict[str, Any] = {"data": {"rep": "r1"}}


def new(number: int, suppressed: str | None = None) -> NewDelivery:
    return NewDelivery("a_1", number, "rep", "email", MESSAGE, suppressed)


@pytest.fixture
def take(database: Database, clock: SimulatedClock) -> Callable[..., Taken | None]:
    def take(owner: str = "one", channel: str = "email", *, left: bool = True) -> Taken | None:
        now = clock.real() + timedelta(seconds=1)
        how: dict[str, Any] = {"channel": channel, "apart": timedelta(0), "left": left}
        with database.write() as connection:
            found = taking.take(connection, owner=owner, now=now, **how)
            return found[0] if found else None

    return take


def keep(database: Database, clock: SimulatedClock, *rows: NewDelivery) -> int:
    with database.write() as connection:
        return len(deliveries.keep(connection, rows, clock.real()))


def test_a_delivery_is_leased_by_one_only(
    database: Database, clock: SimulatedClock, take: Callable[..., Taken | None]
) -> None:
    assert keep(database, clock, new(1)) == 1
    assert keep(database, clock, new(1)) == 0
    assert take(channel="slack") is None
    taken = take("one")
    assert taken is not None
    assert (taken.attempts, taken.attempt, taken.message) == (1, 1, MESSAGE)
    assert take("two") is None
    assert take("one") is None


def test_counts_for_the_status(
    database: Database, clock: SimulatedClock, take: Callable[..., Taken | None]
) -> None:
    now = clock.real() + timedelta(seconds=1)
    keep(database, clock, new(1, "stale"), new(2), new(3))
    with database.read() as connection:
        assert waiting(connection, now, now).to_send == 2
    taken = take()
    assert taken is not None
    with database.write() as connection:
        assert waiting(connection, now, now).to_send == 2
        assert waiting(connection, now, now).deliveries == {
            "pending": 1,
            "leased": 1,
            "sent": 0,
            "dead": 0,
            "suppressed": 1,
        }
        later = now + timedelta(minutes=1)
        assert deliveries.retry(connection, taken, next_at=later, reason="busy", recipient="a@b")
        assert not deliveries.dead(connection, taken, reason="late", recipient=None)
        assert waiting(connection, now, now).to_send == 1
        assert waiting_since(connection) is not None


def test_an_old_lease_marks_nothing(
    database: Database, clock: SimulatedClock, take: Callable[..., Taken | None]
) -> None:
    keep(database, clock, new(1))
    taken = take()
    assert taken is not None
    stale = Taken(**{**_fields(taken), "attempt": 0})
    with database.write() as connection:
        assert not deliveries.suppressed(connection, stale, reason="own_act")
        assert deliveries.suppressed(connection, taken, reason="own_act")


def test_whoever_is_called_because_of_news_does_not_look_for_what_others_left(
    database: Database, clock: SimulatedClock, take: Callable[..., Taken | None]
) -> None:
    keep(database, clock, new(1))
    assert take("one") is not None
    with database.write() as connection:
        connection.execute(delivery.update().values(until=0))
    assert take("two", left=False) is None
    taken = take("two")
    assert taken is not None
    assert taken.attempt == 2


def test_while_the_company_pauses_none_is_taken(
    database: Database, clock: SimulatedClock, take: Callable[..., Taken | None]
) -> None:
    keep(database, clock, new(1), new(2))
    assert take("one") is not None
    with database.write() as connection:
        connection.execute(delivery.update().values(until=0))
        set_paused(connection, clock.real())
    assert take("two") is None
    with database.write() as connection:
        set_paused(connection, None)
    assert take("two") is not None


def test_of_several_that_were_sent_those_are_marked_whose_lease_is_still_held(
    database: Database, clock: SimulatedClock
) -> None:
    keep(database, clock, *(NewDelivery(f"a_{n}", 1, "rep", "email", MESSAGE) for n in range(5)))
    now = clock.real() + timedelta(seconds=1)
    with database.write() as connection:
        how: Any = {"channel": "email", "apart": timedelta(0), "now": now}
        taken = taking.take(connection, owner="one", most=4, **how)
        assert deliveries.put_back(connection, taken[2])
        (again,) = taking.take(connection, owner="one", **how)
    assert (again.id, again.attempt) == (taken[2].id, 2)
    said = [Sent(one, f"{one.id}@x.example", f"r{one.id}", f"<{one.id}>", now) for one in taken]
    said[3] = replace(said[3], taken=replace(taken[3], owner="two"))
    first, second, taken_anew, of_another = (one.id for one in taken)
    with database.write() as connection:
        assert deliveries.sent(connection, said) == {first, second}
        rows = connection.execute(delivery.select().order_by(delivery.c.id)).all()
    for row in rows[:2]:
        assert (row.state, row.next_at, row.reason, row.owner, row.until) == (
            *("sent", None, None, None),
            0,
        )
        assert (row.recipient, row.person) == (f"{row.id}@x.example", f"r{row.id}")
        assert (row.provider_id, row.sent_at) == (f"<{row.id}>", now)
    assert [(row.id, row.state, row.owner, row.sent_at) for row in rows[2:4]] == [
        (taken_anew, "leased", "one", None),
        (of_another, "leased", "one", None),
    ]
    assert rows[4].state == "pending"


def test_a_turn_is_taken_by_one_only(database: Database, clock: SimulatedClock) -> None:
    now, apart = clock.real(), timedelta(seconds=1)
    with database.write() as connection:
        assert take_turn(connection, "slack:1", now, apart)
        assert not take_turn(connection, "slack:1", now, apart)
        assert take_turn(connection, "slack:2", now, apart)
        assert take_turn(connection, "slack:1", now + apart, apart)
        leave_alone(connection, "slack:1", now + 10 * apart)
        leave_alone(connection, "slack:1", now + 5 * apart)
        assert not take_turn(connection, "slack:1", now + 9 * apart, apart)


def _fields(taken: Taken) -> dict[str, Any]:
    return {name: getattr(taken, name) for name in Taken.__dataclass_fields__}


def test_a_rep_is_added_changed_listed_and_deactivated(
    database: Database, clock: SimulatedClock
) -> None:
    with database.write() as connection:
        assert reps.add(connection, Rep("r2", name="Bo", email="bo@x.example"), clock.now())
        assert reps.add(connection, Rep("r1", name="Ana", manager="r2"), clock.now())
        assert not reps.add(connection, Rep("r1", email="ana@x.example"), clock.now())
        reps.deactivate(connection, "r2", clock.now())
    with database.read() as connection:
        assert reps.every(connection) == [
            Rep("r1", name="Ana", email="ana@x.example", manager="r2"),
            Rep("r2", name="Bo", email="bo@x.example", active=False),
        ]
        assert reps.those(connection, ["r2", "nobody"]).keys() == {"r2"}
        times = connection.execute(rep.select().where(rep.c.id == "r1")).one().field_times
    assert times["email"] == ["2026-03-02T06:00:00+00:00", "vigia", "rep"]


def test_several_are_leased_together_but_not_two_of_one_alert(
    database: Database, clock: SimulatedClock
) -> None:
    others = [NewDelivery(f"a_{n}", 1, "rep", "email", MESSAGE) for n in range(2, 6)]
    keep(database, clock, new(1), new(2), *others)
    now = clock.real() + timedelta(seconds=1)
    with database.write() as connection:
        first, second = (
            taking.take(
                connection, owner=owner, channel="email", apart=timedelta(0), now=now, most=4
            )
            for owner in ("one", "two")
        )
    assert [(one.alert, one.number) for one in first] == [(f"a_{n}", 1) for n in range(1, 5)]
    assert [one.alert for one in second] == ["a_5"]
    assert {one.attempt for one in first} == {1}
    with database.write() as connection:
        assert deliveries.put_back(connection, first[1])
        assert not deliveries.put_back(connection, first[1])  # it is ours no more
        (again,) = taking.take(
            connection, owner="two", channel="email", apart=timedelta(0), now=now, most=4
        )
    assert (again.alert, again.attempts, again.attempt) == ("a_2", 1, 2)


def test_a_rep_who_was_deactivated_comes_back_when_added_again(
    database: Database, clock: SimulatedClock
) -> None:
    with database.write() as connection:
        reps.add(connection, Rep("r1", email="ana@x.example"), clock.now())
        reps.deactivate(connection, "r1", clock.now())
        reps.add(connection, Rep("r1"), clock.now())
        found = reps.find(connection, "r1")
    assert found == Rep("r1", email="ana@x.example", active=True)


@pytest.mark.parametrize(
    "wrong",
    [
        Rep(""),
        Rep("r\n1"),
        Rep("r" * 129),
        Rep("r1", manager="r1"),
        Rep("r1", email="ana"),
        Rep("r1", email="ana@x.example\r\nBcc: b@x.example"),
        Rep("r1", email="Ana <ana@x.example>"),
        Rep("r1", email="a@x.example,b@x.example"),
    ],
)
def test_what_cannot_be_a_rep_is_refused_without_being_repeated(
    database: Database, clock: SimulatedClock, wrong: Rep
) -> None:
    with database.write() as connection, pytest.raises(InputError) as caught:
        reps.add(connection, wrong, clock.now())
    assert wrong.email is None or wrong.email not in str(caught.value)


def test_nobody_is_deactivated_who_is_not_there(database: Database, clock: SimulatedClock) -> None:
    with database.write() as connection, pytest.raises(InputError):
        reps.deactivate(connection, "nobody", clock.now())


def test_how_to_call_a_customer(database: Database) -> None:
    with database.write() as connection:
        row = {"id": "C-1", "name": "Sol", "rep": "r1", "phone": "1", "field_times": {}}
        connection.execute(customer.insert().values(**row))
        assert card(connection, "C-1") == Card("C-1", "Sol", "1", None, rep="r1")
        assert card(connection, "C-2") is None
