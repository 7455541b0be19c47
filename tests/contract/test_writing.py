import hashlib
import json
import random
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contract.event import EVENT_TYPES
from shared.contract.reading import decode, digest, read_event, read_json, write_event
from tests.contract.builders import NOW, example, examples, purchases, put, with_data


def written(event: Any) -> bytes:
    return write_event(read_event(event, now=NOW))


def digested(event: Any) -> bytes:
    return digest(read_event(event, now=NOW))


def test_the_canonical_form() -> None:
    event = with_data(own={"z": Decimal("1.50"), "a": [Decimal("1E+2"), None, "ñ\n", True]})
    assert written(event | {"revision": 2, "sequence": "7"}).decode() == (
        '{"data":{"amount":"84.5","channel":"store","currency":"EUR","lines":['
        '{"amount":"70","category":"coffee","cost":"41.2","quantity":"2","sku":"A-17"},'
        '{"amount":"14.5","quantity":"0.5","sku":"B-02"}],'
        '"own":{"a":[100,null,"ñ\\n",true],"z":1.5},"payment_method":"card","rep":"r-ana"},'
        '"id":"T1-000481","revision":2,"sequence":"7","source":"shop-3","specversion":"1.0",'
        '"subject":"C-1042","time":"2026-02-27T16:42:10Z","type":"purchase"}'
    )


def test_only_what_was_sent_is_written() -> None:
    event = example("customer", data={"phone": None}, revision=0, dataschema=None)
    assert written(event).decode() == (
        '{"data":{"phone":null},"id":"C-1042-v7","source":"erp","specversion":"1.0",'
        '"subject":"C-1042","time":"2026-01-15T07:00:00Z","type":"customer"}'
    )


def test_numbers_of_own_fields_stay_exact() -> None:
    exact = "0.1234567890123456789012345678901234567890"
    tiny = "1e-390"
    raw = (
        json.dumps(example(data={"amount": 1, "currency": "EUR", "own": ["A", "B"]}))
        .replace('"A"', exact)
        .replace('"B"', tiny)
    )
    event = decode(raw.encode(), now=NOW)
    again = decode(write_event(event), now=NOW)
    assert again == event
    assert again.data.model_extra == {"own": [Decimal(exact), Decimal(tiny)]}


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_each_type_comes_back_as_it_was(kind: str) -> None:
    event = read_event(examples()[kind], now=NOW)
    again = decode(write_event(event), now=NOW)
    assert again == event
    assert again.data.model_fields_set == event.data.model_fields_set
    assert write_event(again) == write_event(event)


@given(purchases())
def test_every_purchase_comes_back_as_it_was(value: dict[str, Any]) -> None:
    event = read_event(value, now=NOW)
    body = write_event(event)
    assert decode(body, now=NOW) == event
    assert write_event(decode(body, now=NOW)) == body
    assert digest(event) == digest(event, written=body) == hashlib.sha256(body).digest()
    assert isinstance(read_json(body), dict)


def reordered(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        rng.shuffle(items)
        return {key: reordered(child, rng) for key, child in items}
    return [reordered(child, rng) for child in value] if isinstance(value, list) else value


def respelled(value: Any) -> Any:
    """Known decimals spelled another way."""
    if isinstance(value, dict):
        spelled = {"amount", "cost", "quantity"}
        return {
            key: Decimal(f"{child}0") if key in spelled and "." in str(child) else respelled(child)
            for key, child in value.items()
        }
    return value


@given(purchases(), st.randoms(use_true_random=False), st.integers(-23, 23))
def test_the_digest_is_of_what_is_said(value: Any, rng: random.Random, hours: int) -> None:
    elsewhere = datetime.fromisoformat(value["time"]).astimezone(timezone(timedelta(hours=hours)))
    other = reordered(value, rng) | {"time": elsewhere.isoformat(), "traceparent": "00-1-1-00"}
    other["data"] = respelled(other["data"])
    assert digested(other) == digested(value)


@pytest.mark.parametrize(
    "other",
    [
        with_data(amount=Decimal("84.5")),
        with_data(amount="84.5000"),
        example(time="2026-02-27T16:42:10Z"),
        example(time="2026-02-27T16:42:10.0000000Z"),
        example(time="2026-02-27t11:42:10-05:00"),
        example(revision=0),
        example(specversion="1.0"),
        example(traceparent="00-a", tracestate="b", partitionkey="c", sequence="4"),
        example(traceparent=None, dataschema=None),
        example(datacontenttype="application/json"),
        example(datacontenttype='Application/JSON; charset="utf-8"'),
    ],
)
def test_the_same_said_otherwise(other: Any) -> None:
    assert digested(other) == digested(example())


@pytest.mark.parametrize("zero", ["-0", "-0.00", "0", 0, Decimal("-0.0")])
def test_zero_has_one_spelling(zero: object) -> None:
    assert b'"margin_rate":"0"' in written(with_data("customer", margin_rate=zero))


CHANGES: list[tuple[str, object]] = [
    ("/id", "T1-000482"),
    ("/source", "shop-4"),
    ("/subject", "C-1043"),
    ("/time", "2026-02-27T17:42:10.000001+01:00"),
    ("/revision", 1),
    ("/dataschema", "urn:x"),
    ("/datacontenttype", "text/xml"),
    ("/data/amount", "84.5001"),
    ("/data/currency", "USD"),
    ("/data/channel", None),
    ("/data/lines", []),
    ("/data/lines/0/sku", "A-18"),
    ("/data/lines/0/quantity", "2.000001"),
    ("/data/lines/0/own", 1),
    ("/data/own", None),
    ("/data/own", 1),
    ("/data/own", "1"),
    ("/data/own", True),
    ("/data/own", Decimal("1.5")),
    ("/data/own", "1.5"),
    ("/data/own", []),
    ("/data/own", {}),
    ("/data/own", [[]]),
]


def test_whatever_else_differs_is_seen() -> None:
    bodies = [example()] + [put(example(), pointer, value) for pointer, value in CHANGES]
    assert len({digested(body) for body in bodies}) == len(bodies)
