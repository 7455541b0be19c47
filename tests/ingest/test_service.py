"""The application as a whole: operations, problems for everything, and its description."""

import threading
from typing import Any

import anyio
import httpx2 as httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry

from services.ingest.api import POST_PLACES
from services.ingest.formats import MEDIA_TYPES
from services.ingest.metrics import IngestMetrics
from services.ingest.watch import Watch
from shared.contract.answers import Problem
from shared.ops.clock import SimulatedClock
from shared.storage.database import Database
from tests.ingest.builders import SECRET_TEXT, LogDown, new_key, purchase


def is_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert Problem.model_validate_json(answer.content).status == status
    assert SECRET_TEXT not in answer.text


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/events/", f"/{SECRET_TEXT}", "/docs", "/v2/x"])
def test_unknown_paths_are_problems(client: TestClient, path: str) -> None:
    is_problem(client.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/events"), ("POST", "/v1/alerts"), ("DELETE", "/v1/customers/x"), ("PUT", "/")],
)
def test_other_methods_are_problems(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    is_problem(answer, 404 if path == "/" else 405)
    assert path == "/" or answer.headers["allow"]


def test_a_fault_of_ours_is_a_problem_and_quotes_nothing(
    client: TestClient, fragile: LogDown, capsys: pytest.CaptureFixture[str]
) -> None:
    fragile.append = lambda *_args, **_more: 1 / 0  # type: ignore[method-assign,assignment]
    answer = client.post("/v1/events", json=purchase(id=SECRET_TEXT))
    is_problem(answer, 500)
    told = capsys.readouterr()
    assert "ZeroDivisionError" in told.out + told.err
    assert SECRET_TEXT not in told.out + told.err


def test_health_is_answered_while_every_place_hangs(
    app: FastAPI, fragile: LogDown, database: Database
) -> None:
    secret = new_key(database, "ingest")
    release = threading.Event()
    fragile.append = lambda *_args, **_more: release.wait(30)  # type: ignore[method-assign,assignment]
    statuses: list[int] = []

    async def main() -> None:
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", headers=headers
        ) as client:

            async def post() -> None:
                statuses.append((await client.post("/v1/events", json=purchase())).status_code)

            async with anyio.create_task_group() as group:
                for _ in range(POST_PLACES):
                    group.start_soon(post)
                await anyio.wait_all_tasks_blocked()
                refused = await client.post("/v1/events", json=purchase())
                is_problem(refused, 503)
                assert int(refused.headers["retry-after"]) >= 1
                assert (await client.get("/healthz")).status_code == 200
                assert (await client.get("/readyz")).status_code == 200
                assert (await client.get("/metrics")).status_code == 200
                release.set()

    anyio.run(main)
    assert statuses == [202] * POST_PLACES


def test_readiness_names_what_is_wrong(
    bare: TestClient, database: Database, fragile: LogDown
) -> None:
    assert bare.get("/readyz").json() == {"status": "ready", "wrong": {}}
    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE company RENAME TO elsewhere")
    fragile.down = True
    answer = bare.get("/readyz")
    assert answer.status_code == 503
    assert set(answer.json()["wrong"]) == {"log", "database"}


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


def test_what_happens_is_counted_from_zero(client: TestClient, registry: CollectorRegistry) -> None:
    outcomes = ("accepted", "invalid", "unparsable", "future", "forbidden", "quarantined")
    for outcome in outcomes:
        assert value(registry, "vigia_ingest_events_total", outcome=outcome) == 0
    assert value(registry, "vigia_http_requests_total", route="events", status="503") == 0
    late = purchase(3, time="2027-01-01T00:00:00Z")
    client.post("/v1/events", json=[purchase(1), purchase(2)])
    client.post("/v1/events?dry_run=1", json=[purchase(1)])
    client.post("/v1/events", json=[purchase(1), purchase(2, time=""), late])
    client.post("/v1/events?invalid=quarantine", json=[purchase(4), late])
    client.post("/v1/events", content=b"{", headers={"Content-Type": "application/json"})
    found = [value(registry, "vigia_ingest_events_total", outcome=outcome) for outcome in outcomes]
    assert found == [3, 1, 1, 1, 0, 1]
    assert value(registry, "vigia_http_requests_total", route="events", status="202") == 2
    assert value(registry, "vigia_http_requests_total", route="events", status="422") == 1
    assert value(registry, "vigia_http_request_seconds_count", route="events") == 5
    assert value(registry, "vigia_ingest_body_bytes_total") != 0
    assert "till 1" not in client.get("/metrics").text


def test_paths_give_no_labels(client: TestClient, registry: CollectorRegistry) -> None:
    client.get(f"/v1/{SECRET_TEXT}")
    client.get(f"/v1/customers/{SECRET_TEXT}")
    assert value(registry, "vigia_http_requests_total", route="other", status="404") == 1
    assert value(registry, "vigia_http_requests_total", route="customers", status="404") == 1
    assert SECRET_TEXT not in client.get("/metrics").text


def test_answers_are_not_kept_by_caches(client: TestClient) -> None:
    for path in ("/v1/alerts", "/nowhere", "/healthz"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


def test_the_description_names_every_event_and_refers_to_nothing_missing(
    client: TestClient,
) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert {"Event", "Purchase", "CustomerMaster", "Problem", "AlertAnswer"} <= set(schemas)
    names = {
        part.split('"')[0]
        for part in str(document).replace("'", '"').split("#/components/schemas/")[1:]
    }
    assert names <= set(schemas)
    assert "HTTPValidationError" not in schemas
    body = document["paths"]["/v1/events"]["post"]["requestBody"]["content"]
    assert set(body) == set(MEDIA_TYPES)
    assert not {"/healthz", "/metrics"} & set(document["paths"])


def test_the_watch_lets_other_protocols_pass(
    registry: CollectorRegistry, clock: SimulatedClock
) -> None:
    seen = []

    async def inner(scope: object, _receive: object, _send: object) -> None:
        seen.append(scope)

    watch: Any = Watch(inner, metrics=IngestMetrics(registry), clock=clock)
    anyio.run(watch, {"type": "lifespan"}, None, None)
    assert seen == [{"type": "lifespan"}]
