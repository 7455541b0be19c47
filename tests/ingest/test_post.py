"""POST /v1/events: all or nothing, in every form, and never a value in an answer."""

import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from services.ingest import api, limits
from shared.contract.answers import Accepted, Problem
from shared.contract.reading import decode
from shared.ops.clock import SimulatedClock
from shared.storage.database import Database
from shared.storage.tables import log_record, quarantine
from tests.ingest.builders import SECRET_TEXT, LogDown, ndjson, new_key, purchase

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
FUTURE = "2026-03-02T06:05:01Z"


def logged(database: Database) -> list[bytes]:
    """Values of all records in the log, oldest first."""
    with database.read() as connection:
        return list(connection.scalars(select(log_record.c.value).order_by(log_record.c.offset)))


def kept(database: Database) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(quarantine).order_by(quarantine.c.id)))


def accepted(answer: Any, number: int, status: int = 202) -> Mapping[str, Any]:
    assert answer.status_code == status, answer.text
    assert Accepted.model_validate_json(answer.content).accepted == number
    body: Mapping[str, Any] = answer.json()
    return body


def refused(answer: Any, status: int) -> list[tuple[int, str]]:
    """(index, pointer) of every error of a refusal that follows the rules."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate_json(answer.content)
    assert problem.status == status
    assert SECRET_TEXT not in answer.text
    assert "c1" not in answer.text
    return [(error.index, error.pointer) for error in problem.errors or ()]


def test_accepted_events_are_in_the_log(
    client: TestClient, database: Database, clock: SimulatedClock
) -> None:
    body = accepted(client.post("/v1/events", json=[purchase(1), purchase(2)]), 2)
    assert body == {"accepted": 2}
    events = [decode(value, now=clock.now()) for value in logged(database)]
    assert [event.id for event in events] == ["r1", "r2"]
    with database.read() as connection:
        (key,) = set(connection.scalars(select(log_record.c.key)))
        assert connection.scalar(select(func.count()).select_from(log_record)) == 2
    assert key == b"c1"


def test_every_form_is_taken(client: TestClient, database: Database) -> None:
    accepted(client.post("/v1/events", json=purchase()), 1)
    accepted(client.post("/v1/events", content=ndjson(purchase(), purchase(2)), headers=NDJSON), 2)
    packed = gzip.compress(ndjson(purchase()))
    headers = {**NDJSON, "Content-Encoding": "gzip"}
    accepted(client.post("/v1/events", content=packed, headers=headers), 1)
    rows = "id,time,customer,amount\nr1,2026-03-01T09:00:00Z,c1,1\nr2,2026-03-01T09:00:00Z,c1,0\n"
    answer = client.post("/v1/events", content=rows, headers={"Content-Type": "text/csv"})
    assert accepted(answer, 1) == {"accepted": 1, "skipped": 1}
    assert len(logged(database)) == 5
    assert json.loads(logged(database)[-1])["source"] == "csv"
    accepted(client.post("/v1/events", json=[]), 0)


def test_the_forms_of_one_event_are_one_record(client: TestClient, database: Database) -> None:
    rows = "id,time,customer,amount,source\nr1,2026-03-01T09:00:00Z,c1,12.5,till 1\n"
    accepted(client.post("/v1/events", json=purchase()), 1)
    accepted(client.post("/v1/events", content=rows, headers={"Content-Type": "text/csv"}), 1)
    first, second = logged(database)
    assert first == second


def test_a_dry_run_checks_and_stores_nothing(client: TestClient, database: Database) -> None:
    good, bad = purchase(), purchase(time="yesterday")
    accepted(client.post("/v1/events?dry_run=1", json=[good]), 1, status=200)
    refused(client.post("/v1/events?dry_run=1", json=[bad]), 422)
    answer = client.post("/v1/events?dry_run=true&invalid=quarantine", json=[good, bad])
    assert len(accepted(answer, 1, status=200)["errors"]) == 1
    assert logged(database) == []
    assert kept(database) == []


def test_one_bad_item_refuses_all_and_every_bad_item_is_named(
    client: TestClient, database: Database
) -> None:
    items = [
        purchase(1),
        purchase(2, time=SECRET_TEXT),
        purchase(3, data={"amount": SECRET_TEXT, "currency": SECRET_TEXT}),
        [SECRET_TEXT],
        purchase(4, time=FUTURE),
        purchase(5, **{SECRET_TEXT: 1}),
    ]
    for answer in (
        client.post("/v1/events", json=items),
        client.post("/v1/events", content=ndjson(*items), headers=NDJSON),
    ):
        places = refused(answer, 422)
        assert places[:4] == [(1, "/time"), (2, "/data/amount"), (2, "/data/currency"), (3, "")]
        assert [index for index, _ in places[4:]] == [4, 5]
    assert logged(database) == []
    assert kept(database) == []


def test_the_answer_to_countless_faults_stays_small(client: TestClient) -> None:
    extra = {f"{name}_": 1 for name in "abcdefghijklmnop"}
    answer = client.post("/v1/events", json=[purchase(1, **extra)])
    assert len(refused(answer, 422)) == 5


def test_quarantine_takes_the_good_and_keeps_the_bad(
    client: TestClient, database: Database
) -> None:
    lines = [
        json.dumps(purchase(1)).encode(),
        b'{"id": "r2", "amount": NaN}',
        json.dumps(purchase(3, time=FUTURE)).encode(),
    ]
    for body, headers in (
        (b"[" + b",".join(lines) + b"]", {"Content-Type": "application/json"}),
        (b"\n".join(lines), NDJSON),
    ):
        answer = client.post("/v1/events?invalid=quarantine", content=body, headers=headers)
        errors = accepted(answer, 1)["errors"]
        assert [(error["index"], error["pointer"]) for error in errors] == [(1, ""), (2, "/time")]
    assert len(logged(database)) == 2
    first, second, *_ = rows = kept(database)
    assert len(rows) == 4
    assert (first.reason, first.value, first.customer) == ("invalid", lines[1], None)
    assert (second.reason, second.value) == ("future", lines[2])
    assert (second.source, second.event_id, second.customer) == ("till 1", "r3", "c1")
    assert second.topic is None
    good = client.post("/v1/events?invalid=quarantine", json=purchase())
    assert accepted(good, 1)["errors"] == []


def test_a_bad_row_is_named_by_its_number(client: TestClient) -> None:
    rows = "id,time,customer,amount\nr1,2026-03-01T09:00:00Z,c1,1\nr2,2026-03-01T09:00:00,c1,1\n"
    answer = client.post("/v1/events", content=rows, headers={"Content-Type": "text/csv"})
    assert refused(answer, 422) == [(1, "/time")]
    assert answer.json()["errors"][0]["detail"].startswith("row 3: ")


def test_rows_that_add_up_to_nothing_are_checked_before_they_are_left_out(
    client: TestClient, database: Database
) -> None:
    rows = (
        "id,time,customer,amount\nr1,2026-03-01T09:00:00Z,c1,5\nr1,2026-03-01T09:00:00Z,c1,-5\n"
        "r2,garbage,c1,0\nr3,2026-03-01T09:00:00Z,,0\n"
        ",2026-03-01T09:00:00Z,c1,5\n,2026-03-01T09:00:00Z,c1,-5\n"
    )
    headers = {"Content-Type": "text/csv"}
    places = refused(client.post("/v1/events", content=rows, headers=headers), 422)
    assert places == [(1, "/time"), (2, "/subject"), (3, "/id"), (4, "/id")]
    answer = client.post("/v1/events?invalid=quarantine", content=rows, headers=headers)
    body = accepted(answer, 0)
    assert (body["skipped"], len(body["errors"])) == (1, 4)
    assert len(kept(database)) == 4
    assert logged(database) == []


def test_bad_rows_are_kept_under_the_names_they_have(
    client: TestClient, database: Database
) -> None:
    rows = (
        "id,time,customer,amount,source\n"
        "r1,2026-03-01T09:00:00Z,c1,x,till 1\n"
        "r2,2026-03-01T09:00:00Z,c2,1;5,\n"
        ",2026-03-01T09:00:00Z,,1,\n"
    )
    answer = client.post(
        "/v1/events?invalid=quarantine", content=rows, headers={"Content-Type": "text/csv"}
    )
    assert len(accepted(answer, 0)["errors"]) == 3
    named = [(row.source, row.event_id, row.customer) for row in kept(database)]
    assert named == [("till 1", "r1", "c1"), ("csv", "r2", "c2"), ("csv", None, None)]


def test_what_cannot_be_parsed_is_400_with_its_place(
    client: TestClient, database: Database
) -> None:
    for body in (b"[{},{},", b"\xff", b'{"a":1,"a":1}', b""):
        answer = client.post(
            "/v1/events", content=body, headers={"Content-Type": "application/json"}
        )
        assert refused(answer, 400)
    lines = ndjson(purchase()) + b"{\n"
    assert refused(client.post("/v1/events", content=lines, headers=NDJSON), 400) == [(1, "")]
    assert logged(database) == []


def test_limits_have_their_status(client: TestClient) -> None:
    big = bytes(limits.WIRE_BYTES + 1)
    refused(client.post("/v1/events", content=big, headers=NDJSON), 413)
    refused(client.post("/v1/events", content=iter([big]), headers=NDJSON), 413)
    headers = {**NDJSON, "Content-Encoding": "gzip"}
    bomb = gzip.compress(bytes(limits.INFLATED_BYTES + 1))
    refused(client.post("/v1/events", content=bomb, headers=headers), 413)
    refused(client.post("/v1/events", content=gzip.compress(b"{}")[:-4], headers=headers), 400)
    many = b"{}\n" * (limits.EVENTS + 1)
    refused(client.post("/v1/events", content=many, headers=NDJSON), 413)
    refused(client.post("/v1/events", content=b"<x/>"), 415)
    refused(client.post("/v1/events", json={}, headers={"Content-Encoding": "br"}), 415)


def test_an_event_too_large_for_a_record_is_named(client: TestClient) -> None:
    long, swelling = purchase(2), purchase(3)
    long["data"]["note"] = ["x" * 90_000] * 12
    body = json.dumps([purchase(1), long]).encode()
    for query in ("", "?invalid=quarantine"):
        answer = client.post(f"/v1/events{query}", content=body, headers=JSON)
        assert refused(answer, 413) == [(1, "")]
    assert refused(client.post("/v1/events", content=ndjson(long), headers=NDJSON), 413)
    swelling["data"]["note"] = "numbers"
    body = json.dumps([purchase(1), swelling]).encode()
    body = body.replace(b'"numbers"', b"[" + b"1e300," * 4000 + b"1]")
    assert refused(client.post("/v1/events", content=body, headers=JSON), 422) == [(1, "")]


def test_checking_ends_with_the_time_to_answer(client: TestClient) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "ANSWER_SECONDS", -0.1)
        refused(client.post("/v1/events", json=purchase()), 503)


@pytest.mark.parametrize(
    "query", ["invalid=maybe", "dry_run=2", "dryrun=1", f"{SECRET_TEXT}=1", "invalid="]
)
def test_unknown_parameters_are_refused(client: TestClient, query: str) -> None:
    refused(client.post(f"/v1/events?{query}", json=purchase()), 422)


def test_scopes_and_sources_are_held_to(bare: TestClient, database: Database) -> None:
    master = {"type": "customer", "data": {"name": "Ana"}}
    everything = [purchase(1), purchase(2, source="till 2"), purchase(3, **master)]
    expected: list[tuple[tuple[str, ...], str | None, list[tuple[int, str]]]] = [
        (("ingest",), None, [(2, "/type")]),
        (("ingest",), "till 1", [(1, "/source"), (2, "/type")]),
        (("master",), "till 1", [(1, "/source")]),
        (("master",), None, []),
        (("admin",), None, []),
    ]
    for scopes, source, places in expected:
        secret = new_key(database, *scopes, source=source)
        headers = {"Authorization": f"bearer {secret}"}
        for query in ("", "?invalid=quarantine"):
            before = len(logged(database))
            answer = bare.post(f"/v1/events{query}", json=everything, headers=headers)
            if places:
                assert refused(answer, 403) == places
                assert len(logged(database)) == before
            else:
                accepted(answer, 3)
    assert kept(database) == []


def test_a_bound_key_cannot_smuggle_through_the_quarantine(
    bare: TestClient, database: Database
) -> None:
    secret = new_key(database, "ingest", source="till 2")
    own = {"Authorization": f"Bearer {secret}"}
    url = "/v1/events?invalid=quarantine"
    answer = bare.post(url, json=purchase(time=FUTURE), headers=own)
    assert refused(answer, 403) == [(0, "/source")]
    rows = "id,time,customer,amount,source\nr1,2026-03-01T09:00:00Z,c1,x,till 1\n"
    answer = bare.post(url, content=rows, headers={**own, "Content-Type": "text/csv"})
    assert refused(answer, 403) == [(0, "/source")]
    assert kept(database) == []


def test_rows_without_a_source_take_the_one_of_the_key(
    bare: TestClient, database: Database
) -> None:
    secret = new_key(database, "ingest", source="till 2")
    answer = bare.post(
        "/v1/events",
        content="id,time,customer,amount\nr1,2026-03-01T09:00:00Z,c1,1\n",
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "text/csv; charset=utf-8"},
    )
    accepted(answer, 1)
    assert json.loads(logged(database)[0])["source"] == "till 2"


def test_with_the_log_down_nothing_is_called_accepted(
    client: TestClient, fragile: LogDown, database: Database
) -> None:
    fragile.down = True
    for query in ("", "?invalid=quarantine"):
        answer = client.post(f"/v1/events{query}", json=[purchase(), purchase(time="bad")][:1])
        refused(answer, 503)
        assert int(answer.headers["retry-after"]) >= 1
    mixed = client.post("/v1/events?invalid=quarantine", json=[purchase(), purchase(time="bad")])
    refused(mixed, 503)
    assert all(0 < timeout <= 4.5 for timeout in fragile.timeouts)
    assert logged(database) == []
    assert kept(database) == []
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    fragile.down = False
    accepted(client.post("/v1/events", json=purchase()), 1)
    assert client.get("/readyz").status_code == 200


def test_with_the_quarantine_unwritable_the_sender_repeats(
    client: TestClient, database: Database
) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("DROP VIEW report_quarantine")
        connection.exec_driver_sql("DROP TABLE quarantine")
    answer = client.post("/v1/events?invalid=quarantine", json=[purchase(time="bad")])
    refused(answer, 503)
