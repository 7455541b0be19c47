"""What is known of the year is compared where it is known, and nowhere else."""

from dataclasses import replace
from datetime import date

import numpy as np

from services.backtest.alerts import Choosing
from services.backtest.run import Plan, backtest
from services.cli.progress import progress
from shared.domain.sector import sectors
from shared.domain.verdict import Budgets
from tests.backtest.builders import sample_history

PLAN = Plan(Choosing(0.95, Budgets(5)), rivals=False, resamples=10, seed=1, compare=True)
ADDED = "without holidays and closures"


def test_seasons_are_compared_where_they_are_known() -> None:
    history = sample_history()
    plain = backtest(history, PLAN, progress)
    assert ADDED not in plain.compared
    assert plain.unconfirmed is None
    names = ["hotels" if row % 2 else None for row in range(len(history.customers))]
    days = {
        date(year, month, day): frozenset({name})
        for year in (2010, 2011)
        for month, day, name in ((1, 1, "New Year"), (12, 25, "Christmas"), (12, 27, "Boxing Day"))
    }
    known = replace(history, sectors=sectors((name, None) for name in names), holidays=days)
    found = backtest(known, PLAN, progress)
    one = found.compared[ADDED]
    assert one.worth.value != 0
    assert one.worth.high is not None
    assert one.worth.high > -0.01  # nothing of it may cost what lies beyond chance


def test_segments_change_who_alerts_and_no_score() -> None:
    history = sample_history()
    names = ["hotels" if row % 2 else "bars" for row in range(len(history.customers))]
    known = replace(history, sectors=sectors((name, None) for name in names))
    plain, found = (backtest(one, PLAN, progress) for one in (history, known))
    np.testing.assert_array_equal(found.whole.score, plain.whole.score)
    assert (found.whole.confirmed <= found.whole.score).all()
    without = found.unconfirmed
    assert without is not None
    np.testing.assert_array_equal(without.as_run.places, plain.as_run.places)
    assert 0 < len(found.as_run.places) < len(plain.as_run.places)
