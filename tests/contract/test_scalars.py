from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from shared.contract.event import Purchase, Refund
from shared.contract.reading import FutureEvent, InvalidEvent, read_event
from tests.contract.builders import NOW, example, refused, with_data

IDENTIFIER_OF = ("id", "source", "subject")
DECIMAL = "must be a decimal above 0 with at most 12 digits before and 4 after the point"
RFC_3339 = "must be an RFC 3339 time with its offset from UTC"


@pytest.mark.parametrize("field", IDENTIFIER_OF)
@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("", "must not be empty"),
        ("x" * 129, "must have at most 128 characters"),
        ("a\x00b", "must not hold control characters"),
        ("a\nb", "must not hold control characters"),
        ("a\x7fb", "must not hold control characters"),
        ("a\x9fb", "must not hold control characters"),
        ("a\ud800b", "must not hold lone surrogates"),
        (7, "must be a string"),
        (True, "must be a string"),
        (None, "must be a string"),
        (["a"], "must be a string"),
    ],
)
def test_identifiers(field: str, value: object, detail: str) -> None:
    assert refused(example(**{field: value})) == [(f"/{field}", detail)]


def test_identifiers_count_characters_not_bytes() -> None:
    assert read_event(example(id="ñ" * 127 + "🜁"), now=NOW).id[-1] == "🜁"


@pytest.mark.parametrize(
    "value",
    [
        "0",
        0,
        "0.00",
        "-1",
        -1,
        Decimal("-0.01"),
        "1.00001",
        Decimal("1.00001"),
        "1000000000000",
        10**12,
        Decimal("1E+12"),
        Decimal("1E+1000000"),
        Decimal("1E-1000000"),
        Decimal("0E+1000000"),
        pytest.param(10**5000, id="huge"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        float("nan"),
        float("-inf"),
        "NaN",
        "Infinity",
        "1E+1000000",
        "1e3",
        "+1",
        " 1",
        "1 ",
        "1\n",
        "1_000",
        "1,5",
        "1.",
        ".5",
        "٣",
        "",
        "0x1f",
        True,
        None,
        [],
        {},
        "9" * 5000,
    ],
)
def test_amounts_that_are_none(value: object) -> None:
    assert refused(with_data(amount=value)) == [("/data/amount", DECIMAL)]


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("999999999999.9999", "999999999999.9999"),
        ("0.0001", "0.0001"),
        ("0.10", "0.1"),
        ("007.50", "7.5"),
        ("3.1000000", "3.1"),
        (Decimal("1E+3"), "1000"),
        (Decimal("3.1000000"), "3.1"),
        (5, "5"),
        (0.1, "0.1"),
    ],
)
def test_amounts(value: object, amount: str) -> None:
    event = read_event(with_data(amount=value), now=NOW)
    assert isinstance(event, Purchase)
    assert event.data.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("value", "text"),
    [("-3.50", "-3.5"), ("0.00", "0"), ("-0", "0"), ("-0.0", "0"), ("00.5", "0.5"), (-2, "-2")],
)
def test_numbers_of_lines_are_text_without_needless_zeros(value: object, text: str) -> None:
    event = read_event(
        with_data("refund", lines=[{"sku": "a", "quantity": value, "amount": value}]), now=NOW
    )
    assert isinstance(event, Refund)
    assert event.data.lines == ({"sku": "a", "quantity": text, "amount": text},)


@pytest.mark.parametrize(
    "value",
    [
        1772438400,
        1772438400000,
        Decimal("1772438400.5"),
        "1772438400",
        "2026-03-01T10:00:00",
        "2026-03-01 10:00:00Z",
        "2026-03-01",
        "2026-03-01T10:00Z",
        "20260301T100000Z",
        "2026-W09-7T10:00:00Z",
        "2026-02-29T10:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T10:00:60Z",
        "2026-03-01T10:00:00+25:00",
        "2026-03-01T10:00:00+05:60",
        "2026-03-01T10:00:00+0100",
        "2026-03-01T10:00:00.Z",
        "２026-03-01T10:00:00Z",
        "2026-03-01T10:00:00Z\n",
        "0000-03-01T10:00:00Z",
        datetime(2026, 3, 1),  # noqa: DTZ001
        True,
        None,
    ],
)
def test_times_that_are_none(value: object) -> None:
    assert refused(example(time=value)) == [("/time", RFC_3339)]


@pytest.mark.parametrize("value", ["1999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_times_before_2000(value: str) -> None:
    assert refused(example(time=value)) == [("/time", "must not be before the year 2000")]


@pytest.mark.parametrize(
    "value", ["2000-01-01T00:00:00Z", "1999-12-31T20:00:00-04:00", "2026-03-02t06:05:00.000z"]
)
def test_times_at_the_bounds(value: str) -> None:
    read_event(example(time=value), now=NOW)


@pytest.mark.parametrize("value", ["2026-03-02T06:05:00.000001Z", "9999-12-31T23:59:59-14:00"])
def test_events_from_the_future(value: str) -> None:
    with pytest.raises(FutureEvent) as caught:
        read_event(example(time=value), now=NOW)
    assert str(caught.value) == "/time must not be more than 5 minutes in the future"


def test_a_feed_cannot_be_complete_in_the_future() -> None:
    with pytest.raises(FutureEvent) as caught:
        read_event(with_data("feed", complete_until="2026-03-02T06:05:01Z"), now=NOW)
    assert caught.value.problems[0].pointer == "/data/complete_until"


def test_an_event_that_is_also_wrong_is_not_merely_early() -> None:
    late = (NOW + timedelta(days=1)).isoformat()
    with pytest.raises(InvalidEvent) as caught:
        read_event(example(time=late, id=""), now=NOW)
    assert not isinstance(caught.value, FutureEvent)
