"""Migrations make exactly the tables the code speaks of, once, whoever starts them."""

import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, inspect, select, table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.ddl import CreateView

from shared.ops.errors import ConfigurationError
from shared.storage import schema, views
from shared.storage.database import Database
from shared.storage.schema import HEAD, MIGRATIONS, migrate, pending, require_schema
from shared.storage.tables import customer, delivery, metadata
from tests.conftest import START
from tests.postgres.kinds import KINDS
from tests.postgres.server import empty as nothing

ROOT = Path(__file__).parents[2]
MIGRATE = """
import sys
from datetime import UTC, datetime
from shared.storage.database import Database
from shared.storage.schema import migrate
print("loaded", flush=True)
sys.stdin.readline()
database = Database(sys.argv[1])
migrate(database, zone="UTC", first_weekday=0, at=datetime(2026, 1, 1, tzinfo=UTC))
database.close()
"""


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    with request.getfixturevalue("postgres").fresh(nothing) as url:
        yield url


@pytest.fixture
def empty(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def schema_of(connection: Connection) -> dict[str, list[str]]:
    """The clauses of every table, index and view of a SQLite file, in whatever order."""
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    declared = {row.name: sorted(clauses(row.sql)) for row in rows}
    return {name: sql for name, sql in declared.items() if not name.startswith("alembic")}


def clauses(sql: str) -> list[str]:
    """The parts of a statement between its commas, those inside of two brackets not counted.

    SQLite writes an added column behind the last clause, whatever the lines are, and quotes
    around the name of a table that was copied.
    """
    parts, depth = [""], 0
    for letter in re.sub(r"\s+", " ", sql.replace('"', "")):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        outermost = depth == (0 if letter == ")" else 1) and letter in "(),"
        if outermost:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def test_migrations_from_empty_equal_the_tables(database: Database) -> None:
    with database.read() as connection:
        opts = {"compare_type": True, "include_object": declared_on(connection.dialect.name)}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []


def declared_on(dialect: str) -> Callable[..., bool]:
    """Leaves out of a comparison what the tables declare on other databases only."""

    def include(item: Any, _name: str, _kind: str, reflected: bool, _other: object) -> bool:
        condition = getattr(item, "_ddl_if", None)
        return reflected or condition is None or condition.dialect == dialect

    return include


def test_migrations_from_empty_declare_what_the_tables_declare(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """Also what a comparison by reflection does not see: conditions, checks, row numbers."""
    empty = Database(f"sqlite:///{tmp_path}/declared.db")
    with empty.write() as connection:
        metadata.create_all(connection)
        views.create(connection)
        wanted = schema_of(connection)
    empty.close()
    with sqlite_database.read() as connection:
        assert schema_of(connection) == wanted


def test_the_newest_revision_is_the_one_the_code_knows() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [HEAD]


def test_changed_views_come_with_a_revision() -> None:
    """`migrate` creates views anew only when a revision is due: write one, with this digest."""
    dialects = (sqlite.dialect(), postgresql.dialect())  # type: ignore[no-untyped-call]
    texts = [
        str(CreateView(selected, name).compile(dialect=dialect))
        for dialect in dialects
        for name, selected in views.VIEWS.items()
    ]
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    assert ScriptDirectory(str(MIGRATIONS)).get_revision(HEAD).module.views == digest


def test_an_empty_database_is_pending_and_named(empty: Database) -> None:
    assert pending(empty)
    with pytest.raises(ConfigurationError, match="vigia migrate"):
        require_schema(empty)
    migrate(empty, zone="UTC", first_weekday=0, at=START)
    assert not pending(empty)
    require_schema(empty)


def test_tables_of_another_version_are_named(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    assert pending(database)
    with pytest.raises(ConfigurationError, match="later"):
        require_schema(database)
    with pytest.raises(ConfigurationError, match="newer"):
        migrate(database, zone="UTC", first_weekday=0, at=START)


def test_a_failed_migration_leaves_the_database_as_it_was(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Connection) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(views, "create", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        migrate(empty, zone="UTC", first_weekday=0, at=START)
    with empty.read() as connection:
        assert inspect(connection).get_table_names() == []


def test_views_are_made_anew_when_a_revision_is_due(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as connection:
        connection.execute(text("DROP VIEW report_feed"))
        connection.execute(text("CREATE VIEW report_feed AS SELECT source AS stale FROM feed"))
        connection.execute(text("UPDATE alembic_version SET version_num = 'earlier'"))
    monkeypatch.setattr(schema, "_upgrade", lambda _: None)
    migrate(database, zone="UTC", first_weekday=0, at=START)
    with database.read() as connection:
        columns = list(connection.execute(text("SELECT * FROM report_feed")).keys())
    assert "healthy" in columns


def test_customers_of_the_first_revision_are_kept(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "HEAD", "0001")
        migrate(empty, zone="UTC", first_weekday=0, at=START)
    maria = "INSERT INTO customer (id, version, segment, active, field_times)"
    with empty.write() as connection:
        connection.execute(text(f"{maria} VALUES ('maria', 3, 'horeca', true, '{{}}')"))
    migrate(empty, zone="UTC", first_weekday=0, at=START)
    with empty.read() as connection:
        row = connection.execute(select(customer)).one()
    assert (row.id, row.version, row.segment, row.region) == ("maria", 3, "horeca", None)


def test_deliveries_of_an_earlier_revision_are_kept(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "HEAD", "0004")
        migrate(empty, zone="UTC", first_weekday=0, at=START)
    given = {
        "alert": "a_1", "number": 1, "audience": "rep", "channel": "email", "state": "pending",
        "attempts": 2, "created_at": START, "next_at": START, "message": {}, "attempt": 2,
        "until": 0,
    }  # fmt: skip
    before = [one for one in delivery.c if one.name not in ("pace", "tried")]
    old = table("delivery", *(column(one.name, one.type) for one in before))
    with empty.write() as connection:
        connection.execute(old.insert().values(given))
    migrate(empty, zone="UTC", first_weekday=0, at=START)
    with empty.read() as connection:
        row = connection.execute(select(delivery)).mappings().one()
    assert {name: row[name] for name in given} == given
    assert (row["pace"], row["tried"]) == ("email", [])


def test_two_processes_may_migrate_at_once(url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == b"loaded\n"
    for process in processes:
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=60)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    database = Database(url)
    assert not pending(database)
    database.close()


def test_only_a_migration_loads_alembic() -> None:
    code = "import sys, shared.storage.schema; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_an_installed_wheel_can_migrate(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "in%stalled")
    url = f"sqlite:///{tmp_path}/vigia.db"
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'in%stalled')!r})\n{MIGRATE}"
    done = subprocess.run(
        [sys.executable, "-c", code, url],
        input=b"\n",
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    database = Database(url)
    assert not pending(database)
    database.close()
