"""Rows of one id make one event."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.ingest.csv_rows import (
    Defaults,
    HeaderError,
    Layout,
    Row,
    RowsError,
    event_item,
    read_order,
)
from shared.contract.reading import FutureEvent, InvalidEvent, read_event

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DEFAULTS = Defaults(currency="EUR", source="till")
TIME = "2026-03-01T10:00:00Z"


def row(**cells: str) -> Row:
    return Row(**{"id": "r1", "time": TIME, "customer": "c1", "amount": "10.50", **cells})


def made(*rows: Row) -> dict[str, Any]:
    return event_item(rows, DEFAULTS)


def test_one_row_is_one_purchase() -> None:
    assert made(row(rep="ana")) == {
        "id": "r1",
        "source": "till",
        "type": "purchase",
        "subject": "c1",
        "time": TIME,
        "data": {"amount": "10.50", "currency": "EUR", "rep": "ana"},
    }


def test_rows_of_one_id_become_lines_with_the_first_time() -> None:
    item = made(
        row(sku="a", quantity="2", category="tea"),
        row(time="2026-03-01T10:05:00Z", sku="b", amount="-0.5"),
        row(amount="1"),
    )
    assert item["time"] == TIME
    assert item["data"] == {
        "amount": "11.00",
        "currency": "EUR",
        "lines": [
            {"sku": "a", "quantity": "2", "amount": "10.50", "category": "tea"},
            {"sku": "b", "quantity": "1", "amount": "-0.5"},
        ],
    }


@pytest.mark.parametrize(
    ("written", "plain"),
    [("+5.00", "5.00"), (".50", "0.50"), ("5.", "5"), ("+.5", "0.5"), ("5.00", "5.00")],
)
def test_a_number_is_taken_with_a_sku_and_without(written: str, plain: str) -> None:
    with_sku = made(row(amount=written, sku="a", quantity=written))
    assert made(row(amount=written))["data"]["amount"] == plain
    assert with_sku["data"]["lines"] == [{"sku": "a", "quantity": plain, "amount": plain}]
    for item in (made(row(amount=written)), with_sku):
        read_event(item, now=NOW)


def test_a_quantity_that_is_no_number_is_refused_where_it_stands() -> None:
    with pytest.raises(InvalidEvent, match="/data/lines/1/quantity"):
        read_event(made(row(sku="a"), row(sku="b", quantity="1e5")), now=NOW)


def test_a_column_wins_over_its_default() -> None:
    item = made(row(type="refund", source="shop 2", currency="USD", rep="ana"))
    assert (item["type"], item["source"]) == ("refund", "shop 2")
    assert item["data"] == {"amount": "10.50", "currency": "USD"}


@pytest.mark.parametrize("amounts", [("0",), ("5.00", "-5")])
def test_a_total_of_nothing_is_no_event(amounts: tuple[str, ...]) -> None:
    assert read_order(made(*(row(amount=amount) for amount in amounts)), NOW) is None


@pytest.mark.parametrize(
    ("cells", "pointer"),
    [
        ({"time": "garbage"}, "/time"),
        ({"customer": ""}, "/subject"),
        ({"currency": "XYZ"}, "/data/currency"),
        ({"sku": "a", "quantity": "many"}, "/data/lines/0/quantity"),
    ],
)
def test_a_mistake_is_refused_even_where_the_amounts_cancel_out(
    cells: dict[str, str], pointer: str
) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_order(made(row(amount="0", **cells)), NOW)
    assert [problem.pointer for problem in caught.value.problems] == [pointer]


def test_nothing_bought_tomorrow_is_refused_too() -> None:
    with pytest.raises(FutureEvent):
        read_order(made(row(amount="0", time="2026-03-03T00:00:00Z")), NOW)


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        ([row(id="")], "id"),
        ([row(id="", amount="5"), row(id="", amount="-5", customer="c2")], "id"),
        ([row(), row(customer="c2")], "customer"),
        ([row(currency="EUR"), row(currency="USD")], "currency"),
        ([row(), row(type="refund")], "type"),
        ([row(type="complaint")], "type"),
        ([row(amount="")], "amount"),
        ([row(amount="1,5")], "amount"),
        ([row(amount="NaN")], "amount"),
        ([row(amount="1e5")], "amount"),
        ([row(amount="١")], "amount"),
        ([row(), row(amount="9" * 41)], "amount"),
    ],
)
def test_rows_that_make_no_event_name_the_column(rows: list[Row], column: str) -> None:
    with pytest.raises(RowsError) as caught:
        event_item(rows, DEFAULTS)
    assert caught.value.column == column


def test_columns_stand_in_any_order() -> None:
    layout = Layout(["amount", " id ", "customer", "time"])
    assert layout.row(["10.50", "r1", " c1 ", TIME]) == row()


@pytest.mark.parametrize(
    "header",
    [[], ["id", "time", "customer"], ["id", "time", "customer", "amount", "id"], ["secret"]],
)
def test_a_header_that_is_not_ours_is_refused_without_its_text(header: list[str]) -> None:
    with pytest.raises(HeaderError) as caught:
        Layout(header)
    assert "secret" not in str(caught.value)
