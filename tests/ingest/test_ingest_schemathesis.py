"""The application against its own description, with requests that schemathesis makes up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from prometheus_client import CollectorRegistry
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from services.ingest.service import create_app
from shared.eventlog.table import TableLog
from shared.ops.clock import SystemClock
from shared.ops.settings import Settings
from shared.ops.wakeup import LocalWakeup
from shared.storage.database import Database
from shared.storage.schema import migrate
from tests.ingest.builders import AT, new_key

# Not among them: that whatever fits the description is accepted. A description cannot say that
# an event's time is not in the future, nor what a line of NDJSON holds.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
    ignored_auth,
]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    path: Path = tmp_path_factory.mktemp("described") / "vigia.db"
    database = Database(f"sqlite:///{path}")
    migrate(database, zone="UTC", first_weekday=0, at=AT)
    clock = SystemClock()
    app = create_app(
        settings=Settings(),
        database=database,
        log=TableLog(database, clock, LocalWakeup(), owner="test"),
        clock=clock,
        registry=CollectorRegistry(),
    )
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    schema.config.update(headers={"Authorization": f"Bearer {new_key(database, 'admin')}"})
    # Literals of our source as values: finding out which fit where takes longer than all the rest.
    schema.config.analysis.constants.enabled = False
    yield schema
    database.close()


OPERATIONS = [
    ("/v1/events", "POST"),
    ("/v1/alerts", "GET"),
    ("/v1/customers", "GET"),
    ("/v1/alerts/{id}", "GET"),
    ("/v1/customers/{id}", "GET"),
]
# Every text is an id that might exist, so no id is against the description.
TRIED = [
    *((path, method, GenerationMode.POSITIVE) for path, method in OPERATIONS),
    *((path, method, GenerationMode.NEGATIVE) for path, method in OPERATIONS[:3]),
]


@pytest.mark.parametrize(("path", "method", "mode"), TRIED)
def test_the_application_does_as_described(
    described: schemathesis.BaseSchema, path: str, method: str, mode: GenerationMode
) -> None:
    cases = described[path][method].as_strategy(mode)

    @given(case=cases)
    @settings(max_examples=6, deadline=None, database=None, derandomize=True)
    def does(case: schemathesis.Case[Any]) -> None:
        # The quarantine takes what does not fit; that is what it is for.
        quarantined = (case.query or {}).get("invalid") == "quarantine"
        checks = [check for check in CHECKS if check is not negative_data_rejection]
        case.call_and_validate(checks=checks if quarantined else CHECKS)

    does()


def test_every_operation_is_tried(described: schemathesis.BaseSchema) -> None:
    assert set(described) == {path for path, _ in OPERATIONS}
