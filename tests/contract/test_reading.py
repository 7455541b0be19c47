from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from shared.contract.event import EVENT_TYPES, CustomerMaster, Purchase
from shared.contract.reading import InvalidEvent, decode, read_event
from tests.contract.builders import NOW, example, examples, put, refused, with_data


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_the_reference_has_a_valid_example_of_each_type(kind: str) -> None:
    assert type(read_event(examples()[kind], now=NOW)) is EVENT_TYPES[kind]


def test_fields_become_what_they_mean() -> None:
    event = read_event(with_data(colour="red", weights=[Decimal("1.50"), Decimal("2.0")]), now=NOW)
    assert isinstance(event, Purchase)
    assert event.time == datetime(2026, 2, 27, 16, 42, 10, tzinfo=UTC)
    assert event.time.tzinfo is UTC
    assert event.revision == 0
    assert event.data.amount == Decimal("84.5")
    assert event.data.lines is not None
    assert event.data.lines[1] == {"sku": "B-02", "quantity": "0.5", "amount": "14.5"}
    assert event.data.model_extra == {"colour": "red", "weights": [Decimal("1.5"), 2]}
    assert type(event.data.model_extra["weights"][1]) is int


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


def test_decode_refuses_what_is_no_json() -> None:
    with pytest.raises(InvalidEvent) as caught:
        decode(b'{"id": "a", "id": "b"}', now=NOW)
    assert str(caught.value) == "the event holds an object with the same field twice"
