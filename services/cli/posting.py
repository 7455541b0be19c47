"""Posting events over HTTP, as a till would."""

import json
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import httpx

from shared.ops.errors import InputError

EVENTS_A_REQUEST = 500
ATTEMPTS = 5
LONGEST_WAIT_SECONDS = 60
NOT_NOW = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)


def post_events(address: str, key: str, events: Iterable[dict[str, Any]]) -> int:
    """Post all events as NDJSON in order; the number that was accepted.

    Sending again is harmless, so a server that cannot take them now is tried again when it says.
    Raises InputError for an address or a key that can be none, and with the server's own reason
    when it refuses.
    """
    url = address.rstrip("/") + "/v1/events"
    if not (key.isascii() and key.isprintable()):
        raise InputError("--key is no key; `vigia key create --scope master` makes one")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    transport = httpx.HTTPTransport(retries=ATTEMPTS)
    with httpx.Client(transport=transport, headers=headers, timeout=30) as client:
        return sum(_post(client, url, batch) for batch in _batches(events))


def _batches(events: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    iterator = iter(events)
    while batch := list(islice(iterator, EVENTS_A_REQUEST)):
        yield batch


def _post(client: httpx.Client, url: str, events: list[dict[str, Any]]) -> int:
    body = "".join(json.dumps(event) + "\n" for event in events)
    answer = _answer(client, url, body.encode())
    for _ in range(ATTEMPTS):
        if answer.status_code not in NOT_NOW:
            break
        time.sleep(_seconds(answer))
        answer = _answer(client, url, body.encode())
    if answer.status_code != httpx.codes.ACCEPTED:
        raise InputError(f"{url} answered {answer.status_code}: {_reason(answer)}")
    return int(answer.json()["accepted"])


def _answer(client: httpx.Client, url: str, body: bytes) -> httpx.Response:
    try:
        return client.post(url, content=body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise InputError(
            f"{url} cannot be reached ({type(error).__name__}); check the address"
        ) from None


def _seconds(answer: httpx.Response) -> int:
    """How long the server asks to wait, within reason."""
    told = answer.headers.get("retry-after", "")
    return min(int(told), LONGEST_WAIT_SECONDS) if told.isascii() and told.isdigit() else 1


def _reason(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        details = [problem.get("detail") or problem.get("title") or ""]
        details += [f"event {e['index']}: {e['detail']}" for e in problem.get("errors", [])[:3]]
        return "; ".join(filter(None, details))
    except (ValueError, KeyError, AttributeError):
        return answer.reason_phrase
