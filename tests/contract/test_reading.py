from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.contract.event import EVENT_TYPES, CustomerMaster, Purchase, Refund
from shared.contract.reading import FutureEvent, InvalidEvent, decode, read_event
from tests.contract.builders import NOW, example, examples, put, with_data

IDENTIFIER_OF = ("id", "source", "subject")
DECIMAL = "must be a decimal above 0 with at most 12 digits before and 4 after the point"
RFC_3339 = "must be an RFC 3339 time with its offset from UTC"


def refused(event: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidEvent) as caught:
        read_event(event, now=NOW)
    return [(p.pointer, p.detail) for p in caught.value.problems]


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_the_reference_has_a_valid_example_of_each_type(kind: str) -> None:
    assert type(read_event(examples()[kind], now=NOW)) is EVENT_TYPES[kind]


def test_fields_become_what_they_mean() -> None:
    event = read_event(with_data(colour="red", weights=[Decimal("1.50")]), now=NOW)
    assert isinstance(event, Purchase)
    assert event.time == datetime(2026, 2, 27, 16, 42, 10, tzinfo=UTC)
    assert event.time.tzinfo is UTC
    assert event.revision == 0
    assert event.data.amount == Decimal("84.5")
    assert event.data.lines is not None
    assert event.data.lines[1] == {"sku": "B-02", "quantity": "0.5", "amount": "14.5"}
    assert event.data.model_extra == {"colour": "red", "weights": [Decimal("1.5")]}


def test_master_data_tells_absent_from_cleared() -> None:
    event = read_event(example("customer", data={"phone": None}), now=NOW)
    assert isinstance(event, CustomerMaster)
    assert event.data.model_fields_set == {"phone"}


def test_values_of_a_table_row_are_taken_as_they_are() -> None:
    at = datetime(2026, 2, 1, 9, tzinfo=UTC)
    event = read_event(with_data(amount=Decimal("3.10")) | {"time": at}, now=NOW)
    assert isinstance(event, Purchase)
    assert (event.time, event.data.amount) == (at, Decimal("3.1"))
    payment = with_data("payment", due_on=date(2026, 3, 31), amount=12.5)
    assert read_event(payment, now=NOW).data.model_dump()["amount"] == Decimal("12.5")


@pytest.mark.parametrize("field", ["id", "source", "type", "subject", "time", "data"])
def test_required_fields(field: str) -> None:
    event = example()
    del event[field]
    assert refused(event) == [(f"/{field}", "is required")]


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


@pytest.mark.parametrize("kind", sorted(set(EVENT_TYPES) - {"purchase", "refund", "payment"}))
def test_only_documents_have_revisions(kind: str) -> None:
    read_event(example(kind, revision=0), now=NOW)
    assert refused(example(kind, revision=1)) == [
        ("/revision", "is for purchase, refund and payment only")
    ]


@pytest.mark.parametrize("value", [True, "1", 1.0, Decimal("1.0"), None, [1]])
def test_a_revision_is_an_integer(value: object) -> None:
    assert refused(example(revision=value)) == [("/revision", "must be an integer")]


@pytest.mark.parametrize("value", [-1, 2**31, 10**30])
def test_a_revision_has_bounds(value: int) -> None:
    assert [pointer for pointer, _ in refused(example(revision=value))] == ["/revision"]


@pytest.mark.parametrize(
    ("kind", "pointer", "value", "detail"),
    [
        ("purchase", "/data/currency", "eur", "must be an ISO 4217 currency code such as EUR"),
        ("purchase", "/data/currency", "XXX", "must be an ISO 4217 currency code such as EUR"),
        ("purchase", "/data/currency", 978, "must be an ISO 4217 currency code such as EUR"),
        ("purchase", "/data/rep", "", "must not be empty"),
        ("purchase", "/data/channel", "a\tb", "must not hold control characters"),
        ("purchase", "/data/lines", {"sku": "a"}, "must be a list"),
        ("purchase", "/data/lines/1", 7, "must be an object"),
        ("purchase", "/data/lines/1/sku", None, "must be a string"),
        (
            "purchase",
            "/data/lines/0/quantity",
            "1.0000001",
            "must be a decimal with at most 12 digits before and 6 after the point",
        ),
        ("complaint", "/data/severity", "urgent", "must be 'low', 'medium' or 'high'"),
        (
            "complaint",
            "/data/text",
            "a\x00",
            "must not hold control characters other than tab and line ends",
        ),
        ("complaint_resolved", "/data/compensation", 5, "must be an object"),
        (
            "complaint_resolved",
            "/data/compensation/amount",
            -1,
            "must be a decimal not below 0 with at most 12 digits before and 4 after the point",
        ),
        ("survey", "/data/score", 11, "must not be above 10"),
        ("survey", "/data/score", Decimal("7.0"), "must be an integer"),
        ("survey", "/data/score", True, "must be an integer"),
        ("survey", "/data/aspects", [], "must be an object"),
        ("survey", "/data/aspects/delivery", "9", "must be an integer"),
        ("payment", "/data/due_on", "2026-02-30", "must be a date such as 2026-03-31"),
        ("payment", "/data/due_on", 20260331, "must be a date such as 2026-03-31"),
        ("contact", "/data/channel", "fax", "must be 'visit', 'call', 'email' or 'chat'"),
        ("customer", "/data/active", 1, "must be true or false"),
        ("customer", "/data/active", "true", "must be true or false"),
        ("customer", "/data/locale", "es ES", "must be a language tag such as es or es-MX"),
        ("rep", "/data/name", None, "must be a string"),
        ("rep", "/data/email", "ana@example.com\nBcc: x@y", "must be a mail address"),
        ("rep", "/data/email", "ana", "must be a mail address"),
        ("rep", "/data/time_zone", "../../etc", "must be a time zone such as Europe/Madrid"),
        ("rep", "/data/time_zone", "a\x00", "must be a time zone such as Europe/Madrid"),
    ],
)
def test_fields_of_data(kind: str, pointer: str, value: object, detail: str) -> None:
    event = example(kind)
    put(event, pointer, value)
    assert refused(event) == [(pointer, detail)]


@pytest.mark.parametrize(
    ("kind", "score", "fine"),
    [
        ("csat", 0, False),
        ("csat", 5, True),
        ("csat", 6, False),
        ("ces", 7, True),
        ("ces", 8, False),
    ],
)
def test_scores_lie_on_their_scale(kind: str, score: int, fine: bool) -> None:
    event = with_data("survey", kind=kind, score=score)
    if fine:
        read_event(event, now=NOW)
    else:
        detail = "must be 0-10 for nps, 1-5 for csat, 1-7 for ces"
        assert refused(event) == [("/data/score", detail)]


def test_free_text_has_tabs_and_line_ends() -> None:
    read_event(with_data("complaint", text="one\r\n\ttwo"), now=NOW)
    read_event(with_data(note="one\n"), now=NOW)


@pytest.mark.parametrize(
    "value",
    [
        "a\x00",
        "\udfff",
        float("nan"),
        Decimal("Infinity"),
        Decimal("1E+1000000"),
        10**500,
        b"bytes",
        {1: 2},
        {"a\n": 1},
        [[{"deep": "\x01"}]],
        {"\ud800": 1},
    ],
)
def test_own_fields_hold_plain_json(value: object) -> None:
    for event in (with_data(own=value), with_data("rep", working_hours=value)):
        (problem,) = refused(event)
        assert problem[0].startswith("/data/")
    (problem,) = refused(with_data(lines=[{"sku": "a", "quantity": 1, "amount": 1, "own": value}]))
    assert problem[0] == "/data/lines"


def test_names_of_own_fields_hold_no_control_characters() -> None:
    named = "has a field whose name holds control characters"
    assert refused(with_data(**{"a\x00": 1})) == [("/data", named)]
    line = {"sku": "a", "quantity": 1, "amount": 1, "b\n": 1}
    assert refused(with_data(lines=[line])) == [("/data/lines", named)]


def test_depth_counts_the_event_and_its_data() -> None:
    def nested(depth: int) -> list[Any]:
        value: list[Any] = []
        for _ in range(depth - 1):
            value = [value]
        return value

    read_event(with_data(own=nested(30)), now=NOW)
    assert refused(with_data(own=nested(31))) == [("/data/own", "is nested too deeply")]
    assert refused(with_data(own=nested(100_000))) == [("/data/own", "is nested too deeply")]


def test_unknown_fields_beside_data() -> None:
    detail = "is not a field of an event; own fields belong inside data"
    assert refused(example(amount="12")) == [("/amount", detail)]
    assert refused(example(traceparent="00-ab", **{"María López": 1})) == [("", detail)]


@pytest.mark.parametrize("value", [None, 7, True, [], {}, "sale", "Purchase", "purchase\n"])
def test_unknown_types(value: object) -> None:
    ((pointer, detail),) = refused(example(type=value))
    assert pointer == "/type"
    assert detail == "is required" if value is None else detail.startswith("must be one of ")


@pytest.mark.parametrize("value", [None, 7, "text", [], [{}], b"{}"])
def test_an_event_is_an_object(value: object) -> None:
    assert refused(value) == [("", "must be a JSON object")]


@pytest.mark.parametrize("value", [None, 7, "text", []])
def test_data_is_an_object(value: object) -> None:
    assert refused(example(data=value)) == [("/data", "must be an object")]


def test_a_feed_speaks_of_its_source() -> None:
    assert refused(example("feed", subject="shop-4")) == [("/subject", "must be the source")]


def test_specversion_is_the_one_known() -> None:
    read_event(example(specversion="1.0"), now=NOW)
    assert refused(example(specversion="0.3")) == [("/specversion", "must be '1.0'")]


def test_every_problem_is_listed() -> None:
    event = with_data(amount="0", currency="??") | {"id": "", "time": 5}
    assert {pointer for pointer, _ in refused(event)} == {
        "/id",
        "/time",
        "/data/amount",
        "/data/currency",
    }


@pytest.mark.parametrize("count", [1001, 50_000])
def test_an_answer_stays_small_however_much_is_wrong(count: int) -> None:
    many = {f"f{i}": 1 for i in range(count)}
    assert len(refused(example() | many)) == 1
    assert len(refused(with_data(**many))) == 1
    assert len(refused(with_data(lines=[7] * count))) == 1
    assert len(refused(with_data("survey", aspects=dict.fromkeys(many, "x")))) <= 101


CANARY = "zq9canary"


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_refusals_echo_nothing(kind: str) -> None:
    """Whatever stands wherever: neither the values nor the names a sender made up come back."""
    bad: list[Any] = [CANARY, f"{CANARY}\x00", [CANARY], {CANARY: CANARY}, {f"{CANARY}\x00": 1}]
    pointers = [f"/{name}" for name in example(kind)]
    pointers += [f"/data/{name}" for name in example(kind)["data"]]
    pointers += [f"/{CANARY}", f"/data/{CANARY}"]
    for pointer in pointers:
        for value in bad:
            event = example(kind)
            put(event, pointer, value)
            try:
                read_event(event, now=NOW)
            except InvalidEvent as error:
                assert CANARY not in f"{error} {error!r} {error.problems}"


def test_decode_refuses_what_is_no_json() -> None:
    with pytest.raises(InvalidEvent) as caught:
        decode(b'{"id": "a", "id": "b"}', now=NOW)
    assert str(caught.value) == "the event holds an object with the same field twice"
