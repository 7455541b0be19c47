"""Tests that want every kind of database."""

import pytest

KINDS = ("sqlite", "postgres")

# The fixtures `database` and `town` are SQLite's unless a test or a module is marked so.
every_database = pytest.mark.parametrize("database", KINDS, indirect=True)
every_town = pytest.mark.parametrize("town", KINDS, indirect=True)
