"""Lists reach PostgreSQL as they are."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from shared.storage.database import Database
from shared.storage.listing import array_text

LONG = 2**63
KINDS = {
    "text": st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    "bytea": st.binary(),
    "bigint": st.integers(-LONG, LONG - 1),
    "float8": st.floats(allow_nan=False),
    "boolean": st.booleans(),
    "timestamptz": st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
}


def kept(database: Database, kind: str, values: list[Any]) -> list[Any]:
    query = text(f"SELECT element FROM unnest(CAST(:given AS {kind}[])) AS element")
    with database.read() as connection:
        return [*connection.scalars(query, {"given": values})]


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_what_is_listed_comes_back(
    postgres_database: Database, kind: str, data: st.DataObject
) -> None:
    values = data.draw(st.lists(st.none() | KINDS[kind]))
    assert kept(postgres_database, kind, values) == values


def test_what_looks_like_an_array_s_own_signs_is_text(postgres_database: Database) -> None:
    values = ["NULL", "", " ", "{}", "a,b", '"', "\\", '\\"', "\\x41", "'", None, "%s"]
    assert kept(postgres_database, "text", values) == values


@pytest.mark.parametrize("values", [[1, "1"], [True, 1], [object()], [[1]]])
def test_what_no_array_of_ours_holds_is_refused(values: list[Any]) -> None:
    with pytest.raises(TypeError):
        array_text(values)
