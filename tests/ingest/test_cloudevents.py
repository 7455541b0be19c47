"""Events as the CloudEvents project's own library sends them, over a socket."""

import gzip
import http.client
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from fastapi.testclient import TestClient
from sqlalchemy import delete, select

from shared.eventlog.records import DIGEST
from shared.storage.database import Database
from shared.storage.headers import unpack_headers
from shared.storage.tables import log_record, quarantine
from tests.ingest.builders import SECRET_TEXT, Server, new_key, purchase

BATCH = "application/cloudevents-batch+json"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
STRANGE = 'Café "Luz" 10 % €😀/?#+ \\ñ'
FIELDS: list[dict[str, Any]] = [
    {},
    {"subject": STRANGE, "id": "%41", "source": "tienda nº 1"},
    {"revision": 3, "sequence": "17", "partitionkey": "a b", "dataschema": "urn:x"},
    {"traceparent": PARENT, "tracestate": "a=1,b=2"},
    {"datacontenttype": "application/json"},
    {"datacontenttype": "application/json; charset=UTF-8"},
]


def sent_by_the_library(fields: Mapping[str, Any]) -> CloudEvent:
    event = purchase(**fields)
    data = event.pop("data")
    event["time"] = datetime.fromisoformat(event["time"])
    return CloudEvent({"specversion": "1.0", **event}, data)


def post(server: Server, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    authorized = {"Authorization": f"Bearer {server.secret}", **headers}
    connection.request("POST", "/v1/events", body=body, headers=authorized)
    answer = connection.getresponse()
    result = answer.status, json.loads(answer.read())
    connection.close()
    return result


def records(database: Database) -> list[Any]:
    """(key, value, headers) of every record in the log; none is left there."""
    columns = (log_record.c.key, log_record.c.value, log_record.c.headers)
    with database.write() as connection:
        found = list(connection.execute(select(*columns).order_by(log_record.c.offset)))
        connection.execute(delete(log_record))
    return [tuple(each) for each in found]


def test_every_mode_of_the_library_gives_the_record_of_the_plain_post(
    server: Server, database: Database
) -> None:
    for fields in FIELDS:
        event = sent_by_the_library(fields)
        structured, binary = to_structured_event(event), to_binary_event(event)
        batch = b"[" + JSONFormat().write(event) + b"]"
        packed = {"Content-Encoding": "gzip"}
        for headers, body in (
            ({"Content-Type": "application/json"}, json.dumps(purchase(**fields)).encode()),
            (structured.headers, structured.body),
            (binary.headers, binary.body),
            ({"Content-Type": BATCH}, batch),
            (structured.headers | packed, gzip.compress(structured.body)),
            (binary.headers | packed, gzip.compress(binary.body)),
        ):
            assert post(server, headers, body) == (202, {"accepted": 1})
        plain, *others = records(database)
        assert others == [plain] * 5
    assert post(server, {"Content-Type": BATCH}, b"[]") == (202, {"accepted": 0})


def test_the_attributes_arrive_as_they_were(server: Server, database: Database) -> None:
    fields = {"subject": STRANGE, "id": "%41", "revision": 3, "traceparent": PARENT}
    binary = to_binary_event(sent_by_the_library(fields))
    assert post(server, binary.headers, binary.body)[0] == 202
    ((key, value, _),) = records(database)
    assert key.decode() == STRANGE
    event = json.loads(value)
    assert {name: event[name] for name in fields} == fields
    assert "datacontenttype" not in event


HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "r1",
    "ce-source": "till 1",
    "ce-type": "purchase",
    "ce-subject": "c1",
    "ce-time": "2026-03-01T10:00:00+01:00",
    "Content-Type": "application/json",
}
DATA = b'{"amount":"12.50","currency":"EUR"}'


def test_a_trace_of_the_request_is_taken_by_events_without_their_own(
    client: TestClient, database: Database
) -> None:
    own = {"traceparent": OTHER}
    traced = {"traceparent": PARENT, "tracestate": "a=1"}
    items = [purchase(1), purchase(2, **own), purchase(3, tracestate="b=2")]
    client.post("/v1/events", json=items, headers=traced)
    client.post("/v1/events", content=DATA, headers=HEADERS | traced)
    client.post("/v1/events", content=DATA, headers=HEADERS | {"ce-traceparent": OTHER} | traced)
    found = [json.loads(value) for _, value, _ in records(database)]
    kept = [(event.get("traceparent"), event.get("tracestate")) for event in found]
    assert kept == [
        (PARENT, "a=1"),
        (OTHER, None),
        (None, "b=2"),
        (PARENT, "a=1"),
        (OTHER, None),
    ]


def test_the_trace_is_no_part_of_what_an_event_says(client: TestClient, database: Database) -> None:
    for headers in ({}, {"traceparent": PARENT}, {"traceparent": OTHER, "tracestate": "x=y"}):
        assert client.post("/v1/events", json=purchase(), headers=headers).status_code == 202
    found = records(database)
    assert len({value for _, value, _ in found}) == 3
    digests = {dict(unpack_headers(headers))[DIGEST] for _, _, headers in found}
    assert len(digests) == 1


@pytest.mark.parametrize(
    "headers",
    [
        [("traceparent", SECRET_TEXT)],
        [("traceparent", PARENT.upper())],
        [("traceparent", "ff" + PARENT[2:])],
        [("traceparent", f"00-{'0' * 32}-b7ad6b7169203331-01")],
        [("traceparent", PARENT), ("traceparent", OTHER)],
        [("tracestate", "a=1")],
    ],
)
def test_a_trace_that_is_none_is_passed_over(
    client: TestClient, database: Database, headers: list[tuple[str, str]]
) -> None:
    answer = client.post("/v1/events", content=json.dumps(purchase()), headers=[*headers, *JSON])
    assert answer.status_code == 202
    ((_, value, _),) = records(database)
    assert "trace" not in value.decode()


JSON = [("Content-Type", "application/json")]


def test_a_state_too_long_is_left_and_the_parent_taken(
    client: TestClient, database: Database
) -> None:
    headers = {"traceparent": PARENT, "tracestate": "a=" + "1" * 600}
    assert client.post("/v1/events", json=purchase(), headers=headers).status_code == 202
    ((_, value, _),) = records(database)
    event = json.loads(value)
    assert (event["traceparent"], event.get("tracestate")) == (PARENT, None)


def binary_post(
    client: TestClient, headers: Mapping[str, Any], body: bytes = DATA, query: str = ""
) -> Any:
    """Post in binary mode; a header that is a list is sent once for each."""
    pairs: list[tuple[bytes, bytes]] = []
    for name, values in (HEADERS | dict(headers)).items():
        for value in values if isinstance(values, list) else [values]:
            if value is not None:
                pairs.append((name.encode(), value.encode()))
    return client.post(f"/v1/events{query}", content=body, headers=pairs)


@pytest.mark.parametrize(
    ("headers", "pointer"),
    [
        ({"ce-id": None}, "/id"),
        ({"ce-type": None}, "/type"),
        ({"ce-source": None}, "/source"),
        ({"ce-subject": None}, "/subject"),
        ({"ce-time": None}, "/time"),
        ({"ce-id": ""}, "/id"),
        ({"ce-id": ["r1", "r1"]}, "/id"),
        ({"ce-subject": f"{SECRET_TEXT}ñ"}, "/subject"),
        ({"ce-subject": "%C0%A0"}, "/subject"),
        ({"ce-subject": "%ed%a0%80"}, "/subject"),
        ({"ce-subject": "%00"}, "/subject"),
        ({"ce-subject": "100%"}, "/subject"),
        ({"ce-subject": "%4"}, "/subject"),
        ({"ce-subject": '"open'}, "/subject"),
        ({"ce-revision": "one"}, "/revision"),
        ({"ce-revision": "01"}, "/revision"),
        ({"ce-revision": "-1"}, "/revision"),
        ({"ce-specversion": "0.3"}, "/specversion"),
        ({"ce-datacontenttype": "application/json"}, "/datacontenttype"),
        ({"ce-data": "{}"}, "/data"),
        ({f"ce-{SECRET_TEXT}": "1"}, ""),
        ({f"ce-{SECRET_TEXT}": "%"}, ""),
        ({"ce-": "1"}, ""),
    ],
)
def test_a_header_that_cannot_be_used_is_named(
    client: TestClient, database: Database, headers: dict[str, Any], pointer: str
) -> None:
    for query, status, number in (("", 422, 0), ("?invalid=quarantine", 202, 1)):
        answer = binary_post(client, headers, query=query)
        assert answer.status_code == status
        places = [(each["index"], each["pointer"]) for each in answer.json()["errors"]]
        assert places == [(0, pointer)]
        assert SECRET_TEXT.lower() not in answer.text.lower()
        assert records(database) == []
        with database.read() as connection:
            kept = list(connection.scalars(select(quarantine.c.value)))
        assert len(kept) == number
        assert all(DATA in value and json.loads(value) for value in kept)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("caf%C3%A9%20%f0%9f%98%80", "café 😀"),
        ("%63%31", "c1"),
        ("%2541", "%41"),
        ("a+b", "a+b"),
        ('"till \\"1\\" \\\\"', 'till "1" \\'),
        ('"caf%C3%A9 1"', "café 1"),
        ("%22a%22", '"a"'),
        ("a b", "a b"),
    ],
)
def test_header_values_are_read_as_the_binding_says(
    client: TestClient, database: Database, sent: str, meant: str
) -> None:
    assert binary_post(client, {"ce-subject": sent}).status_code == 202
    ((_, value, _),) = records(database)
    assert json.loads(value)["subject"] == meant


@pytest.mark.parametrize(
    ("headers", "body", "status", "pointer"),
    [
        ({}, b"", 422, "/data"),
        ({}, b"[]", 422, "/data"),
        ({}, b"null", 422, "/data"),
        ({}, b'{"amount":1}', 422, "/data/currency"),
        ({}, b'{"amount":NaN}', 400, "/data"),
        ({}, b'{"a":' + b"[" * 31 + b"]" * 31 + b"}", 400, "/data"),
        ({}, b"{", 400, ""),
        ({}, DATA + b',"subject":"c2"', 400, ""),
        ({}, DATA + b"}" + b',"x":{', 400, ""),
        ({}, b'{"note":"' + b"x" * 1_000_000 + b'"}', 413, ""),
    ],
    ids=["empty", "list", "null", "field", "nan", "deep", "open", "behind", "spliced", "large"],
)
def test_a_body_that_is_no_data_is_refused(
    client: TestClient, headers: dict[str, str], body: bytes, status: int, pointer: str
) -> None:
    answer = binary_post(client, headers, body)
    assert answer.status_code == status
    assert [(each["index"], each["pointer"]) for each in answer.json()["errors"]] == [(0, pointer)]


@pytest.mark.parametrize("media_type", ["text/csv", "application/x-ndjson", "application/xml"])
def test_data_of_another_kind_is_refused(client: TestClient, media_type: str) -> None:
    assert binary_post(client, {"Content-Type": media_type}).status_code == 415


def test_without_a_content_type_data_is_json(client: TestClient, database: Database) -> None:
    assert binary_post(client, {"Content-Type": None}).status_code == 202
    assert len(records(database)) == 1
    assert client.post("/v1/events", content=json.dumps(purchase())).status_code == 415


def test_headers_beside_a_structured_event_are_passed_over(
    client: TestClient, database: Database
) -> None:
    mixed = HEADERS | {"ce-subject": "%", "Content-Type": "application/cloudevents+json"}
    answer = client.post("/v1/events", content=json.dumps(purchase()), headers=mixed)
    assert answer.status_code == 202
    assert len(records(database)) == 1


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("application/cloudevents+json", b"[]", 422),
        ("application/cloudevents+json", b'{"a":NaN}', 400),
        ("application/cloudevents+json", b"{} {}", 400),
        ("application/cloudevents+json", b"", 400),
        (BATCH, b"{}", 400),
        (BATCH, b"[{},", 400),
        (BATCH, b"[{}]", 422),
        (BATCH, b"[" + b",".join([b"{}"] * 5001) + b"]", 413),
        ("application/cloudevents+avro", b"{}", 415),
        ("application/cloudevents+json; charset=latin-1", b"{}", 415),
    ],
)
def test_what_is_no_cloudevent_is_refused(
    client: TestClient, media_type: str, body: bytes, status: int
) -> None:
    answer = client.post("/v1/events", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == status


@pytest.mark.parametrize("query", ["", "?invalid=quarantine"])
def test_keys_are_held_to_in_every_mode(bare: TestClient, database: Database, query: str) -> None:
    for scope, source, fields, pointer in (
        ("ingest", "till 2", {}, "/source"),
        ("master", "till 2", {}, "/source"),
        ("ingest", None, {"type": "rep"}, "/type"),
        ("ingest", "till 1", {"type": "customer"}, "/type"),
    ):
        key = {"Authorization": f"Bearer {new_key(database, scope, source=source)}"}
        event = sent_by_the_library(fields)
        batch = b"[" + JSONFormat().write(event) + b"]"
        for headers, body in (
            ({"Content-Type": BATCH}, batch),
            (to_structured_event(event).headers, to_structured_event(event).body),
            (to_binary_event(event).headers, to_binary_event(event).body),
        ):
            answer = bare.post(f"/v1/events{query}", content=body, headers=headers | key)
            assert answer.status_code == 403
            assert answer.json()["errors"][0]["pointer"] == pointer
    with database.read() as connection:
        assert list(connection.execute(select(quarantine))) == []
    assert records(database) == []


def test_what_the_quarantine_keeps_of_a_binary_event_is_an_event(
    client: TestClient, database: Database
) -> None:
    answer = binary_post(client, {"ce-time": "2027-01-01T00:00:00Z"}, query="?invalid=quarantine")
    assert answer.status_code == 202
    with database.read() as connection:
        (row,) = connection.execute(select(quarantine))
    assert json.loads(row.value) == {
        **purchase(time="2027-01-01T00:00:00Z"),
        "specversion": "1.0",
    }
    assert (row.reason, row.source, row.event_id, row.customer) == ("future", "till 1", "r1", "c1")
