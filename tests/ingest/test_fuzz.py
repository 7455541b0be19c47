"""Whatever is sent: never a 500, never a value in the answer, nothing stored after a refusal."""

import gzip
import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from services.ingest import formats
from shared.storage.database import Database
from shared.storage.tables import log_record, quarantine
from tests.ingest.builders import SECRET_TEXT, ndjson, purchase

MEDIA_TYPES = [*formats.MEDIA_TYPES, "text/csv;charset=x", "a/b"]
TRICKY = [
    b"NaN",
    b"1e999999",
    b"-0",
    b"1" * 5000,
    b"0.00001",
    b'"\\ud800"',
    b'"\\u0000"',
    b'"\x00"',
    b"[" * 40 + b"]" * 40,
    b"[" * 5000,
    b'{"a":1,"a":2}',
    b"\xed\xa0\x80",
    b"null",
    b"true",
    b'"9999-12-31T23:59:59-23:59"',
    b'"0001-01-01T00:00:00+23:59"',
    b"1767225600",
]
settings.register_profile(
    "ingest", deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
modest = settings(settings.get_profile("ingest"), max_examples=100)


class World:
    def __init__(self, client: TestClient, database: Database) -> None:
        self.client = client
        self.database = database
        self._before = self.stored()

    def stored(self) -> tuple[int, int]:
        with self.database.read() as connection:
            records, rows = (
                connection.scalar(select(func.count()).select_from(table)) or 0
                for table in (log_record, quarantine)
            )
        return records, rows

    def post(self, body: bytes, headers: Any, query: str = "") -> int:
        """Post and check what holds of every answer; its status."""
        before = self._before
        answer = self.client.post(f"/v1/events{query}", content=body, headers=headers)
        status = answer.status_code
        assert status in {200, 202, 400, 403, 413, 415, 422}, (status, answer.text)
        assert SECRET_TEXT not in answer.text
        taken = answer.json().get("accepted", 0)
        bad = len({error["index"] for error in answer.json().get("errors", ())})
        if status == 202:
            expected = (before[0] + taken, before[1] + bad)
        else:
            expected = before
            assert status == 200 or answer.headers["content-type"] == "application/problem+json"
        self._before = self.stored()
        assert self._before == expected
        return status


@pytest.fixture
def world(client: TestClient, database: Database) -> World:
    return World(client, database)


queries = st.sampled_from(["", "?invalid=quarantine", "?dry_run=1", "?invalid=refuse&dry_run=0"])


@modest
@given(
    body=st.binary(max_size=300),
    media_type=st.sampled_from(MEDIA_TYPES) | st.text(max_size=30).map(ascii),
    encoding=st.sampled_from(["", "identity", "gzip", "br"]),
    query=queries,
)
def test_any_bytes(world: World, body: bytes, media_type: str, encoding: str, query: str) -> None:
    world.post(body, {"Content-Type": media_type, "Content-Encoding": encoding}, query)


@modest
@given(body=st.binary(max_size=200), cut=st.integers(0, 60), query=queries)
def test_any_gzip(world: World, body: bytes, cut: int, query: str) -> None:
    packed = gzip.compress(body)
    headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    world.post(packed[: len(packed) - cut] if cut < 30 else packed + body[cut:], headers, query)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.just(SECRET_TEXT)
    | st.sampled_from(["EUR", "purchase", "rep", "feed", "2026-03-01T10:00:00Z", "1e5", "0.00001"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6) | st.just(SECRET_TEXT), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = [*purchase(), "revision", "traceparent", "extra"]
TYPES = ["purchase", "refund", "complaint", "survey", "payment", "customer", "rep", "feed"]
events = st.builds(
    lambda kind, fields: {**purchase(), "type": kind, **fields},
    st.sampled_from(TYPES),
    st.dictionaries(st.sampled_from(FIELDS), values, max_size=2),
)


@modest
@given(items=st.lists(events, min_size=1, max_size=3), array=st.booleans(), query=queries)
def test_events_with_strange_fields(
    world: World, items: list[Any], array: bool, query: str
) -> None:
    if array:
        body = json.dumps(items).encode("utf-8", "surrogatepass")
        world.post(body, {"Content-Type": "application/json"}, query)
    else:
        world.post(ndjson(*items), {"Content-Type": "application/x-ndjson"}, query)


@pytest.mark.parametrize("tricky", TRICKY, ids=range(len(TRICKY)))
@pytest.mark.parametrize("query", ["", "?invalid=quarantine"])
def test_tricky_values_everywhere(world: World, tricky: bytes, query: str) -> None:
    whole = json.dumps(purchase(data={**purchase()["data"], "note": "x"}))
    places = [match.span(1) for match in re.finditer(r': ("[^"]*")', whole)]
    assert len(places) == 8  # every text of the envelope and of data
    for start, end in places:
        body = whole[:start].encode() + tricky + whole[end:].encode()
        for sent, media_type in (
            (body, "application/json"),
            (b"[" + body + b"," + body + b"]", "application/json"),
            (body + b"\n" + whole.encode(), "application/x-ndjson"),
        ):
            world.post(sent, {"Content-Type": media_type}, query)


attribute_values = (
    st.sampled_from(['"', "%", "%C0%A0", "%00", '"a\\"b"', "%F0%9F%98%80", SECRET_TEXT, "1", "-0"])
    | st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8)
    | st.text(st.characters(min_codepoint=0xA0, max_codepoint=0xFF), max_size=3)
)
attribute_names = st.sampled_from(
    [*FIELDS, "specversion", "tracestate", "sequence", "data", "datacontenttype", SECRET_TEXT, ""]
)
bodies = st.sampled_from(
    [b'{"amount":"1","currency":"EUR"}', b"", b"[]", b"{} {}", b'{"amount":NaN}', *TRICKY]
)


@modest
@given(
    strange=st.lists(st.tuples(attribute_names, attribute_values), max_size=2),
    left_out=st.sets(st.sampled_from(FIELDS), max_size=1),
    body=bodies | st.binary(max_size=20),
    media_type=st.sampled_from(["application/json", *MEDIA_TYPES]),
    query=queries,
)
def test_binary_mode_with_strange_headers(
    world: World,
    strange: list[tuple[str, str]],
    left_out: set[str],
    body: bytes,
    media_type: str,
    query: str,
) -> None:
    usual = {name: value for name, value in purchase().items() if name not in {"data", *left_out}}
    headers = [
        ("Content-Type", media_type),
        *((f"ce-{name}", value) for name, value in [*usual.items(), *strange]),
        *((name, value) for name, value in strange if name.startswith("trace")),
    ]
    world.post(body, [(name.encode(), value.encode("latin-1")) for name, value in headers], query)


cells = st.sampled_from(
    ["", "r1", "c1", "1.50", "-3", "0", "2026-03-01T10:00:00Z", "2026-03-01", "EUR", '"', "x\0y"]
) | st.text(max_size=5)


@modest
@given(rows=st.lists(st.lists(cells, min_size=6, max_size=6), max_size=4), query=queries)
def test_rows_with_strange_cells(world: World, rows: list[list[str]], query: str) -> None:
    lines = ["id,time,customer,amount,currency,sku", *(",".join(row) for row in rows)]
    body = "\n".join(lines).encode("utf-8", "surrogatepass")
    world.post(body, {"Content-Type": "text/csv"}, query)


@modest
@given(
    path=st.sampled_from(["/v1/alerts", "/v1/customers"]),
    query=st.dictionaries(
        st.sampled_from(["state", "rep", "cursor", "limit", "customer", SECRET_TEXT]),
        st.text(max_size=20) | st.just(SECRET_TEXT),
        max_size=3,
    ),
)
def test_any_query(world: World, path: str, query: dict[str, str]) -> None:
    answer = world.client.get(path, params=query)
    assert answer.status_code in {200, 400, 422}
    assert SECRET_TEXT not in answer.text
