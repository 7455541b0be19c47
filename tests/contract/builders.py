"""Events as senders write them, and hypothesis strategies for them."""

import copy
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from shared.contract.reading import InvalidEvent, read_event, read_json

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
REFERENCE = Path(__file__).parents[2] / "docs" / "events.md"


def examples() -> dict[str, dict[str, Any]]:
    """The example of each type in the reference."""
    blocks = re.findall(r"^### (\w+)\n```json\n(.*?)```", REFERENCE.read_text("utf-8"), re.S | re.M)
    found: dict[str, Any] = {name: read_json(text.encode()) for name, text in blocks}
    return found


def example(kind: str = "purchase", /, **changes: Any) -> dict[str, Any]:
    """The example of `kind` with changed fields of the envelope."""
    return copy.deepcopy(examples()[kind]) | changes


def with_data(kind: str = "purchase", /, **changes: Any) -> dict[str, Any]:
    """The example of `kind` with changed fields of its data."""
    event = example(kind)
    event["data"] |= changes
    return event


def put(event: Any, pointer: str, value: object) -> Any:
    """`event` with `value` at `pointer`."""
    *parents, last = pointer.split("/")[1:]
    place = event
    for part in parents:
        place = place[int(part) if isinstance(place, list) else part]
    place[int(last) if isinstance(place, list) else last] = value
    return event


def refused(event: object) -> list[tuple[str, str]]:
    """Pointer and detail of each problem that `event` is refused for."""
    with pytest.raises(InvalidEvent) as caught:
        read_event(event, now=NOW)
    return [(p.pointer, p.detail) for p in caught.value.problems]


letters = st.characters(exclude_categories=["Cc", "Cs"])
identifiers = st.text(letters, min_size=1, max_size=128)
labels = st.text(letters, max_size=20)
texts = st.text(st.one_of(letters, st.sampled_from("\t\n\r")), max_size=20)
amounts = st.decimals(
    min_value=Decimal("0.0001"), max_value=Decimal("999999999999.9999"), places=4
).map(str) | st.integers(1, 10**12 - 1)
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=6)
own_values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(labels, inner, max_size=3),
    max_leaves=8,
)
instants = st.datetimes(
    min_value=datetime(2000, 1, 2),  # noqa: DTZ001 (hypothesis wants it naive)
    max_value=datetime(2026, 3, 1),  # noqa: DTZ001
    timezones=st.timezones(),
).map(lambda at: at.astimezone(UTC))
lines = st.fixed_dictionaries(
    {"sku": identifiers, "quantity": st.integers(-9, 9), "amount": amounts},
    optional={"cost": amounts | st.none(), "category": labels, "own": own_values},
)


@st.composite
def purchases(draw: st.DrawFn) -> dict[str, Any]:
    """Valid purchases, with everything that may vary."""
    data = draw(
        st.fixed_dictionaries(
            {"amount": amounts, "currency": st.sampled_from(["EUR", "JPY", "USD"])},
            optional={
                "lines": st.lists(lines, max_size=3),
                "channel": labels | st.none(),
                "rep": identifiers,
            },
        )
    )
    own = draw(st.dictionaries(labels, own_values, max_size=3))
    return {
        "id": draw(identifiers),
        "source": draw(identifiers),
        "type": "purchase",
        "subject": draw(identifiers),
        "time": draw(instants).isoformat(),
        "revision": draw(st.integers(0, 2_147_483_647)),
        "data": {**{k: v for k, v in own.items() if k not in _KNOWN}, **data},
    }


_KNOWN = {"amount", "currency", "lines", "channel", "payment_method", "rep"}
