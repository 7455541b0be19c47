"""API keys: shown once, stored as hashes, ended for ever."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from shared.ops.clock import SimulatedClock
from shared.ops.errors import InputError
from shared.storage.database import Database
from shared.storage.keys import create_key, find_key, key_hash, list_keys, revoke_key
from shared.storage.tables import api_key


def test_a_key_is_found_by_its_hash_and_stored_nowhere_else(
    database: Database, clock: SimulatedClock
) -> None:
    with database.write() as connection:
        key, secret = create_key(connection, scopes=["read"], source="shop", at=clock.now())
    with database.read() as connection:
        assert find_key(connection, key_hash(secret)) == key
        assert find_key(connection, key_hash(secret + "x")) is None
        (row,) = connection.execute(select(api_key))
    assert secret not in map(str, row)
    assert (key.source, key.created_at, key.revoked_at) == ("shop", clock.now(), None)


def test_a_revoked_key_is_listed_and_no_longer_found(
    database: Database, clock: SimulatedClock
) -> None:
    with database.write() as connection:
        first, secret = create_key(connection, scopes=["admin"], source=None, at=clock.now())
        later = clock.now() + timedelta(seconds=1)
        second, _ = create_key(connection, scopes=["read", "ingest"], source=None, at=later)
        assert revoke_key(connection, first.id, later)
        assert not revoke_key(connection, first.id, later)
        assert not revoke_key(connection, "k_0", later)
        assert find_key(connection, key_hash(secret)) is None
        listed = list_keys(connection)
    assert [key.id for key in listed] == [first.id, second.id]
    assert [key.revoked_at for key in listed] == [later, None]
    assert listed[1].scopes == {"ingest", "read"}


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("ingest", {"ingest"}),
        ("master", {"ingest", "master"}),
        ("read", {"read"}),
        ("admin", {"ingest", "master", "read", "admin"}),
    ],
)
def test_a_scope_allows_what_it_says(
    database: Database, clock: SimulatedClock, scope: str, allowed: set[str]
) -> None:
    with database.write() as connection:
        key, _ = create_key(connection, scopes=[scope], source=None, at=clock.now())
    assert {each for each in ("ingest", "master", "read", "admin") if key.allows(each)} == allowed


@pytest.mark.parametrize(
    ("scopes", "source"),
    [([], None), (["write"], None), (["read"], ""), (["read"], "s" * 129), (["read"], "a\n")],
)
def test_what_no_key_can_have_is_refused(
    database: Database, clock: SimulatedClock, scopes: list[str], source: str | None
) -> None:
    with database.write() as connection, pytest.raises(InputError):
        create_key(connection, scopes=scopes, source=source, at=clock.now())
