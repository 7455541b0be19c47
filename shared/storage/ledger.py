"""The ledger: every accepted event once, and of a corrected document the highest revision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Text,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy.exc import IntegrityError

from shared.storage import arrays
from shared.storage.bulk import ManyRows, copy
from shared.storage.tables import event

COUNTED, REPLACED = "counted", "replaced"
_GIVEN = "added_rows"

Key = tuple[str, str, int]


class Fact(NamedTuple):
    """An event as the ledger keeps it.

    `customer` is the customer's id, None for events about a rep or a feed. `at` is the instant
    as `instant_key` writes it, `amount` in ten-thousandths. `ref` is the purchase a refund
    names, or the complaint that was resolved. `digest` and `body` are of the canonical form.
    Not stored: `batch`, it came from an import; `categories`, the amounts of its lines by
    category, None where no line names one.
    """

    source: str
    id: str
    revision: int
    type: str
    customer: str | None
    at: str
    day: int
    amount: int | None
    currency: str | None
    ref: str | None
    rep: str | None
    digest: bytes
    body: bytes
    batch: bool
    categories: Mapping[str, int] | None = None

    @property
    def key(self) -> Key:
        return self[:3]


class Columns(NamedTuple):
    """Many facts by column, with the customers' numbers: whoever goes through thousands of facts
    is quicker so. The first are those that are stored, in that order."""

    source: Sequence[str]
    id: Sequence[str]
    revision: Sequence[int]
    type: Sequence[str]
    customer: Sequence[int | None]
    at: Sequence[str]
    day: Sequence[int]
    amount: Sequence[int | None]
    currency: Sequence[str | None]
    ref: Sequence[str | None]
    rep: Sequence[str | None]
    digest: Sequence[bytes]
    body: Sequence[bytes]
    batch: Sequence[bool]


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


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the facts given to `add`.

    `rows` are the rows that were added, `fresh` their facts and `columns` the same by column, in
    any order; `repeats` counts facts the ledger knew; `conflicts` are the places, in what was
    given, of facts that contradict what the ledger has under the same key.
    """

    rows: NewRows
    fresh: Sequence[Fact]
    columns: Columns
    repeats: int
    conflicts: Sequence[int]


STORED = Fact._fields[:13]
_ROWS = ManyRows(event, STORED, fixed={"state": f"'{COUNTED}'"}, ending="ON CONFLICT DO NOTHING")
WORTH_COPYING = 200  # rows: a savepoint and numbers drawn beforehand are more questions
_NUMBERS = "SELECT array_agg(nextval('event_number_seq')) FROM generate_series(1, %s)"
_key = itemgetter(0, 1, 2)
_KEY_COLUMNS = (("source", Text()), ("id", Text()), ("revision", Integer()))
_FOLDS = 0x76696769  # the advisory lock of folds: any number that nobody else locks
_ALONE = "SELECT pg_advisory_xact_lock(%s)"
_BESIDE = "SELECT pg_advisory_xact_lock_shared(%s)"


def instant_key(instant: datetime) -> str:
    """An aware UTC instant as text of fixed length, which sorts as time does."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def join_folds(connection: Connection, *, alone: bool) -> None:
    """Wait until this transaction may fold: beside others, or `alone` and after all of them.

    First of all locks. Two revisions of a document may lie in two partitions, if it changed its
    customer, and neither transaction would see the other's row: whoever brings a correction is
    alone. So is whoever must know that no event with a smaller number is still to be committed.
    SQLite has one writer.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_ALONE if alone else _BESIDE, (_FOLDS,))


def add(
    connection: Connection,
    facts: Sequence[Fact],
    numbers: Mapping[str, int],
    *,
    likely_new: bool = True,
) -> Added:
    """Add the facts whose key is new; `numbers` gives the customers' numbers.

    `likely_new`: probably all are; if so, and only then, it is quicker to try that first.

    Of several new facts with one key the first is added. On PostgreSQL rows are added in order of
    their keys: two detectors with facts in common wait for each other in one order.
    """
    if connection.dialect.name == "postgresql":
        columns = _columns(sorted(facts, key=_key), numbers)
        worth_it = likely_new and len(facts) >= WORTH_COPYING
        given = _copied(connection, columns) if worth_it else None
        if given is None:
            ordered = zip(*_stored(columns), strict=True)
            given = _ROWS.insert_returning(connection, ordered, "number")
        added, rows = len(given), NewRows(numbers=given)
    else:
        columns = _columns(facts, numbers)
        rows = NewRows(connection.scalar(select(func.max(event.c.number))) or 0)
        added = _ROWS.insert(connection, zip(*_stored(columns), strict=True))
    if added == len(facts):
        return Added(rows, facts, columns, 0, ())
    fresh, left = _part(connection, rows, facts)
    known = digests(connection, {facts[place].key for place in left})
    conflicts = [place for place in left if known[facts[place].key] != facts[place].digest]
    repeats = len(left) - len(conflicts)
    return Added(rows, fresh, _columns(fresh, numbers), repeats, conflicts)


def _columns(facts: Sequence[Fact], numbers: Mapping[str, int]) -> Columns:
    if not facts:
        return Columns(*[()] * len(Columns._fields))
    columns: list[Any] = [*zip(*facts, strict=True)]
    whose = Fact._fields.index("customer")
    columns[whose] = tuple(map(numbers.get, columns[whose]))
    return Columns(*columns[: len(Columns._fields)])


def _stored(columns: Columns) -> Sequence[Sequence[Any]]:
    return columns[: len(STORED)]


def _copied(connection: Connection, columns: Columns) -> Sequence[int] | None:
    """The numbers of the rows, on PostgreSQL; None if one of them was there, and none was added.

    A copy takes half the time of an INSERT that looks for each row first.
    """
    count = len(columns.source)
    given = dict(zip(STORED, _stored(columns), strict=True))
    numbers: Sequence[int] = connection.exec_driver_sql(_NUMBERS, (count,)).scalar_one()
    try:
        with connection.begin_nested():
            copy(connection, event, {"number": numbers, **given, "state": [COUNTED] * count})
    except IntegrityError:
        return None
    return numbers


def digests(connection: Connection, keys: Iterable[Key]) -> dict[Key, bytes]:
    """The digest of every key that the ledger has."""
    given = arrays.table(connection, _KEY_COLUMNS, sorted(keys))
    same = [event.c[name] == given.c[name] for name, _ in _KEY_COLUMNS]
    columns = (event.c.source, event.c.id, event.c.revision, event.c.digest)
    rows = connection.execute(select(*columns).select_from(given.join(event, and_(*same))))
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _part(
    connection: Connection, rows: NewRows, facts: Sequence[Fact]
) -> tuple[list[Fact], list[int]]:
    """The facts that were added, and the places of all others."""
    keys = select(event.c.source, event.c.id, event.c.revision).where(rows.among(event))
    unseen = {(row[0], row[1], row[2]) for row in connection.execute(keys)}
    fresh, left = [], []
    for place, fact in enumerate(facts):
        if fact.key in unseen:
            unseen.remove(fact.key)
            fresh.append(fact)
        else:
            left.append(place)
    return fresh, left
