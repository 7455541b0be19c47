"""An event in the binary mode of CloudEvents: attributes in headers, data in the body."""

from json import dumps

from services.ingest.cloud_headers import BadAttribute, attributes
from services.ingest.items import LARGE, Item, Parsed, Unsupported
from services.ingest.json_elements import check_one_value
from services.ingest.limits import DEPTH, EVENT_BYTES, TooLarge
from shared.contract.reading import FieldProblem, NotJson, read_json


def read_binary(
    body: bytes, media_type: str, sent: list[tuple[str, str]], *, keep_bytes: bool
) -> Parsed:
    """The one event that a body is the data of; `sent` holds its attributes as headers do.

    Raises Unsupported, TooLarge, NotParsable.
    """
    if media_type not in ("", "application/json"):
        raise Unsupported("an event in ce- headers has data of the content type application/json")
    if len(body) > EVENT_BYTES:
        raise TooLarge(LARGE, 0)
    try:
        data = {"data": read_json(body, max_depth=DEPTH - 1)} if body.strip(b" \t\n\r") else {}
    except NotJson as error:
        check_one_value(body)
        problem = FieldProblem("/data", error.detail)
        return Parsed([Item(None, _as_sent(sent, body, keep_bytes), problem, parsable=False)])
    try:
        value = attributes(sent) | data
    except BadAttribute as error:
        return Parsed([Item(None, _as_sent(sent, body, keep_bytes), error.problem)])
    if not keep_bytes:
        return Parsed([Item(value, b"")])
    raw = dumps(value | dict.fromkeys(data)).encode()
    return Parsed([Item(value, raw.removesuffix(b"null}") + body + b"}" if data else raw)])


def _as_sent(sent: list[tuple[str, str]], body: bytes, keep_bytes: bool) -> bytes:
    """Headers and body for people: as an event, with what is wrong in it, it cannot be written."""
    if not keep_bytes:
        return b""
    return b'{"headers":' + dumps(sent).encode() + b',"data":' + (body or b"null") + b"}"
