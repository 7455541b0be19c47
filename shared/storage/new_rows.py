"""The rows of events that one transaction added, named so that others can be found beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, ColumnElement, FromClause, bindparam, func

_GIVEN = "added_rows"


@dataclass(frozen=True, slots=True)
class NewRows:
    """The rows of the event table that one `add` made; of use in the same transaction only.

    SQLite has one writer, so they are those above the highest number there was before;
    elsewhere they are named one by one. Statements are built for either, kept, and run with
    `given`: building one takes longer than running it for a single event.
    """

    above: int = 0
    numbers: Sequence[int] | None = None

    def among(self, rows: FromClause) -> ColumnElement[bool]:
        """Whether a row of `rows`, the event table or an alias of it, is one of them."""
        number: ColumnElement[int] = rows.c.number
        if self.numbers is None:
            return number > bindparam(_GIVEN, self.above, BigInteger())
        return number == func.any(bindparam(_GIVEN, self.numbers, ARRAY(BigInteger)))

    @property
    def listed(self) -> bool:
        return self.numbers is not None

    @property
    def given(self) -> dict[str, object]:
        """The parameters that make a statement about other rows one about these."""
        return {_GIVEN: self.above if self.numbers is None else self.numbers}


def some_rows(listed: bool) -> NewRows:
    """Rows to build a statement with that is run with the `given` of others."""
    return NewRows(numbers=() if listed else None)
