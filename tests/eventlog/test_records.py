"""The record of an event says whose it is, what it holds and where it came from."""

import hashlib
from datetime import UTC, datetime

from shared.contract.event import Event
from shared.contract.reading import decode, read_event
from shared.contract.writing import digest
from shared.eventlog.records import BATCH, CONTENT_TYPE, DIGEST, ORIGIN, WRITTEN, event_record

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


def purchase() -> Event:
    sent = {
        "id": "1",
        "source": "till",
        "type": "purchase",
        "subject": "ana",
        "time": "2026-03-01T10:00:00+01:00",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "data": {"amount": "420.00", "currency": "EUR"},
    }
    return read_event(sent, now=NOW)


def test_a_record_is_keyed_by_the_subject_and_reads_as_the_event() -> None:
    record = event_record(purchase())
    assert record.key == "ana"
    assert decode(record.value, now=NOW) == purchase()
    assert dict(record.headers) == {
        CONTENT_TYPE: b"application/cloudevents+json",
        DIGEST: digest(purchase()),
        WRITTEN: hashlib.sha256(record.value).digest(),  # the trace is not in the digest
    }


def test_without_a_trace_the_digest_says_it_all() -> None:
    plain = purchase().model_copy(update={"traceparent": None})
    record = event_record(plain)
    assert WRITTEN not in dict(record.headers)
    assert dict(record.headers)[DIGEST] == hashlib.sha256(record.value).digest()
    assert dict(record.headers)[DIGEST] == dict(event_record(purchase()).headers)[DIGEST]


def test_an_import_is_marked_as_one() -> None:
    assert dict(event_record(purchase(), batch=True).headers)[ORIGIN] == BATCH
    assert ORIGIN not in dict(event_record(purchase()).headers)
