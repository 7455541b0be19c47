"""JSON cut into its values by a lenient reader, so that each can be judged by itself."""

from collections.abc import Iterator
from json import JSONDecoder
from re import compile as pattern

from services.ingest.limits import DEPTH
from services.ingest.problems import ItemError

_SPACE = pattern(r"[ \t\n\r]*")


class NotParsable(ValueError):
    """The body cannot be cut into items."""

    def __init__(self, detail: str, index: int = 0) -> None:
        super().__init__(detail)
        self.errors = (ItemError(index, "", detail),)


def check_one_value(body: bytes) -> None:
    """Raises NotParsable unless the body is one JSON value, however strange."""
    text = text_of(body)
    end = _end_of_value(JSONDecoder(), text, _after_space(text, 0), 0)
    if _after_space(text, end) != len(text):
        raise NotParsable("there is text behind the value")


def elements(body: bytes) -> Iterator[bytes]:
    """The elements of an array as they were written, however strange each of them is.

    Raises NotParsable with the number of the element at which the array breaks.
    """
    text = text_of(body)
    decoder = JSONDecoder()
    at = _after_space(text, text.index("[") + 1)
    number = 0
    if text.startswith("]", at):
        at += 1
    else:
        while True:
            start, at = at, _end_of_value(decoder, text, at, number)
            yield text[start:at].encode("utf-8")
            at = _after_space(text, at)
            if not text.startswith(",", at):
                break
            at = _after_space(text, at + 1)
            number += 1
        if not text.startswith("]", at):
            raise NotParsable("the array is not closed here", number)
        at += 1
    if _after_space(text, at) != len(text):
        raise NotParsable("there is text behind the array", number)


def _end_of_value(decoder: JSONDecoder, text: str, at: int, number: int) -> int:
    try:
        return decoder.raw_decode(text, at)[1]
    except RecursionError:
        raise NotParsable(f"nested deeper than {DEPTH}", number) from None
    except ValueError:
        raise NotParsable("not JSON", number) from None


def text_of(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotParsable("the body is not UTF-8") from None


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
