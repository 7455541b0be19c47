"""The ledger: every accepted event once, and of a corrected document the highest revision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Integer, Text, and_, func, select
from sqlalchemy.exc import IntegrityError

from shared.contract.reading import AT_ANY_TIME, InvalidEvent, decode, digest
from shared.storage import arrays
from shared.storage.bulk import ManyRows, copy
from shared.storage.new_rows import NewRows
from shared.storage.tables import event

COUNTED, REPLACED = "counted", "replaced"

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
class Added:
    """What became of the facts given to `add`.

    `rows` are the rows that were added, `fresh` their facts and `columns` the same by column, in
    any order; `repeats` counts facts the ledger knew; `conflicts` are the places, in what was
    given, of facts that contradict what the ledger has under the same key. `corrected`: whether
    anything was ever corrected before; None where the ledger has still to be asked.
    """

    rows: NewRows
    fresh: Sequence[Fact]
    columns: Columns
    repeats: int
    conflicts: Sequence[int]
    corrected: bool | None = None


STORED = Fact._fields[:13]
_ROWS = ManyRows(event, STORED, fixed={"state": f"'{COUNTED}'"}, ending="ON CONFLICT DO NOTHING")
WORTH_COPYING = 200  # rows: a savepoint and numbers drawn beforehand are more questions
# Both would rather walk another index for a row that is nearly never there: SQLite is told which
# to use, PostgreSQL sees it by the order.
CORRECTED = {
    "sqlite": "SELECT 1 FROM event INDEXED BY ix_event_corrected WHERE revision > 0 LIMIT 1",
    "postgresql": "SELECT 1 FROM event WHERE revision > 0 ORDER BY source, id LIMIT 1",
}
_NUMBER_AND_CORRECTED = f"number, ({CORRECTED['postgresql']})"
_NUMBERS = "SELECT array_agg(nextval('event_number_seq')) FROM generate_series(1, %s)"
_ONCE_DIGESTED = b'"datacontenttype"'  # also where it says nothing: that data are JSON
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
    corrected = None
    if connection.dialect.name == "postgresql":
        columns = _columns(sorted(facts, key=_key), numbers)
        worth_it = likely_new and len(facts) >= WORTH_COPYING
        given = _copied(connection, columns) if worth_it else None
        if given is None:
            ordered = zip(*_stored(columns), strict=True)
            told = _ROWS.insert_returning(connection, ordered, _NUMBER_AND_CORRECTED)
            given = [row[0] for row in told]
            corrected = any(row[1] for row in told)
        added, rows = len(given), NewRows(numbers=given)
    else:
        columns = _columns(facts, numbers)
        rows = NewRows(connection.scalar(select(func.max(event.c.number))) or 0)
        added = _ROWS.insert(connection, zip(*_stored(columns), strict=True))
    if added == len(facts):
        return Added(rows, facts, columns, 0, (), corrected)
    fresh, left = _part(connection, rows, facts)
    conflicts = [left[place] for place in unlike(connection, [facts[place] for place in left])]
    repeats = len(left) - len(conflicts)
    return Added(rows, fresh, _columns(fresh, numbers), repeats, conflicts, corrected)


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


def unlike(connection: Connection, facts: Sequence[Fact]) -> list[int]:
    """The places of facts that the ledger has not, or not as they are: repeats are all others."""
    digests = _held(connection, facts, event.c.digest)
    other = [n for n, fact in enumerate(facts) if digests.get(fact.key) != fact.digest]
    bodies = _held(connection, [facts[n] for n in other], event.c.body) if other else {}
    return [n for n in other if not _say_the_same(facts[n].body, bodies.get(facts[n].key))]


def _held(connection: Connection, facts: Iterable[Fact], column: Column[bytes]) -> dict[Key, bytes]:
    """What the ledger has in `column` under the keys of these facts."""
    keys = {fact.key for fact in facts}
    given = arrays.table(connection, _KEY_COLUMNS, sorted(keys))
    same = [event.c[name] == given.c[name] for name, _ in _KEY_COLUMNS]
    columns = (event.c.source, event.c.id, event.c.revision, column)
    rows = connection.execute(select(*columns).select_from(given.join(event, and_(*same))))
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _say_the_same(body: bytes, stored: bytes | None) -> bool:
    """Whether two bodies with different digests differ in nothing that is part of one today."""
    if stored is None or (_ONCE_DIGESTED not in body and _ONCE_DIGESTED not in stored):
        return False
    try:
        one, other = (digest(decode(each, now=AT_ANY_TIME)) for each in (body, stored))
    except InvalidEvent:
        return False
    return one == other


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
