"""A cell means the same to an import and to a backtest, and never another number than it shows."""

from decimal import Decimal
from pathlib import Path

import pytest

from services.cli.cells import BadCell
from services.cli.sales_cells import Amounts
from shared.domain.money import UNITS
from shared.ops.errors import InputError
from tests.cli.test_import_file import HEADER, bodies, read

COMMA = "delimiter = ';'\ndecimal = ','\n"


def sold(tmp_path: Path, amount: str, quantity: str = "1") -> dict[str, object]:
    """The data of the one purchase in a file with decimal commas."""
    text = HEADER.replace(",", ";") + f"1;2026-01-05T10:00:00Z;ana;{amount};tea;{quantity}\n"
    (order,) = bodies(read(tmp_path, text, mapping=COMMA))
    data = order["data"]
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12,50", "12.5"),
        ("1250", "1250"),
        ("1.250", "1250"),
        ("1.234,50", "1234.5"),
        ("+1.234.567,", "1234567"),
        ("1234,5", "1234.5"),
        ("0,5", "0.5"),
        (",5", "0.5"),
    ],
)
def test_a_decimal_comma_and_points_between_thousands(
    tmp_path: Path, written: str, meant: str
) -> None:
    assert sold(tmp_path, written)["amount"] == meant
    assert Amounts(",")[f" {written} "] == Decimal(meant) * UNITS
    assert Amounts(",")[f"-{written.lstrip('+')}"] == -Decimal(meant) * UNITS


@pytest.mark.parametrize(
    "written", ["12.50", "1.5.5", "1.2345", "1234.567", "0.125", ".500", "1.234,5.6", "1,234.50"]
)
def test_a_point_that_groups_no_thousands_is_refused(tmp_path: Path, written: str) -> None:
    for amount, quantity, column in ((written, "1", "amount"), ("1", written, "quantity")):
        with pytest.raises(InputError) as raised:
            sold(tmp_path, amount, quantity)
        line = str(raised.value)
        assert f"row 2: column {column}: not a number with a decimal comma" in line
        assert 'take decimal = "," out of the mapping' in line
        assert "\n" not in line
    with pytest.raises(BadCell, match="take decimal") as bad:
        Amounts(",")[written]
    assert bad.value.column == "amount"
