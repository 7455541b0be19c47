"""Many values as one table inside a statement: unnest on PostgreSQL, json_each on SQLite."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Text,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.types import TypeEngine


def table(
    connection: Connection, columns: Sequence[tuple[str, TypeEngine[Any]]], rows: Sequence[Any]
) -> FromClause:
    """A FROM element with the named columns and a row for each of `rows`.

    A row is a sequence with a value for each column, or the value itself where there is but one
    column. Values are whatever JSON can say.
    """
    single = len(columns) == 1
    if connection.dialect.name == "postgresql":
        lists = [list(rows)] if single else [list(each) for each in zip(*rows, strict=True)]
        arrays = [
            bindparam(None, values or [], ARRAY(kind))
            for (_, kind), values in zip(columns, lists or [[] for _ in columns], strict=True)
        ]
        named = [column(name, kind) for name, kind in columns]
        return func.unnest(*arrays).table_valued(*named).render_derived(name="given")
    document = bindparam(None, json.dumps(rows), Text())
    each = func.json_each(document).table_valued("value")
    values = (
        [each.c.value]
        if single
        else [each.c.value.op("->>")(place) for place in range(len(columns))]
    )
    named_values = [value.label(name) for value, (name, _) in zip(values, columns, strict=True)]
    return select(*named_values).subquery("given")


def is_given(dialect: str, number: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether `number` is one of those that the statement is run with, see `numbers`.

    For statements that are built once and kept: building one takes longer than running it.
    """
    if dialect == "postgresql":
        return number == func.any(bindparam("numbers", type_=ARRAY(BigInteger)))
    each = func.json_each(bindparam("numbers", type_=Text())).table_valued("value")
    return number.in_(select(each.c.value))


def numbers(dialect: str, given: Iterable[int]) -> dict[str, object]:
    """The parameters of such a statement."""
    listed = sorted(given)
    return {"numbers": listed if dialect == "postgresql" else json.dumps(listed)}
