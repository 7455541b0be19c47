"""Posting events over HTTP, as a till would."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import httpx

from shared.ops.errors import InputError

EVENTS_A_REQUEST = 500
CONNECTION_ATTEMPTS = 5


def post_events(address: str, key: str, events: Iterable[dict[str, Any]]) -> int:
    """Post all events as NDJSON in order; the number that was accepted.

    Sending again is harmless, so an unavailable server is tried again. Raises InputError with
    the server's own reason when it refuses.
    """
    url = address.rstrip("/") + "/v1/events"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    transport = httpx.HTTPTransport(retries=CONNECTION_ATTEMPTS)
    with httpx.Client(transport=transport, headers=headers, timeout=30) as client:
        return sum(_post(client, url, batch) for batch in _batches(events))


def _batches(events: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    iterator = iter(events)
    while batch := list(islice(iterator, EVENTS_A_REQUEST)):
        yield batch


def _post(client: httpx.Client, url: str, events: list[dict[str, Any]]) -> int:
    body = "".join(json.dumps(event) + "\n" for event in events)
    try:
        answer = client.post(url, content=body.encode())
    except httpx.HTTPError as error:
        raise InputError(
            f"{url} cannot be reached ({type(error).__name__}); check the address"
        ) from None
    if answer.status_code != httpx.codes.ACCEPTED:
        raise InputError(f"{url} answered {answer.status_code}: {_reason(answer)}")
    return int(answer.json()["accepted"])


def _reason(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        details = [problem.get("detail") or problem.get("title") or ""]
        details += [f"event {e['index']}: {e['detail']}" for e in problem.get("errors", [])[:3]]
        return "; ".join(filter(None, details))
    except (ValueError, KeyError, AttributeError):
        return answer.reason_phrase
