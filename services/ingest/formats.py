"""A body and its headers to items: each the JSON value of one event, or why there is none."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from json import dumps

from services.ingest.binary import read_binary
from services.ingest.cloud_headers import attribute_headers, follow, trace
from services.ingest.csv_rows import (
    Defaults,
    HeaderError,
    Layout,
    Row,
    RowsError,
    event_item,
    event_key,
)
from services.ingest.items import MANY, Item, Parsed, Unsupported, few_of, read_items
from services.ingest.json_elements import NotParsable, check_one_value, elements, text_of
from services.ingest.limits import DEPTH, EVENT_BYTES, EVENTS, TooLarge, inflate
from shared.contract.reading import FieldProblem, NotJson, read_json

MEDIA_TYPES = (
    "application/json",
    "application/x-ndjson",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "text/csv",
)
_STRUCTURED = "application/cloudevents"  # begins the media types of every form but the binary one
_CHARSETS = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_JSON_SPACE = b" \t\n\r"
CSV_ROWS = 300_000  # what 8 MiB hold of rows that have a time


def parse(
    body: bytes, headers: Mapping[str, str], *, defaults: Defaults, keep_bytes: bool = False
) -> Parsed:
    """The items of a body. `headers` has lower-case names.

    Raises Unsupported, TooLarge, NotGzip, NotParsable.
    """
    content = _decoded(body, headers.get("content-encoding", "")).removeprefix(BOM_UTF8)
    media_type = _media_type(headers.get("content-type", ""))
    sent = [] if media_type.startswith(_STRUCTURED) else attribute_headers(headers)
    if sent:
        parsed = read_binary(content, media_type, sent, keep_bytes=keep_bytes)
    elif not media_type:
        raise Unsupported(_UNKNOWN)
    elif not content or content.isspace():
        raise NotParsable("the body is empty")
    else:
        parsed = _READERS[media_type](content, defaults, keep_bytes)
    traced = trace(headers)
    for item in parsed.items:
        if isinstance(item.value, dict):
            follow(item.value, traced)
    return parsed


def _decoded(body: bytes, encoding: str) -> bytes:
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return inflate(body)
        case _:
            raise Unsupported("the content encoding is not gzip")


def _media_type(header: str) -> str:
    """One that is known, or empty without the header."""
    if not header:
        return ""
    media_type, *parameters = (part.strip().lower() for part in header.split(";"))
    if media_type not in _READERS:
        raise Unsupported(_UNKNOWN)
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "charset" and value.strip('"') not in _CHARSETS:
            raise Unsupported("the character set is not UTF-8")
    return media_type


def _json(body: bytes, _defaults: Defaults, keep_bytes: bool) -> Parsed:
    """One event, or an array of events, which may be one level deeper than an event."""
    if not _is_array(body):
        return _structured(body, _defaults, keep_bytes)
    # Beyond the size of one event each of them is measured, before anybody looks into it.
    if not keep_bytes and len(body) <= EVENT_BYTES:
        try:
            values = read_json(body, max_depth=DEPTH + 1)
        except NotJson:
            pass  # cut into items below, to name the bad ones
        else:
            assert isinstance(values, list)
            return Parsed([Item(value, b"") for value in few_of(values)])
    return read_items(elements(body), keep_bytes=keep_bytes)


def _structured(body: bytes, _defaults: Defaults, keep_bytes: bool) -> Parsed:
    parsed = read_items([body], keep_bytes=keep_bytes)
    if not parsed.items[0].parsable:
        check_one_value(body)
    return parsed


def _batch(body: bytes, defaults: Defaults, keep_bytes: bool) -> Parsed:
    if not _is_array(body):
        raise NotParsable("a batch is an array of events")
    return _json(body, defaults, keep_bytes)


def _is_array(body: bytes) -> bool:
    return body.lstrip(_JSON_SPACE)[:1] == b"["


def _ndjson(body: bytes, _defaults: Defaults, keep_bytes: bool) -> Parsed:
    lines = (line.rstrip(b"\r\n") for line in io.BytesIO(body) if not line.isspace())
    return read_items(lines, keep_bytes=keep_bytes)


def _csv(body: bytes, defaults: Defaults, keep_bytes: bool) -> Parsed:
    events: dict[tuple[str, str] | int, tuple[int, list[Row]]] = {}
    for number, row in _rows(body):
        key = event_key(row, defaults) if row.id else number
        events.setdefault(key, (number, []))[1].append(row)
        if len(events) > EVENTS:
            raise TooLarge(MANY)
    return Parsed(
        [
            _csv_item(rows, defaults, f"row {number}: ", keep_bytes=keep_bytes)
            for number, rows in events.values()
        ]
    )


_READERS: Mapping[str, Callable[[bytes, Defaults, bool], Parsed]] = {
    "application/json": _json,
    "application/x-ndjson": _ndjson,
    "application/cloudevents+json": _structured,
    "application/cloudevents-batch+json": _batch,
    "text/csv": _csv,
}
_UNKNOWN = "the content type is none of " + ", ".join(MEDIA_TYPES)


def _rows(body: bytes) -> Iterator[tuple[int, Row]]:
    """The rows of a CSV file behind its header, with their numbers in it."""
    text = text_of(body)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 1
    try:
        layout = Layout(next(reader))
        for number, cells in enumerate(reader, start=2):
            if not cells:
                continue
            if number > CSV_ROWS:
                raise TooLarge(f"a CSV body has at most {CSV_ROWS} rows")
            if len(cells) != layout.width:
                raise NotParsable(f"row {number} has {len(cells)} columns, not {layout.width}")
            yield number, layout.row(cells)
    except HeaderError as error:
        raise NotParsable(str(error)) from None
    except csv.Error:
        raise NotParsable(f"row {number} or the next is not CSV: check its quotes") from None


def _csv_item(rows: list[Row], defaults: Defaults, origin: str, *, keep_bytes: bool) -> Item:
    try:
        value = event_item(rows, defaults)
    except RowsError as error:
        kept = dumps([row._asdict() for row in rows]).encode() if keep_bytes else b""
        source, number = event_key(rows[0], defaults)
        names = {"source": source, "id": number, "subject": rows[0].customer}
        return Item(names, kept, FieldProblem(_POINTERS[error.column], error.detail), origin)
    raw = dumps(value).encode() if keep_bytes else b""
    return Item(value, raw, origin=origin, is_order=True)


_POINTERS = {
    "id": "/id",
    "customer": "/subject",
    "type": "/type",
    "currency": "/data/currency",
    "amount": "/data/amount",
}
