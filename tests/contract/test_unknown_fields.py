from decimal import Decimal
from itertools import islice, product
from typing import Any

import pytest

from shared.contract.event import EVENT_TYPES
from shared.contract.reading import InvalidEvent, read_event
from tests.contract.builders import NOW, example, put, refused, with_data


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
        assert problem[1] != "cannot be taken"
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


def test_every_problem_is_listed() -> None:
    event = with_data(amount="0", currency="??") | {"id": "", "time": 5}
    assert {pointer for pointer, _ in refused(event)} == {
        "/id",
        "/time",
        "/data/amount",
        "/data/currency",
    }


@pytest.mark.parametrize("count", [900, 50_000])
def test_an_answer_stays_small_however_much_is_wrong(count: int) -> None:
    names = map("".join, product("abcdefghijklmnopqrstuvwxyz", repeat=4))
    many = dict.fromkeys(islice(names, count), "\x00")
    wanted = 20 if count < 1000 else 1
    assert len(refused(example() | many)) == wanted
    assert len(refused(with_data(**many))) == wanted
    assert len(refused(with_data(lines=[7] * count))) == 1
    aspects = "/data/aspects", "must have at most 100 entries"
    assert refused(with_data("survey", aspects=many)) == [aspects]


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
