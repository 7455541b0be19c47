"""Events posted to a server that cannot take them at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from services.cli.posting import ATTEMPTS, post_events
from shared.ops.errors import InputError


@contextmanager
def server(*statuses: int) -> Iterator[tuple[str, list[int]]]:
    """A server that answers with these statuses, the last one for good, and what it answered."""
    left, answered = list(statuses), list[int]()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status = left.pop(0) if len(left) > 1 else left[0]
            answered.append(status)
            body = b'{"accepted": 1}' if status == 202 else b'{"detail": "not now"}'
            self.send_response(status)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Answering) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}", answered
        finally:
            listening.shutdown()
            thread.join()


def test_a_server_that_cannot_take_them_now_is_tried_again() -> None:
    with server(503, 429, 202) as (address, answered):
        assert post_events(address, "key", [{"id": "1"}]) == 1
    assert answered == [503, 429, 202]


def test_a_server_that_never_can_is_left_in_the_end() -> None:
    with server(503) as (address, answered), pytest.raises(InputError, match="503: not now"):
        post_events(address, "key", [{"id": "1"}])
    assert len(answered) == 1 + ATTEMPTS


@pytest.mark.parametrize(
    ("address", "key", "told"),
    [
        ("http://host:port", "key", "check the address"),
        ("http://[::1", "key", "check the address"),
        ("host", "key", "check the address"),
        ("http://127.0.0.1:1", "schlüssel", "vigia key create"),
        ("http://127.0.0.1:1", "two\nlines", "vigia key create"),
    ],
)
def test_an_address_or_a_key_that_can_be_none_is_one_line(
    address: str, key: str, told: str
) -> None:
    with pytest.raises(InputError, match=told) as raised:
        post_events(address, key, [{"id": "1"}])
    assert "\n" not in str(raised.value)


def test_a_refusal_is_not_repeated() -> None:
    with server(422) as (address, answered), pytest.raises(InputError, match="422"):
        post_events(address, "key", [{"id": "1"}])
    assert answered == [422]
