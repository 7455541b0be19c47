"""Cells of a company's file, as imports and backtests read them alike."""

import re
from functools import lru_cache

# Points stand between groups of three digits, or nowhere; 0.500 is half of something.
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]*)?")


class BadCell(Exception):
    """A cell that cannot be used: our name of its column, and what is wrong."""

    def __init__(self, column: str, detail: str) -> None:
        super().__init__(detail)
        self.column = column
        self.detail = detail


@lru_cache(maxsize=65_536)  # a shop has far fewer prices than rows
def with_point(text: str, column: str) -> str:
    """A number with a decimal comma (1.234,50) as one with a decimal point (1234.50).

    Raises BadCell for a point that groups no thousands: without it the number would be another.
    """
    if "." in text and not _GROUPED.fullmatch(text):
        raise BadCell(
            column,
            "not a number with a decimal comma such as 1.234,50; if the file's decimals stand "
            'behind a point, take decimal = "," out of the mapping',
        )
    return text.replace(".", "").replace(",", ".")
