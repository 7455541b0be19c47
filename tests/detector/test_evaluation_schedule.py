"""When the evaluation runs by itself: due, complete, waiting no longer than allowed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from services.detector.evaluation import Evaluator
from services.detector.holds import Holds
from shared.contract.topics import DETECTOR_GROUP, events_topic
from shared.domain.week import DAYS
from shared.eventlog.partition import partition_of
from shared.eventlog.port import NewRecord
from shared.storage import due
from shared.storage.tables import evaluation, feed, position
from tests.detector.portfolios import CALENDAR, House, due_rows, rows_of, steady

REGULARS = [f"regular {n}" for n in range(12)]
HOUR = timedelta(hours=1)


def done(house: House) -> list[tuple[int, bool]]:
    """Evaluations that are there, by id: weeks back from this one, and whether live."""
    found = select(evaluation.c.as_of, evaluation.c.live).order_by(evaluation.c.id)
    with house.database.read() as connection:
        return [((house.as_of - as_of) // DAYS, live) for as_of, live in connection.execute(found)]


def steps(evaluator: Evaluator) -> int:
    """How many steps did something."""
    count = 0
    while evaluator.step():
        count += 1
    return count


def tell(house: House, **values: object) -> None:
    with house.database.write() as connection:
        connection.execute(update(feed).values(**values))


def open_feed(house: House, **values: object) -> None:
    with house.database.write() as connection:
        connection.execute(insert(feed).values(source="shop", kind="live", **values))


def test_it_runs_on_monday_at_six_and_once(house: House) -> None:
    house.populate(REGULARS)
    house.pass_weeks(1)
    evaluator = house.evaluator(evaluation_hour=7)
    assert steps(evaluator) == 0
    house.clock.move_to(house.clock.now() + HOUR)
    assert steps(evaluator) == 1
    assert done(house) == [(0, True)]
    house.clock.move_to(house.clock.now() + timedelta(days=5))
    assert steps(evaluator) == 0
    assert steps(house.evaluator()) == 0


def test_another_weekday_can_be_set(house: House) -> None:
    house.populate(REGULARS)
    evaluator = house.evaluator(evaluation_weekday="tuesday")
    assert steps(evaluator) == 0
    house.clock.move_to(house.clock.now() + timedelta(days=1))
    assert steps(evaluator) == 1
    assert done(house) == [(0, True)]


def test_without_trade_there_is_nothing_to_wait_for(house: House) -> None:
    assert steps(house.evaluator()) == 0
    house.add("new", steady("new", house.as_of, house.as_of + 1, a_week=7))
    assert steps(house.evaluator()) == 0
    house.populate(REGULARS)
    assert steps(house.evaluator()) == 1


def test_the_bell_of_the_judge_rings(house: House) -> None:
    house.populate(REGULARS)
    house.evaluator().step()
    assert house.wakeup.wait("due", 0)


def test_it_waits_for_a_feed_until_it_is_complete(house: House) -> None:
    house.populate(REGULARS)
    begin = CALENDAR.starts_at(house.as_of)
    open_feed(house, last_event_at=begin - HOUR)
    evaluator = house.evaluator()
    assert steps(evaluator) == 0
    assert evaluator.waiting
    house.clock.move_to(house.clock.now() + 3 * HOUR)
    assert steps(evaluator) == 0
    tell(house, complete_until=begin)
    assert steps(evaluator) == 1
    assert not evaluator.waiting


def test_it_waits_a_day_and_then_holds_who_hangs_on_the_feed(house: House) -> None:
    house.populate(REGULARS)
    open_feed(house, last_event_at=CALENDAR.starts_at(house.as_of) - HOUR)
    evaluator = house.evaluator()
    house.clock.move_to(house.clock.now() + 24 * HOUR - timedelta(minutes=1))
    assert steps(evaluator) == 0
    house.clock.move_to(house.clock.now() + timedelta(minutes=1))
    assert steps(evaluator) == 1
    rows = rows_of(house, 1)
    assert {row["verdict"] for row in rows.values()} == {"held_incomplete"}


@pytest.mark.parametrize(
    "changes",
    [
        {"evaluation_weekday": "sunday"},
        {"evaluation_wait_hours": 168},
        {"evaluation_weekday": "sunday", "evaluation_hour": 23},
    ],
)
def test_no_wait_lasts_until_the_next_week_takes_its_turn(
    house: House, changes: dict[str, Any]
) -> None:
    """A shop that closed is incomplete for half a year: its weeks are judged all the same."""
    house.populate(REGULARS)
    open_feed(house, last_event_at=CALENDAR.starts_at(house.as_of) - HOUR)
    evaluator, first = house.evaluator(**changes), house.as_of
    for week in (first, first + DAYS):
        last_call = CALENDAR.starts_at(week + DAYS) - HOUR
        house.clock.move_to(last_call - timedelta(minutes=1))
        assert steps(evaluator) == 0
        house.clock.move_to(last_call)
        assert steps(evaluator) == 1
    with house.database.read() as connection:
        live = connection.scalars(select(evaluation.c.as_of).where(evaluation.c.live)).all()
    assert live == [first, first + DAYS]


def test_it_waits_until_the_log_is_folded_up_to_where_it_ended(house: House) -> None:
    house.populate(REGULARS)
    evaluator = house.evaluator()
    record = NewRecord("regular 1", b"{}")
    places = house.log.append(events_topic(), [record, record], timeout=1)
    assert steps(evaluator) == 0
    with house.database.write() as connection:
        connection.execute(
            insert(position).values(
                group=DETECTOR_GROUP,
                topic=events_topic(),
                partition=places[-1].partition,
                next_offset=places[-1].offset,
                topic_id="t",
            )
        )
    assert steps(evaluator) == 0
    house.log.append(events_topic(), [record], timeout=1)  # after it was due: no need to wait
    with house.database.write() as connection:
        connection.execute(update(position).values(next_offset=places[-1].offset + 1))
    assert steps(evaluator) == 1


def test_a_log_that_is_never_folded_holds_everybody_after_a_day(house: House) -> None:
    house.populate(REGULARS)
    house.log.append(events_topic(), [NewRecord("regular 1", b"{}")], timeout=1)
    evaluator = house.evaluator()
    assert steps(evaluator) == 0
    house.clock.move_to(house.clock.now() + 24 * HOUR)
    assert steps(evaluator) == 1
    assert {row["verdict"] for row in rows_of(house, 1).values()} == {"held_incomplete"}


def priorities(house: House) -> set[int]:
    with house.database.read() as connection:
        return set(due.waiting(connection))


def test_who_was_held_for_unread_records_is_judged_once_they_are_folded(house: House) -> None:
    house.populate(REGULARS)
    record = NewRecord("regular 1", b"{}")
    last = house.log.append(events_topic(), [record, record], timeout=1)[-1]
    house.clock.move_to(house.clock.now() + 24 * HOUR)
    assert steps(house.evaluator()) == 1
    holds = Holds(house.database, house.settings(), CALENDAR)

    def read_to(offset: int) -> set[int]:
        at = {"group": DETECTOR_GROUP, "topic": events_topic(), "partition": last.partition}
        with house.database.write() as connection:
            connection.execute(delete(position))
            row = {**at, "next_offset": offset, "topic_id": "t"}
            connection.execute(insert(position).values(**row))
        holds.release(house.clock.now())
        return priorities(house)

    holds.release(house.clock.now())
    assert priorities(house) == {due.HELD}
    assert read_to(last.offset) == {due.HELD}
    assert read_to(last.offset + 1) == {due.LATE}


class SixPartitions:
    """A log whose partitions all end at 5."""

    def ends(self, _topic: str) -> dict[int, int]:
        return dict.fromkeys(range(6), 5)


def test_only_who_may_be_in_an_unread_partition_is_held(house: House) -> None:
    """The others are judged on complete data."""
    numbers = house.populate(REGULARS)
    partitions = list(range(6))
    lies_in = {name: partition_of(name, 6) for name in numbers}
    stuck = lies_in[REGULARS[0]]
    held = {name for name in numbers if lies_in[name] == stuck}
    assert 0 < len(held) < len(numbers)

    def read_to(offset: int, *some: int) -> None:
        at = {"group": DETECTOR_GROUP, "topic": events_topic(), "topic_id": "t"}
        with house.database.write() as connection:
            for partition in some:
                row = {**at, "partition": partition, "next_offset": offset}
                connection.execute(insert(position).values(**row))

    read_to(5, *(partition for partition in partitions if partition != stuck))
    evaluator = replace(house, log=SixPartitions()).evaluator()  # type: ignore[arg-type]
    assert steps(evaluator) == 0
    house.clock.move_to(house.clock.now() + 24 * HOUR)
    assert steps(evaluator) == 1
    rows = rows_of(house, 1)
    assert {name for name, row in rows.items() if row["verdict"] == "held_incomplete"} == held
    assert all(rows[name]["score"] is not None for name in numbers.keys() - held)

    holds = Holds(house.database, house.settings(), CALENDAR)
    assert not holds.release(house.clock.now())
    read_to(5, stuck)
    assert holds.release(house.clock.now())
    assert {name for name, _, priority in due_rows(house) if priority == due.LATE} == held


def test_missed_weeks_are_dry_but_for_the_newest(house: House) -> None:
    house.populate(REGULARS)
    evaluator = house.evaluator()
    assert steps(evaluator) == 1
    house.pass_weeks(4)
    assert steps(evaluator) == 4
    assert done(house) == [(4, True), (0, True), (3, False), (2, False), (1, False)]
    house.pass_weeks(1)
    assert steps(evaluator) == 1


def test_only_the_last_of_many_missed_weeks_are_made_good(house: House) -> None:
    house.populate(REGULARS)
    evaluator = house.evaluator()
    steps(evaluator)
    house.pass_weeks(12)
    assert steps(evaluator) == 1 + 8


def test_an_unfinished_evaluation_is_taken_up(house: House) -> None:
    house.populate(REGULARS)
    evaluator = house.evaluator()
    steps(evaluator)
    with house.database.write() as connection:
        connection.execute(update(evaluation).values(state="running", finished_at=None))
    assert steps(evaluator) == 1
    assert done(house) == [(0, True)]
