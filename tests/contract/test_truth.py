"""The table of what was planted."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contract.truth import COLUMNS, TruthError, TruthRow, read_truth, truth_cells

HEADER = "customer,kind,from,to,rate\n"
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
WORDS = st.text("ab,;\"' ñ-:", max_size=9)
ROWS = st.builds(
    TruthRow,
    customer=WORDS.filter(bool),
    kind=WORDS.filter(bool),
    starts=DAYS,
    ends=st.none() | DAYS,
    rate=st.sampled_from((0.0, 0.25, 1.0, 12.0)),
    category=WORDS,
    cause=WORDS,
    trade=WORDS,
)


@given(st.lists(ROWS, max_size=4))
def test_what_is_written_is_read(rows: list[TruthRow]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([COLUMNS, *map(truth_cells, rows)])
    text.seek(0)
    assert list(read_truth(text)) == rows


def test_five_columns_are_enough() -> None:
    rows = list(read_truth([HEADER, "C1,left,2025-03-03,,0\n"]))
    assert rows == [TruthRow("C1", "left", date(2025, 3, 3), None, 0.0)]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["customer,kind,from,rate\n"], "row 1 lacks the columns to"),
        ([HEADER, "C1,left,2025-03-03,,0\n", "C2,left,soon,,0\n"], "row 3"),
        ([HEADER, "C1,left,2025-03-03,,-1\n"], "row 2"),
        ([HEADER, "C1,left,2025-03-03\n"], "row 2"),
        ([HEADER, ",left,2025-03-03,,0\n"], "row 2"),
        ([HEADER, "C1,left,2025-03-03,,nan\n"], "row 2"),
    ],
)
def test_damage_is_named_by_its_row(lines: list[str], said: str) -> None:
    with pytest.raises(TruthError, match=said):
        list(read_truth(lines))
