"""Whatever comes in, only the three refusals come out."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.contract.alert_event import read_alert_event
from shared.contract.event import EVENT_TYPES
from shared.contract.reading import (
    FieldProblem,
    InvalidEvent,
    NotJson,
    decode,
    digest,
    read_event,
    read_json,
    write_event,
)
from tests.contract.builders import NOW, examples, put

any_text = st.text(st.characters(), max_size=12)
wild = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**301)
    | st.floats()
    | st.decimals()
    | any_text
    | st.binary(max_size=4)
    | st.datetimes()
    | st.datetimes(timezones=st.timezones())
    | st.dates()
    | st.sampled_from(["1E+1000000", "NaN", "9" * 40, "\x00", "\ud800", "2026-01-01T00:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(any_text | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)


def pointers(value: Any, path: str = "") -> list[str]:
    """Every place in `value`, and one beside each."""
    if isinstance(value, dict):
        below = [p for key, child in value.items() for p in pointers(child, f"{path}/{key}")]
        return [*below, f"{path}/unheard_of"]
    if isinstance(value, list):
        below = [p for i, child in enumerate(value) for p in pointers(child, f"{path}/{i}")]
        return [path, *below]
    return [path]


PLACES = [(kind, pointer) for kind, event in examples().items() for pointer in pointers(event)]


def check(value: object) -> None:
    try:
        event = read_event(value, now=NOW)
    except InvalidEvent as error:
        assert error.problems
        assert all(isinstance(p, FieldProblem) for p in error.problems)
        assert "cannot be taken" not in str(error), "a refusal without words of its own"
        assert str(error).isprintable()
    else:
        body = write_event(event)
        assert decode(body, now=NOW) == event
        assert digest(decode(body, now=NOW)) == digest(event)


@given(wild)
def test_any_value(value: object) -> None:
    check(value)


@given(st.sampled_from(PLACES), wild)
def test_any_value_in_any_place(place: tuple[str, str], value: object) -> None:
    kind, pointer = place
    check(put(examples()[kind], pointer, value))


@given(st.sampled_from(sorted(EVENT_TYPES)), st.dictionaries(any_text, wild, max_size=4))
def test_any_data(kind: str, data: dict[str, object]) -> None:
    event = examples()[kind]
    check(event | {"data": data})
    check(event | {"data": event["data"] | data})
    check(event | data)


@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    for read in (read_json, read_alert_event, lambda value: decode(value, now=NOW)):
        try:
            read(raw)
        except (NotJson, InvalidEvent) as error:
            assert str(error).isprintable()


@given(
    st.sampled_from(sorted(EVENT_TYPES)),
    st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=3)), max_size=3),
    st.booleans(),
)
def test_damaged_bytes(kind: str, wounds: list[tuple[int, bytes]], escape: bool) -> None:
    raw = bytearray(write_event(read_event(examples()[kind], now=NOW)))
    if escape:
        raw = bytearray(json.dumps(json.loads(raw)).encode())
    for place, patch in wounds:
        start = place % len(raw)
        raw[start : start + len(patch)] = patch
    try:
        event = decode(bytes(raw), now=NOW)
    except InvalidEvent as error:
        assert error.problems
    else:
        assert decode(write_event(event), now=NOW) == event


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner) | st.dictionaries(any_text, inner),
    max_leaves=20,
)


@given(json_values, st.booleans())
def test_any_json_text(value: object, ascii_only: bool) -> None:
    try:
        raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        raw = json.dumps(value).encode()
    try:
        read = read_json(raw)
    except NotJson:
        return
    assert read == json.loads(raw) or "." in raw.decode() or "e" in raw.decode()
