"""What HTTP headers say about events: the attributes of one in binary mode, and the trace."""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from shared.contract.event import EVENT_TYPES
from shared.contract.reading import FieldProblem

PREFIX = "ce-"
_NAMES = frozenset(name for model in EVENT_TYPES.values() for name in model.model_fields)
_PLACED = {
    "data": "is the body in binary mode, not a header",
    "datacontenttype": "is the Content-Type header in binary mode",
}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_INTEGER = re.compile("0|-?[1-9][0-9]{0,18}")
_TRACEPARENT = re.compile(
    "(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
_TRACESTATE = re.compile("[\x20-\x7e]{1,512}")


class BadAttribute(ValueError):
    """A header cannot be an attribute; the problem repeats nothing of its value."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = FieldProblem(f"/{name}" if name in _NAMES else "", detail)


def attribute_headers(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """(attribute's name, value as sent) of every header that says one; repeated headers repeat."""
    start = len(PREFIX)
    return [(name[start:], value) for name, value in headers.items() if name.startswith(PREFIX)]


def attributes(sent: list[tuple[str, str]]) -> dict[str, object]:
    """The attributes as JSON would hold them. Raises BadAttribute for the first that is none."""
    found: dict[str, object] = {}
    for name, value in sent:
        if name in _PLACED:
            raise BadAttribute(name, _PLACED[name])
        if name in found:
            raise BadAttribute(name, "must not be in two headers")
        found[name] = _decoded(name, value)
    revision = found.get("revision")
    if isinstance(revision, str) and _INTEGER.fullmatch(revision):
        found["revision"] = int(revision)
    return found


def _decoded(name: str, value: str) -> str:
    """The text of a header by section 3.1.3.2 of the CloudEvents HTTP binding, version 1.0.2."""
    if not value.isascii():
        raise BadAttribute(name, "must be percent-encoded where it is not ASCII")
    if '"' in _QUOTED.sub("", value):
        raise BadAttribute(name, "must have its double quotes in pairs or percent-encoded")
    plain = _QUOTED.sub(lambda quoted: re.sub(r"\\(.)", r"\1", quoted[1]), value)
    try:
        if not _BROKEN_ESCAPE.search(plain):
            return unquote_to_bytes(plain).decode("utf-8")
    except UnicodeDecodeError:
        pass
    raise BadAttribute(name, "must be percent-encoded UTF-8")


def trace(headers: Mapping[str, str]) -> dict[str, str]:
    """The W3C trace context of the request as attributes; empty without one that is in order."""
    parent = [value for name, value in headers.items() if name == "traceparent"]
    if len(parent) != 1 or not _TRACEPARENT.fullmatch(parent[0]):
        return {}
    states = ",".join(value for name, value in headers.items() if name == "tracestate")
    state = {"tracestate": states} if _TRACESTATE.fullmatch(states) else {}
    return {"traceparent": parent[0], **state}


def follow(event: dict[str, object], traced: Mapping[str, str]) -> None:
    """Let the event follow the trace of its request, unless it has one of its own."""
    if traced and event.get("traceparent") is None and event.get("tracestate") is None:
        event.update(traced)
