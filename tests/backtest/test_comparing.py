"""What is known of the year is compared where it is known, and nowhere else."""

from dataclasses import replace
from datetime import date

from services.backtest.alerts import Choosing
from services.backtest.run import Plan, backtest
from services.cli.progress import progress
from shared.domain.sector import sectors
from shared.domain.verdict import Budgets
from tests.backtest.builders import sample_history

PLAN = Plan(Choosing(0.95, Budgets(5)), rivals=False, resamples=10, seed=1, compare=True)
ADDED = {"without segments and regions", "without holidays and closures"}


def test_seasons_are_compared_where_they_are_known() -> None:
    history = sample_history()
    assert not ADDED & set(backtest(history, PLAN, progress).compared)
    names = ["hotels" if row % 2 else None for row in range(len(history.customers))]
    days = {
        date(year, month, day): frozenset({name})
        for year in (2010, 2011)
        for month, day, name in ((1, 1, "New Year"), (12, 25, "Christmas"), (12, 27, "Boxing Day"))
    }
    known = replace(history, sectors=sectors((name, None) for name in names), holidays=days)
    found = backtest(known, PLAN, progress).compared
    assert set(found) >= ADDED
    for name in ADDED:
        one = found[name]
        assert one.worth.value != 0
        assert one.worth.high is not None
        assert one.worth.high > -0.01  # nothing of it may cost what lies beyond chance
