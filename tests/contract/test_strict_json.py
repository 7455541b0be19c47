from decimal import Decimal

import pytest

from shared.contract.reading import NotJson, read_json


def refused(raw: bytes) -> str:
    with pytest.raises(NotJson) as caught:
        read_json(raw)
    assert str(caught.value) == caught.value.detail
    return caught.value.detail


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b' {"a": [1, "x", true, null]}\r\n', {"a": [1, "x", True, None]}),
        (b"\xef\xbb\xbf[]", []),
        ('"ñ🜁"'.encode(), "ñ🜁"),
        (b'"\\ud83d\\ude00\\u00f1"', "😀ñ"),
        (b'"\\t\\n\\r\\\\u0000"', "\t\n\r\\u0000"),
        (b"0.1", Decimal("0.1")),
        (b"12345678901234567890.123456789012345678901", None),
        (b"1.50", Decimal("1.50")),
        (b"1E+2", Decimal("1E+2")),
        (b"-0", 0),
        (b"0e999999999", Decimal(0)),
        (b"1" * 400, int("1" * 400)),
    ],
)
def test_reads_exactly(raw: bytes, value: object) -> None:
    wanted = value if value is not None else Decimal(raw.decode())
    read = read_json(raw)
    assert read == wanted
    assert type(read) is type(wanted)


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"", "is not JSON near character 1"),
        (b"  ", "is not JSON near character 3"),
        (b"{", "is not JSON near character 2"),
        (b'{"a": 1} x', "is not JSON near character 10"),
        (b"{'a': 1}", "is not JSON near character 2"),
        (b'{"a": 1,}', None),
        (b"[01]", None),
        (b"[1.]", None),
        (b"[+1]", None),
        (b'"a\nb"', None),
        (b'"a\x00b"', None),
        (b'"\\x41"', None),
        (b"\xff\xfe[\x00]\x00", "is not UTF-8"),
        (b'"\xc3"', "is not UTF-8"),
        (b'"\xed\xa0\x80"', "is not UTF-8"),
        (b'"\xc0\xaf"', "is not UTF-8"),
        (b"\xef\xbb\xbf\xef\xbb\xbf[]", "is not JSON near character 1"),
        (b"NaN", "holds NaN or Infinity, which are not JSON"),
        (b'{"a": -Infinity}', "holds NaN or Infinity, which are not JSON"),
        (b'{"a": [{"b": 1, "b": 1}]}', "holds an object with the same field twice"),
        (b'{"a": 1, "\\u0061": 1}', "holds an object with the same field twice"),
        (b'"\\u0000"', "holds control characters or lone surrogates"),
        (b'"\\b"', "holds control characters or lone surrogates"),
        (b'{"a": [{"\\u001f": 1}]}', "holds control characters or lone surrogates"),
        (b'"\x7f"', "holds control characters or lone surrogates"),
        ('"\x85"'.encode(), "holds control characters or lone surrogates"),
        (b'["\\u009f"]', "holds control characters or lone surrogates"),
        (b'"\\ud800"', "holds control characters or lone surrogates"),
        (b'{"\\udc00\\ud800": 1}', "holds control characters or lone surrogates"),
        (b"1E+1000000", "holds a number beyond any ordinary size"),
        (b"[1e-999999999999999999999]", "holds a number beyond any ordinary size"),
        (b"1e999999999999999999999", "holds a number beyond any ordinary size"),
        (b"1" * 5000, "holds a number with too many digits"),
        (b"1." + b"1" * 5000, "holds a number with too many digits"),
    ],
)
def test_refuses(raw: bytes, detail: str | None) -> None:
    said = refused(raw)
    assert said.startswith("is not JSON near character") if detail is None else said == detail


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_depth(opening: bytes, closing: bytes) -> None:
    def nested(depth: int) -> bytes:
        return opening * depth + b"1" + closing * depth

    read_json(nested(32))
    read_json(b"[" + b"[],{}," * 40 + nested(31) + b"]")
    assert refused(nested(33)) == "is nested deeper than 32"
    assert refused(b"[" + b"[],{}," * 40 + nested(32) + b"]") == "is nested deeper than 32"
    read_json(nested(33), max_depth=33)
    assert "nested deeper" in refused(nested(100_000))
    refused(opening * 1_000_000)


def test_brackets_in_text_are_not_depth() -> None:
    assert read_json(b'["' + b"[" * 100 + b'"]') == ["[" * 100]


def test_absurd_numbers_are_refused_before_they_are_computed() -> None:
    """Written out, one of these would keep a processor busy for minutes."""
    for number in (b"1E+1000000000", b"1e-400000000", b"9" * 100_000, b"1e" + b"9" * 100_000):
        refused(b"[" + number + b"]")
