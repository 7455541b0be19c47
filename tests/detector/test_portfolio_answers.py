"""What a manager says about a fall that many customers share counts for as long as it lasts."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shared.domain.action import Action
from shared.storage.acting import act
from shared.storage.alert_rows import AlertRow
from shared.storage.tables import alert
from tests.detector import regions
from tests.detector.portfolios import House
from tests.detector.regions import evaluate, history, portfolio, settle, trade_on


def answer(house: House, one: AlertRow, action: Action, **how: Any) -> None:
    with house.database.write() as connection:
        at = one.opened_at + timedelta(hours=3)
        act(connection, one.id, action, actor="manager:eva", at=at, **how)


def a_known_fall(house: House) -> None:
    """The north has fallen, and a manager says why."""
    settle(house)
    evaluate(house)
    (one,) = portfolio(house)
    answer(house, one, Action("dismiss", "known", note="the bridge is closed"))


def states(house: House) -> list[str]:
    with house.database.read() as connection:
        wanted = select(alert.c.state).where(alert.c.kind == "portfolio")
        return list(connection.execute(wanted.order_by(alert.c.opened_at)).scalars())


def weeks_go_by(house: House, weeks: int, *, north: float) -> None:
    for _ in range(weeks):
        trade_on(house, north=north)
        evaluate(house)


def test_a_fall_that_is_known_is_told_once(house: House) -> None:
    a_known_fall(house)
    weeks_go_by(house, 3, north=0.15)
    assert states(house) == ["dismissed"]


def test_one_that_gets_worse_is_told_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    mildly(monkeypatch)
    a_known_fall(house)
    weeks_go_by(house, 3, north=0.0)
    assert states(house) == ["dismissed", "open"]


def test_the_next_fall_is_another_one(house: House) -> None:
    a_known_fall(house)
    weeks_go_by(house, 3, north=1.0)
    weeks_go_by(house, 3, north=0.15)
    assert states(house) == ["dismissed", "open"]


def test_while_it_is_put_off_it_is_silent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    mildly(monkeypatch)
    settle(house)
    evaluate(house)
    (one,) = portfolio(house)
    until = one.opened_at + timedelta(days=60)
    answer(house, one, Action("snooze", "waiting", until=until.date()), until=until)
    weeks_go_by(house, 3, north=0.0)
    (now,) = portfolio(house)
    assert [kind for kind, _ in history(house, now)] == ["opened", "snoozed"]
    assert now.evidence[0]["drop_percent"] > one.evidence[0]["drop_percent"]


def mildly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the north keep half of its trade at first."""
    fallen = regions.fallen
    monkeypatch.setattr(
        regions,
        "fallen",
        lambda name, begin, end, weeks, left=0.55: fallen(name, begin, end, weeks, left),
    )
