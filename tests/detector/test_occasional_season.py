"""The season of the own segment and region confirms what own gaps say, and makes no score."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from services.detector.customer import Judgement
from services.detector.occasional import GapNumbers, Occasional
from shared.domain import gaps
from shared.domain.calculation import EQUAL
from shared.domain.gaps import Gaps, Silence
from shared.domain.sector import ANY, SectorSeason
from shared.domain.verdict import NOTHING_PAST
from shared.storage import evaluations
from shared.storage.evaluations import EvaluationRow
from shared.storage.tables import customer
from tests.detector.portfolios import (
    EURO,
    House,
    Trade,
    had_alert,
    judged_alone,
    rows_of,
    steady,
)
from tests.detector.regions import fallen
from tests.detector.test_occasional import RARE, REGULARS, WEEKS, explained, now_and_then, settle
from tests.postgres.kinds import every_database

DAYS = 7
SCHOOLS = [f"school {n}" for n in range(20)]
Rows = dict[str, dict[str, Any]]


def numbers_of(house: House) -> dict[str, int]:
    with house.database.read() as connection:
        return dict(connection.execute(select(customer.c.id, customer.c.number)).all())


def place(house: House, names: Iterable[str], **columns: str) -> None:
    with house.database.write() as connection:
        connection.execute(update(customer).where(customer.c.id.in_(names)).values(**columns))


def term(house: House, *, joined: bool = True) -> None:
    """Schools that buy about every four weeks, and bought nothing since they closed six weeks
    ago, beside others; where nobody joins a falling total is no season."""
    settle(house)
    begin, end = house.as_of - DAYS * WEEKS, house.as_of
    for name in SCHOOLS:
        house.add(name, now_and_then(name, begin, end - 6 * DAYS))
    if joined:
        house.add("newcomer", steady("newcomer", end - 30, end))


def parted(house: House) -> None:
    place(house, SCHOOLS, segment="school")
    place(house, [*RARE, *REGULARS, "missing"], segment="bar")


def evaluate(house: House, *, live: bool = True) -> tuple[Rows, EvaluationRow]:
    report = house.evaluator().run(house.as_of, live=live)
    with house.database.read() as connection:
        return rows_of(house, report["id"]), evaluations.read(connection, report["id"])


def alone(house: House, row: EvaluationRow, name: str) -> Judgement:
    """The judgement of one customer, which is that of the evaluation."""
    return judged_alone(house, row.id, numbers_of(house)[name])


def levels(row: EvaluationRow) -> tuple[float, float]:
    assert row.portfolio is not None
    known = row.portfolio["gaps"]
    return known["threshold"], known["closing"]


@every_database
@pytest.mark.parametrize("joined", [True, False])
def test_schools_that_are_closed_alarm_nobody(house: House, joined: bool) -> None:
    term(house, joined=joined)
    plain, before = evaluate(house, live=False)
    assert all(row["confirmed"] is None for row in plain.values())
    called = [name for name in SCHOOLS if plain[name]["verdict"] in ("alert", "below_budget")]
    assert len(called) >= 8

    parted(house)
    rows, row = evaluate(house)
    threshold, _ = levels(row)
    assert threshold < levels(before)[0]  # it is taken from both scores
    excused = [name for name in called if rows[name]["confirmed"] < threshold]
    assert len(excused) >= len(called) - 2  # two are silent for longer than the others
    assert {rows[name]["verdict"] for name in excused} == {"steady"}
    assert all(rows[name]["score"] > threshold for name in excused)
    assert rows["missing"]["verdict"] == "alert"
    assert alone(house, row, excused[0]).supported is False
    assert alone(house, row, "missing").supported is True
    judged = [name for name in plain if plain[name]["basis"] == "gap"]
    assert len(judged) >= 50
    assert [rows[name]["score"] for name in judged] == [plain[name]["score"] for name in judged]


def test_a_living_alert_ends_where_the_own_season_explains_it(house: House) -> None:
    term(house)
    parted(house)
    name, numbers = "school 9", numbers_of(house)
    for who in (name, "missing"):
        had_alert(house, numbers[who], "open", 2)
    rows, row = evaluate(house)
    assert (rows[name]["verdict"], rows["missing"]["verdict"]) == ("steady", "alert")
    _, closing = levels(row)
    assert rows[name]["confirmed"] < closing < rows[name]["score"]
    assert alone(house, row, name).recovered
    assert not alone(house, row, "missing").recovered


@every_database
def test_what_the_own_season_leaves_is_recounted_both_ways(house: House) -> None:
    """Some of the segment pause, so that a silence in it counts for a little less."""
    settle(house)
    begin, end = house.as_of - DAYS * WEEKS, house.as_of
    pausing = [f"pausing {n}" for n in range(12)]
    for name in pausing:
        house.add(name, now_and_then(name, begin, end - 30))
    house.add("newcomer", steady("newcomer", end - 30, end))
    place(house, [*pausing, *RARE[:6], "missing"], segment="cafe", region="north")
    rows, row = evaluate(house)
    house.judge()
    stood = rows["missing"]
    assert stood["verdict"] == "alert"
    assert levels(row)[0] < stood["confirmed"] < stood["score"]
    (one,) = explained(house, "missing").recounts
    assert one.found.outcome == "equal"
    assert one.found.today is not None
    for steps in (one.found.kept.steps, one.found.again, one.found.today.steps):
        assert steps.score == pytest.approx(stood["score"], abs=EQUAL)
        assert steps.confirmed == pytest.approx(stood["confirmed"], abs=EQUAL)
    place(house, ["missing"], segment="bar")
    (moved,) = explained(house, "missing").recounts
    assert moved.found.outcome == "changed"
    assert moved.found.changes.sector


def test_the_fall_of_a_region_is_no_season_that_excuses_a_silence_in_it(house: House) -> None:
    """The season of the north has learnt of its fall, and yet the silent there have not come
    back: an alert lives on, and who has none is held until the fall is over."""
    begin, end = house.as_of - DAYS * WEEKS, house.as_of
    north = [f"north {n}" for n in range(24)]
    for name in north:
        house.add(name, fallen(name, begin, end, 6))
    settle(house)
    silent = {"called": 48, "silent": 62}
    for name, days in silent.items():
        bought = range(end - days - 10 * 28, end - days + 1, 28)
        house.add(name, [Trade(day, 80 * EURO) for day in bought])
    house.add("newcomer", steady("newcomer", end - 30, end))
    place(house, [*north, *silent], region="north")
    place(house, [*RARE, *REGULARS, "missing"], region="south")
    had_alert(house, numbers_of(house)["called"], "open", 1)
    rows, row = evaluate(house)
    assert row.portfolio is not None
    assert [one["cause"]["group"][1] for one in row.portfolio["causes"]] == ["north"]
    assert rows["called"]["verdict"] == "alert"
    assert not alone(house, row, "called").recovered
    assert rows["silent"]["verdict"] == "held_common_cause"
    alone(house, row, "silent")


def test_a_silence_is_rare_by_both_seasons_or_not_at_all() -> None:
    rhythms, seasons = gaps.EQUAL, (SectorSeason(ANY, (1.0,), (1.0,)),)
    numbers = GapNumbers(rhythms, threshold=1.0, closing=0.0, seasons=seasons)
    nobody, value = np.zeros(1, np.int64), np.ones(1)
    own = Gaps(*[value] * len(Gaps.__slots__))

    def verdict(by_portfolio: float, by_own: float) -> str:
        said, told = (
            Silence(np.array([2.0]), np.array([chance]), value, value, value, value)
            for chance in (by_portfolio, by_own)
        )
        found = Occasional(nobody, own, said, told, value)
        return numbers.verdict(found.confirmed[0], found.chance[0], NOTHING_PAST)

    assert verdict(0.05, 0.05) == "below_budget"
    assert verdict(0.05, 0.2) == verdict(0.2, 0.05) == "steady"
