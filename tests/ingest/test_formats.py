"""Bodies to items: every media type, and every way in which a body is none."""

import gzip
import json
from decimal import Decimal
from typing import Any

import pytest

from services.ingest import formats
from services.ingest.csv_rows import Defaults
from services.ingest.formats import parse
from services.ingest.items import Parsed, Unsupported
from services.ingest.json_elements import NotParsable
from services.ingest.limits import TooLarge
from tests.ingest.builders import ndjson, purchase

JSON = "application/json"
NDJSON = "application/x-ndjson"
CSV = "text/csv"
HEADER = b"id,time,customer,amount\n"


def parsed(
    body: bytes, media_type: str = JSON, *, keep: bool = False, encoding: str = ""
) -> Parsed:
    return parse(
        body,
        {"content-type": media_type, "content-encoding": encoding},
        defaults=Defaults("EUR", "csv"),
        keep_bytes=keep,
    )


def values(body: bytes, media_type: str = JSON) -> list[Any]:
    return [item.value for item in parsed(body, media_type).items]


def test_one_event_an_array_and_lines_mean_the_same() -> None:
    event = purchase()
    assert values(json.dumps(event).encode()) == [event]
    assert values(json.dumps([event, event]).encode()) == [event, event]
    assert values(b"\n\r\n" + ndjson(event, event).rstrip(), NDJSON) == [event, event]
    assert values(b"\xef\xbb\xbf" + ndjson(event), NDJSON) == [event]
    assert values(b"\xef\xbb\xbf[1]") == [1]


def test_decimals_are_kept_as_written() -> None:
    assert values(b'{"a":0.10}') == [{"a": Decimal("0.10")}]


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=UTF-8", 'APPLICATION/JSON;charset="utf-8"; v=1']
)
def test_parameters_of_the_media_type_are_understood(media_type: str) -> None:
    assert values(b"{}", media_type) == [{}]


@pytest.mark.parametrize(
    "media_type", ["", "application/xml", "json", "application/json; charset=latin-1", ";"]
)
def test_other_media_types_are_refused(media_type: str) -> None:
    with pytest.raises(Unsupported):
        parsed(b"{}", media_type)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " x-gzip "])
def test_a_compressed_body_is_inflated(encoding: str) -> None:
    assert parsed(gzip.compress(b"{}"), encoding=encoding).items[0].value == {}


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "deflate"])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(Unsupported):
        parsed(b"{}", encoding=encoding)


def refused(body: bytes, media_type: str = JSON, *, keep: bool = False) -> int:
    """The number of the item at which the body breaks."""
    with pytest.raises(NotParsable) as caught:
        parsed(body, media_type, keep=keep)
    (error,) = caught.value.errors
    assert error.pointer == ""
    return error.index


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    ("body", "index"),
    [
        (b"", 0),
        (b"  \n", 0),
        (b"{", 0),
        (b"{} {}", 0),
        (b"[{}, {}, {]", 2),
        (b"[{}, {}", 1),
        (b"[{},]", 1),
        (b"[{} {}]", 0),
        (b"[] []", 0),
        (b"[{}] x", 0),
        (b"[" * 100_000, 0),
        (b"[{}, " + b"[" * 100_000, 1),
        (b'["\xff"]', 0),
        (b"\x0b[]", 0),
        (b"[" + b"1" * 5000 + b"]", 0),
    ],
)
def test_a_body_that_is_no_json_names_the_item(body: bytes, index: int, keep: bool) -> None:
    assert refused(body, keep=keep) == index


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    "bad",
    [
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999999}',
        b'{"a":1,"a":2}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\u0000"}',
        b'{"a":' + b"[" * 32 + b"]" * 32 + b"}",
    ],
)
def test_strange_json_is_one_bad_item_among_good_ones(bad: bytes, keep: bool) -> None:
    array = parsed(b'[{"b":1} , ' + bad + b"]", keep=keep).items
    lines = parsed(b'{"b":1}\n' + bad, NDJSON, keep=keep).items
    (single,) = parsed(bad, keep=keep).items
    for items in (array, lines):
        assert items[0].value == {"b": 1}
        assert items[0].problem is None
    for item in (array[1], lines[1], single):
        assert item.problem is not None
        assert not item.parsable
        assert item.raw == (bad if keep else b"")


def test_a_line_that_is_no_json_is_one_bad_item() -> None:
    items = parsed(b'{}\n{"a":\n[]\n\xff', NDJSON, keep=True).items
    assert [item.parsable for item in items] == [True, False, True, False]
    assert [item.raw for item in items] == [b"{}", b'{"a":', b"[]", b"\xff"]


def test_nesting_counts_the_same_alone_and_in_an_array() -> None:
    deepest = b"[" * 31 + b"]" * 31
    event = b'{"a":' + deepest + b"}"
    for body, media_type in ((event, JSON), (b"[" + event + b"]", JSON), (event, NDJSON)):
        assert parsed(body, media_type).items[0].problem is None
    for body, media_type in ((b"[[" + event + b"]]", JSON), (b"[" + event + b"]", NDJSON)):
        assert parsed(body, media_type).items[0].problem is not None


def too_many() -> list[tuple[bytes, str]]:
    rows = b"".join(b"r%d,2026-03-01T10:00:00Z,c,1\n" % n for n in range(5001))
    return [
        (b"[" + b",".join([b"{}"] * 5001) + b"]", JSON),
        (b"{}\n" * 5001, NDJSON),
        (HEADER + rows, CSV),
    ]


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("keep", [True, False])
def test_too_many_events_are_refused(number: int, keep: bool) -> None:
    body, media_type = too_many()[number]
    with pytest.raises(TooLarge):
        parsed(body, media_type, keep=keep)


def test_too_many_rows_of_one_event_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "CSV_ROWS", 10)
    row = b"r,2026-03-01T10:00:00Z,c,1\n"
    assert len(parsed(HEADER + row * 9, CSV).items) == 1
    with pytest.raises(TooLarge):
        parsed(HEADER + row * 10, CSV)


def test_as_many_as_allowed_pass() -> None:
    assert len(parsed(b"[" + b",".join([b"{}"] * 5000) + b"]").items) == 5000
    assert len(parsed(b"{}\n\n" * 5000, NDJSON).items) == 5000


def test_rows_become_events_in_the_order_of_their_first_rows() -> None:
    body = (
        b"\xef\xbb\xbfid,time,customer,amount,sku\r\n"
        b"r1,2026-03-01T10:00:00Z,c1,1.5,a\r\n"
        b'r2,2026-03-01T11:00:00Z,"c,2",2,\r\n'
        b"r1,2026-03-01T12:00:00Z,c1,2,b\r\n"
        b"\r\n"
    )
    found = parsed(body, CSV, keep=True)
    first, second = found.items
    assert isinstance(first.value, dict)
    assert isinstance(second.value, dict)
    assert first.value["data"]["amount"] == "3.5"
    assert (first.value["source"], second.value["subject"]) == ("csv", "c,2")
    assert (first.origin, second.origin) == ("row 2: ", "row 3: ")
    assert json.loads(first.raw) == first.value


def test_a_bad_cell_is_one_bad_item() -> None:
    body = HEADER + b"r1,2026-03-01T10:00:00Z,c1,x\nr2,2026-03-01T10:00:00Z,c1,1\n"
    bad, good = parsed(body, CSV, keep=True).items
    assert bad.problem is not None
    assert bad.problem.pointer == "/data/amount"
    assert json.loads(bad.raw)[0]["amount"] == "x"
    assert good.problem is None


def test_each_row_without_an_id_is_a_bad_item_of_its_own() -> None:
    body = HEADER + b",2026-03-01T10:00:00Z,c1,5\n,2026-03-01T10:00:00Z,c1,-5\n"
    items = parsed(body, CSV).items
    assert [item.origin for item in items] == ["row 2: ", "row 3: "]
    assert {item.problem and item.problem.pointer for item in items} == {"/id"}


@pytest.mark.parametrize(
    "body",
    [
        b"\n",
        b"id,time\n",
        HEADER + b"r1,2026-03-01T10:00:00Z,c1\n",
        HEADER + b'r1,2026-03-01T10:00:00Z,c1,"1\n',
        HEADER + b'r1,2026-03-01T10:00:00Z,c1,"1"x\n',
        HEADER + b"r1,2026-03-01T10:00:00Z,\xff,1\n",
        HEADER + b"r1,2026-03-01T10:00:00Z," + b"c" * 200_000 + b",1\n",
    ],
    ids=["blank", "columns", "short", "open quote", "text behind", "bytes", "long"],
)
def test_what_is_no_csv_is_refused(body: bytes) -> None:
    assert refused(body, CSV) == 0
