"""The databases under test."""

import pytest

from shared.storage.database import Database
from tests.postgres.kinds import KINDS


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> Database:
    """A migrated database of this test's own: zone UTC, weeks from Monday, no rows."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found
