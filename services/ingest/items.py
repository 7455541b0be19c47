"""What a body is cut into: items, each the JSON value of one event, or why there is none."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeVar

from services.ingest.limits import DEPTH, EVENT_BYTES, EVENTS, TooLarge
from shared.contract.reading import FieldProblem, NotJson, read_json

T = TypeVar("T")
MANY = f"a request has at most {EVENTS} events"
LARGE = f"an event has at most {EVENT_BYTES} bytes"


class Unsupported(ValueError):
    """The media type, its character set or the content encoding is not known here."""


class Item(NamedTuple):
    """One event of the request. With a problem its value is at most what names it."""

    value: object
    raw: bytes  # what the sender wrote; empty unless asked for
    problem: FieldProblem | None = None
    origin: str = ""  # where in a file the item begins, for people
    parsable: bool = True  # False: not even JSON
    is_order: bool = False  # put together of rows, whose amounts may cancel out


@dataclass(frozen=True, slots=True)
class Parsed:
    """The items in the sender's order."""

    items: list[Item]


def read_items(raws: Iterable[bytes], *, keep_bytes: bool) -> Parsed:
    """The items written in `raws`; all are measured before any is read."""
    few = few_of(raws)
    for index, raw in enumerate(few):
        if len(raw) > EVENT_BYTES:
            raise TooLarge(LARGE, index)
    return Parsed([_item(raw, keep_bytes=keep_bytes) for raw in few])


def _item(raw: bytes, *, keep_bytes: bool) -> Item:
    kept = raw if keep_bytes else b""
    try:
        return Item(read_json(raw, max_depth=DEPTH), kept)
    except NotJson as error:
        return Item(None, kept, FieldProblem("", error.detail), parsable=False)


def few_of(items: Iterable[T]) -> list[T]:
    """The items as a list. Raises TooLarge when they are more than a request may have."""
    few = list(islice(items, EVENTS + 1))
    if len(few) > EVENTS:
        raise TooLarge(MANY)
    return few
