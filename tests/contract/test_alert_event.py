import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.contract.alert_event import (
    AlertData,
    alert_event,
    read_alert_event,
    write_alert_event,
)
from shared.contract.reading import InvalidEvent

AT = datetime(2026, 3, 2, 6, 0, 1, tzinfo=UTC)


def data(**changes: Any) -> AlertData:
    fields: dict[str, Any] = {
        "id": "a_xyz",
        "kind": "customer",
        "customer": "C-1",
        "rep": None,
        "state": "open",
        "severity": "warning",
        "score": 4.25,
        "rank": 1,
        "value_at_risk": {"amount": "18600.00", "currency": "EUR"},
        "as_of": date(2026, 3, 2),
        "opened_at": AT,
        "updated_at": AT,
        "snoozed_until": None,
        "sentence": "Usually buys 3.1 times a week.",
        "evidence": [{"kind": "drop", "days": 1, "usual_days_per_week": 3.1}],
        "number": 1,
        "from_": None,
        "to": "open",
        "reason": "score",
        "actor": "detector",
    }
    return AlertData(**fields | changes)


def test_an_announcement_in_the_words_of_the_contract() -> None:
    event = alert_event("opened", "C-1", AT, data())
    body = json.loads(write_alert_event(event))
    assert {name: body[name] for name in body if name != "data"} == {
        "id": "a_xyz/1",
        "source": "vigia",
        "type": "alert.opened",
        "subject": "C-1",
        "time": "2026-03-02T06:00:01Z",
        "specversion": "1.0",
        "datacontenttype": "application/json",
    }
    assert body["data"] == {
        "id": "a_xyz",
        "kind": "customer",
        "customer": "C-1",
        "rep": None,
        "state": "open",
        "severity": "warning",
        "score": 4.25,
        "rank": 1,
        "value_at_risk": {"amount": "18600.00", "currency": "EUR"},
        "probability": None,
        "as_of": "2026-03-02",
        "opened_at": "2026-03-02T06:00:01Z",
        "updated_at": "2026-03-02T06:00:01Z",
        "snoozed_until": None,
        "sentence": "Usually buys 3.1 times a week.",
        "evidence": [{"kind": "drop", "days": 1, "usual_days_per_week": 3.1}],
        "number": 1,
        "from": None,
        "to": "open",
        "reason": "score",
        "actor": "detector",
    }


def test_an_announcement_comes_back_as_it_was() -> None:
    event = alert_event("lost", "C-1", AT, data(number=7, from_="working", to="lost", later=[1]))
    again = read_alert_event(write_alert_event(event))
    assert again == event
    assert again.data.from_ == "working"
    assert again.data.model_extra == {"later": [1]}


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"type": "alert.exploded"}, "/type has another form"),
        ({"source": "elsewhere"}, "/source must be 'vigia'"),
        ({"data": None}, "/data must be an object"),
        ({"time": "2026-03-02T06:00:01"}, "/time cannot be taken"),
    ],
)
def test_a_damaged_announcement_is_refused(change: dict[str, Any], detail: str) -> None:
    body = json.loads(write_alert_event(alert_event("opened", "C-1", AT, data())))
    with pytest.raises(InvalidEvent) as caught:
        read_alert_event(json.dumps(body | change).encode())
    assert str(caught.value) == detail


def test_bytes_that_are_no_json_are_refused() -> None:
    with pytest.raises(InvalidEvent, match="is not UTF-8"):
        read_alert_event(b"\xff")
