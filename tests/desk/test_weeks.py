"""The customer's year: what the judge sees, beside the level and the season it stored."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.desk.chart import HEIGHT, chart
from services.desk.weeks import Weeks, load_weeks
from shared.storage import evaluations
from shared.storage.tables import evaluation, event
from shared.wording import language
from tests.desk.company import Office
from tests.detector.town import CALENDAR, MONDAY, Town

ENGLISH = language("en")


def loaded(office: Office, evidence: list[dict[str, Any]] | None = None) -> Weeks:
    row = office.alert
    assert row.customer is not None
    given = row.evidence if evidence is None else evidence
    today = CALENDAR.day_of(office.clock.now())
    with office.database.read() as connection:
        return load_weeks(connection, row.customer, given, office.settings, CALENDAR, today)


def weeks(**changes: Any) -> Weeks:
    given: dict[str, Any] = {
        "first_days": tuple(date(2025, 3, 3) + timedelta(weeks=n) for n in range(53)),
        "amounts": (100.0,) * 48 + (0.0, 20.0, 0.0, 0.0, 5.0),
        "currency": "EUR",
        "usual": 100.0,
        "expected": (None,) * 53,
        "recent": 4,
    }
    return Weeks(**(given | changes))


def test_a_year_and_the_running_week_are_shown(office: Office) -> None:
    found = loaded(office)
    assert len(found.amounts) == len(found.first_days) == len(found.expected) == 53
    assert found.first_days[-1] == MONDAY
    assert found.amounts[-5:] == (0.0,) * 5  # stopped four weeks ago
    assert found.amounts[-6] > 0
    assert found.currency == "EUR"


def test_the_level_is_the_one_the_sentence_tells(office: Office) -> None:
    drop, weeks = (
        next(item for item in office.alert.evidence if item["kind"] == kind)
        for kind in ("drop", "weeks")
    )
    found = loaded(office)
    assert found.usual == float(drop["weekly_usual"])
    assert found.recent == drop["window_weeks"]
    assert loaded(office, [weeks]).usual == float(weeks["usual"])
    assert loaded(office, []).usual is None


def season_of(office: Office, **seasons: Any) -> None:
    """Let the newest evaluation have known other seasons."""
    with office.database.write() as connection:
        row = evaluations.newest_live(connection)
        assert row is not None
        assert row.portfolio is not None
        told = {**row.portfolio, "numbers": {**row.portfolio["numbers"], **seasons}}
        newest = update(evaluation).where(evaluation.c.id == row.id)
        connection.execute(newest.values(portfolio=told))


def test_the_season_is_what_the_evaluation_stored(office: Office) -> None:
    """Its mean over the weeks of the usual level is that level."""
    season_of(office, season_spend=[1.0] * 30 + [2.0, 2.0, 0.5, 0.5], sectors=[])
    found = loaded(office)
    assert found.usual is not None
    shown = found.expected[-5:-1]
    wanted = [found.usual * factor for factor in (2, 2, 0.5, 0.5)]
    assert shown == pytest.approx(wanted, abs=0.01)
    assert found.expected[-1] is None  # nobody has judged the running week
    assert found.expected[: 53 - 35] == (None,) * (53 - 35)


def test_a_segment_has_its_own_season(office: Office) -> None:
    flat = [1.0] * 34
    bakeries = [["bakery", None], flat, [1.0] * 33 + [3.0]]
    season_of(office, season_spend=flat, sectors=[[["bar", None], flat, [9.0] * 34], bakeries])
    found = loaded(office)
    assert found.usual is not None
    assert found.expected[-2] == pytest.approx(3 * found.usual, abs=0.01)
    office.change(segment="of its own kind")
    assert loaded(office).expected[-2] == pytest.approx(found.usual, abs=0.01)


def test_what_was_given_back_was_not_bought(office: Office) -> None:
    before = sum(loaded(office).amounts)
    with office.database.write() as connection:
        mine = select(event).where(event.c.customer == office.alert.customer)
        bought = connection.execute(mine.order_by(event.c.day.desc())).first()
        assert bought is not None
        back = {"source": "kiosk", "id": "back", "type": "refund", "ref": bought.id}
        row = {**bought._mapping, **back}
        del row["number"]
        connection.execute(event.insert().values(row))
    assert sum(loaded(office).amounts) == pytest.approx(before - 140)


def test_trade_since_the_alert_is_shown_at_once(office: Office) -> None:
    town = Town(office.database, office.clock, office.wakeup)
    town.buys("leaver", [MONDAY], amount=77)
    assert loaded(office).amounts[-1] == 77.0


def test_every_week_is_drawn_and_told() -> None:
    drawn = chart(weeks(), ENGLISH)
    assert drawn is not None
    assert len(drawn.bars) == len(drawn.rows) == 53
    assert [bar.kind for bar in drawn.bars[-6:]] == ["past", *["recent"] * 4, "running"]
    assert drawn.bars[0].label == "Mar 3: 100 EUR"
    assert drawn.rows[-1].running
    assert drawn.usual == "100 EUR"
    assert not drawn.has_season
    data = json.loads(drawn.data)
    assert data["amounts"] == list(weeks().amounts)
    assert data["usual"] == 100.0
    assert len(data["labels"]) == 53


def test_nothing_bought_in_a_year_is_no_picture() -> None:
    assert chart(weeks(amounts=(0.0,) * 53), ENGLISH) is None


def test_a_huge_order_does_not_flatten_the_rest() -> None:
    drawn = chart(weeks(amounts=(100.0,) * 51 + (90_000.0, 0.0)), ENGLISH)
    assert drawn is not None
    assert drawn.bars[0].height > HEIGHT / 2
    assert drawn.bars[51].height == HEIGHT


def test_who_bought_but_once_or_twice_has_a_picture_too() -> None:
    drawn = chart(weeks(amounts=(50.0,) + (0.0,) * 52, usual=None), ENGLISH)
    assert drawn is not None
    assert drawn.bars[0].height == HEIGHT
    assert drawn.usual_y is None


def test_a_season_that_says_nothing_is_not_drawn() -> None:
    flat = chart(weeks(expected=(None,) * 20 + (100.2,) * 32 + (None,)), ENGLISH)
    assert flat is not None
    assert not flat.has_season
    wavy = chart(weeks(expected=(None,) * 20 + (80.0, 120.0) * 16 + (None,)), ENGLISH)
    assert wavy is not None
    assert len(wavy.season) == 1
    assert len(wavy.season[0].split()) == 32
    assert wavy.rows[20].expected == "80 EUR"
