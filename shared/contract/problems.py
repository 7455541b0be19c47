"""What is wrong with an event, said field by field and without a word of what was sent."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.contract.values import PATTERN_DETAILS

# Names as attributes have them. Others may be a person's data that slipped into a key.
_field_name = re.compile(r"[a-z][a-z_]{0,19}").fullmatch


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """`pointer` is a JSON Pointer inside the event; `detail` goes on: «must be ...»."""

    pointer: str
    detail: str


class NotJson(ValueError):
    """The bytes are not JSON that can be taken as it is written."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidEvent(ValueError):
    """An event that the contract refuses; `problems` says why, and holds no value of it."""

    def __init__(self, problems: Iterable[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "; ".join(f"{p.pointer or 'the event'} {p.detail}" for p in self.problems)


class FutureEvent(InvalidEvent):
    """An event in order but for its time, which is more than five minutes ahead of now."""


_Context = Mapping[str, Any]
_DETAILS: Mapping[str, Callable[[_Context], str]] = {
    "missing": lambda _: "is required",
    "extra_forbidden": lambda _: "is not a field of an event; own fields belong inside data",
    "string_type": lambda _: "must be a string",
    "string_unicode": lambda _: "must not hold lone surrogates",
    "string_too_short": lambda _: "must not be empty",
    "string_too_long": lambda c: f"must have at most {c['max_length']} characters",
    "string_pattern_mismatch": lambda c: PATTERN_DETAILS.get(c["pattern"], "has another form"),
    "literal_error": lambda c: f"must be {c['expected']}",
    "int_type": lambda _: "must be an integer",
    "int_from_float": lambda _: "must be an integer",
    "int_parsing_size": lambda _: "must be an integer of ordinary size",
    "greater_than_equal": lambda c: f"must not be below {c['ge']}",
    "less_than_equal": lambda c: f"must not be above {c['le']}",
    "bool_type": lambda _: "must be true or false",
    "tuple_type": lambda _: "must be a list",
    "dict_type": lambda _: "must be an object",
    "model_type": lambda _: "must be an object",
}
_OWN = frozenset(
    ["decimal", "currency", "time", "date", "time_zone", "scale", "subject", "too_many", "plain"]
)
_MOST = 20  # an answer stays small however much is wrong


def _detail(error: ErrorDetails) -> str:
    if error["type"] in _OWN:
        return error["msg"]
    context = error.get("ctx", {})
    if error["loc"] == ("revision",) and context.get("le") == 0:
        return "is for purchase, refund and payment only"
    say = _DETAILS.get(error["type"])
    return say(context) if say else "cannot be taken"


def _pointer(location: tuple[int | str, ...]) -> str:
    """A JSON Pointer to `location`, ending above the first name the sender made up."""
    pointer = ""
    for part in location:
        if isinstance(part, str) and not _field_name(part):
            break
        pointer += f"/{part}"
    return pointer


def field_problems(error: ValidationError) -> list[FieldProblem]:
    """The problems that pydantic found, each once; of very many the first."""
    found = error.errors(include_url=False, include_input=False)
    each = dict.fromkeys(FieldProblem(_pointer(e["loc"]), _detail(e)) for e in found)
    return list(each)[:_MOST]
