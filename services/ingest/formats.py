"""A body and its headers to items: each the JSON value of one event, or why there is none."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from json import dumps
from typing import NamedTuple, TypeVar

from services.ingest.csv_rows import (
    Defaults,
    HeaderError,
    Layout,
    Row,
    RowsError,
    event_item,
    event_key,
)
from services.ingest.json_elements import NotParsable, check_one_value, elements, text_of
from services.ingest.limits import DEPTH, EVENT_BYTES, EVENTS, TooLarge, inflate
from shared.contract.reading import FieldProblem, NotJson, read_json

T = TypeVar("T")
MEDIA_TYPES = ("application/json", "application/x-ndjson", "text/csv")
_CHARSETS = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_JSON_SPACE = b" \t\n\r"
CSV_ROWS = 300_000  # what 8 MiB hold of rows that have a time
_MANY = f"a request has at most {EVENTS} events"


class Unsupported(ValueError):
    """The media type, its character set or the content encoding is not known here."""


class Item(NamedTuple):
    """One event of the request. With a problem there is no value to be read."""

    value: object
    raw: bytes  # what the sender wrote; empty unless asked for
    problem: FieldProblem | None = None
    origin: str = ""  # where in a file the item begins, for people
    parsable: bool = True  # False: not even JSON


@dataclass(frozen=True, slots=True)
class Parsed:
    """The items in the sender's order, and how many others were left out (totals of 0)."""

    items: list[Item]
    skipped: int = 0


def parse(
    body: bytes, headers: Mapping[str, str], *, defaults: Defaults, keep_bytes: bool = False
) -> Parsed:
    """The items of a body. `headers` has lower-case names.

    Raises Unsupported, TooLarge, NotGzip, NotParsable.
    """
    content = _decoded(body, headers.get("content-encoding", "")).removeprefix(BOM_UTF8)
    read = _READERS[_media_type(headers.get("content-type", ""))]
    if not content or content.isspace():
        raise NotParsable("the body is empty")
    return read(content, defaults, keep_bytes)


def _decoded(body: bytes, encoding: str) -> bytes:
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return inflate(body)
        case _:
            raise Unsupported("the content encoding is not gzip")


def _media_type(header: str) -> str:
    media_type, *parameters = (part.strip().lower() for part in header.split(";"))
    if media_type not in _READERS:
        raise Unsupported("the content type is none of " + ", ".join(MEDIA_TYPES))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "charset" and value.strip('"') not in _CHARSETS:
            raise Unsupported("the character set is not UTF-8")
    return media_type


def _json(body: bytes, _defaults: Defaults, keep_bytes: bool) -> Parsed:
    """One event, or an array of events, which may be one level deeper than an event."""
    if body.lstrip(_JSON_SPACE)[:1] != b"[":
        parsed = _items([body], keep_bytes=keep_bytes)
        if not parsed.items[0].parsable:
            check_one_value(body)
        return parsed
    # Beyond the size of one event each of them is measured, before anybody looks into it.
    if not keep_bytes and len(body) <= EVENT_BYTES:
        try:
            values = read_json(body, max_depth=DEPTH + 1)
        except NotJson:
            pass  # cut into items below, to name the bad ones
        else:
            assert isinstance(values, list)
            return Parsed([Item(value, b"") for value in _few(values)])
    return _items(elements(body), keep_bytes=keep_bytes)


def _ndjson(body: bytes, _defaults: Defaults, keep_bytes: bool) -> Parsed:
    lines = (line.rstrip(b"\r\n") for line in io.BytesIO(body) if not line.isspace())
    return _items(lines, keep_bytes=keep_bytes)


def _csv(body: bytes, defaults: Defaults, keep_bytes: bool) -> Parsed:
    events: dict[tuple[str, str], tuple[int, list[Row]]] = {}
    for number, row in _rows(body):
        events.setdefault(event_key(row, defaults), (number, []))[1].append(row)
        if len(events) > EVENTS:
            raise TooLarge(_MANY)
    items = []
    for number, rows in events.values():
        item = _csv_item(rows, defaults, f"row {number}: ", keep_bytes=keep_bytes)
        if item is not None:
            items.append(item)
    return Parsed(items, len(events) - len(items))


_READERS: Mapping[str, Callable[[bytes, Defaults, bool], Parsed]] = {
    "application/json": _json,
    "application/x-ndjson": _ndjson,
    "text/csv": _csv,
}


def _items(raws: Iterable[bytes], *, keep_bytes: bool) -> Parsed:
    """The items written in `raws`; all are measured before any is read."""
    few = _few(raws)
    for index, raw in enumerate(few):
        if len(raw) > EVENT_BYTES:
            raise TooLarge(f"an event has at most {EVENT_BYTES} bytes", index)
    return Parsed([_item(raw, keep_bytes=keep_bytes) for raw in few])


def _item(raw: bytes, *, keep_bytes: bool) -> Item:
    kept = raw if keep_bytes else b""
    try:
        return Item(read_json(raw, max_depth=DEPTH), kept)
    except NotJson as error:
        return Item(None, kept, FieldProblem("", error.detail), parsable=False)


def _few(items: Iterable[T]) -> list[T]:
    few = list(islice(items, EVENTS + 1))
    if len(few) > EVENTS:
        raise TooLarge(_MANY)
    return few


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


def _csv_item(rows: list[Row], defaults: Defaults, origin: str, *, keep_bytes: bool) -> Item | None:
    try:
        value = event_item(rows, defaults)
    except RowsError as error:
        kept = dumps([row._asdict() for row in rows]).encode() if keep_bytes else b""
        return Item(None, kept, FieldProblem(_POINTERS[error.column], error.detail), origin)
    if value is None:
        return None
    return Item(value, dumps(value).encode() if keep_bytes else b"", None, origin)


_POINTERS = {
    "customer": "/subject",
    "type": "/type",
    "currency": "/data/currency",
    "amount": "/data/amount",
}
