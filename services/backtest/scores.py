"""The scores of every customer-week as a file, so that anybody can grade them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from services.backtest.history import History
from services.backtest.walk import Walk
from shared.domain.week import day_date

HEADER = "customer,week_end,judged,score\n"
NOT_JUDGED = "-99.0"  # below every score


def write_scores(path: Path, history: History, columns: range, walk: Walk) -> None:
    """A row for each graded week of each customer who had bought by then; raises OSError.

    Who was not judged has judged 0 and a score below every other.
    """
    names = [_cell(name) for name in history.customers]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        for column in columns:
            file.writelines(_week(history, column, walk, names))


def _week(history: History, column: int, walk: Walk, names: Sequence[str]) -> Iterator[str]:
    start, end = np.searchsorted(walk.week, (column, column + 1))
    scores = dict(
        zip(walk.customer[start:end].tolist(), walk.score[start:end].tolist(), strict=True)
    )
    day = day_date(history.week_end(column)).isoformat()
    for row in np.flatnonzero(history.first <= column).tolist():
        score = scores.get(row)
        rest = f"0,{NOT_JUDGED}" if score is None else f"1,{score!r}"
        yield f"{names[row]},{day},{rest}\n"


def _cell(name: str) -> str:
    """The name as a cell of a CSV file."""
    if any(mark in name for mark in ',"\r\n'):
        return '"' + name.replace('"', '""') + '"'
    return name
