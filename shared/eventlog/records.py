"""From an event to the record that carries it."""

import hashlib

from shared.contract.event import Event
from shared.contract.writing import digest, write_event
from shared.eventlog.port import NewRecord

CONTENT_TYPE = "content-type"
DIGEST = "vigia-digest"  # sha256 of the canonical body, 32 bytes: spares the reader its making
WRITTEN = "vigia-written"  # sha256 of the value, where it holds a trace that the digest leaves out
ORIGIN = "vigia-origin"
BATCH = b"batch"  # the record comes from an import: its feed is complete to its last day


def event_record(event: Event, *, batch: bool = False) -> NewRecord:
    """The record of `event`, keyed by its subject; `batch` when it comes from an import."""
    value = write_event(event)
    said = digest(event, written=value)
    written = hashlib.sha256(value).digest()
    headers = (
        (CONTENT_TYPE, b"application/cloudevents+json"),
        (DIGEST, said),
        *(((WRITTEN, written),) if written != said else ()),
        *(((ORIGIN, BATCH),) if batch else ()),
    )
    return NewRecord(event.subject, value, headers)
