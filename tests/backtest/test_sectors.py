"""The walk knows segments, regions and public holidays as the evaluation does."""

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import update

from services.backtest.history import history
from services.backtest.loading import load_sales
from services.backtest.walk import graded_weeks, walk
from shared.domain.history import Rates
from shared.domain.score import confirmed, portfolio, score
from shared.domain.sector import sectors
from shared.domain.week import day_date
from shared.domain.weeks import judged
from shared.storage.database import Database
from shared.storage.tables import customer
from tests.backtest.builders import sample_history
from tests.detector.town import settle


def test_segments_and_regions_come_out_of_the_companys_database(sqlite_database: Database) -> None:
    settle(sqlite_database)
    with sqlite_database.write() as connection:
        named = update(customer).values(segment="school", region="south")
        connection.execute(named.where(customer.c.id == "regular-03"))
    with sqlite_database.read() as connection:
        known = history(load_sales(connection), Rates("EUR", {}))
    found = known.until(30).sectors
    assert found is not None
    assert known.customers == sorted(known.customers)
    told = {name: pair for name, pair in zip(known.customers, found, strict=True) if any(pair)}
    assert told == {"regular-03": ("school", "south")}


def test_the_season_of_the_own_sector_confirms_the_score() -> None:
    known = sample_history()
    named = sectors((f"s{place % 3}", None) for place in range(len(known.customers)))
    parted = replace(known, sectors=named)
    columns = graded_weeks(known.weeks)
    first = columns[:1]
    found = walk(parted, first, lambda _: None)
    weeks = parted.until(first[0])
    chosen = weeks.take(np.flatnonzero(judged(weeks).judged))
    numbers = portfolio(chosen, closed_cohort=parted.closed_cohort(first[0]))
    assert len(numbers.sectors) == 3
    scores = score(chosen, numbers, ()).score
    assert found.score == pytest.approx(scores)
    assert found.confirmed == pytest.approx(confirmed(chosen, numbers, (), scores))
    assert np.abs(found.confirmed - found.score).max() > 0.001
    plain = walk(known, first, lambda _: None)
    np.testing.assert_array_equal(plain.confirmed, plain.score)


def test_holidays_are_those_of_the_weeks_up_to_each() -> None:
    known = sample_history()
    column = graded_weeks(known.weeks)[3]
    day = day_date(known.start + column * 7)
    assert known.holiday_weeks(column) is None
    kept = replace(known, holidays={day: frozenset(["Founders' Day"])})
    weeks = kept.holiday_weeks(column)
    assert weeks is not None
    assert len(weeks.names) == column + 1
    assert [sorted(names) for names in weeks.names[-2:]] == [[], ["Founders' Day"]]
    assert weeks.open[-1] < 1
    before = kept.holiday_weeks(column - 1)
    assert before is not None
    assert not any(before.names)
    one = graded_weeks(known.weeks)[3:4]
    closed, plain = (walk(each, one, lambda _: None) for each in (kept, known))
    assert np.abs(closed.raw - plain.raw).max() > 0
