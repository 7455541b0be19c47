"""From an event to the record that carries it."""

from shared.contract.event import Event
from shared.contract.writing import digest, write_event
from shared.eventlog.port import NewRecord

CONTENT_TYPE = "content-type"
DIGEST = "vigia-digest"  # sha256 of the canonical body, 32 bytes: spares the reader its making
ORIGIN = "vigia-origin"
BATCH = b"batch"  # the record comes from an import: its feed is complete to its last day


def event_record(event: Event, *, batch: bool = False) -> NewRecord:
    """The record of `event`, keyed by its subject; `batch` when it comes from an import."""
    value = write_event(event)
    headers = (
        (CONTENT_TYPE, b"application/cloudevents+json"),
        (DIGEST, digest(event, written=value)),
        *(((ORIGIN, BATCH),) if batch else ()),
    )
    return NewRecord(event.subject, value, headers)
