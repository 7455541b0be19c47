"""Behind a real server: bodies that lie, stall or break off, and paths as clients write them."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import quote

import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import func, insert, select

from services.ingest import limits
from shared.storage.database import Database
from shared.storage.tables import customer, log_record
from tests.ingest.builders import new_key, purchase

BODY = json.dumps(purchase()).encode()


class Server:
    def __init__(self, port: int, secret: str) -> None:
        self.port = port
        self.secret = secret

    def open(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def head(self, *lines: str) -> bytes:
        """The head of a POST with these more header lines."""
        common = (
            "POST /v1/events HTTP/1.1",
            "Host: test",
            "Content-Type: application/json",
            f"Authorization: Bearer {self.secret}",
        )
        return "\r\n".join([*common, *lines, "", ""]).encode()

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.secret}"})
        status = connection.getresponse().status
        connection.close()
        return status


def status_of(connection: socket.socket) -> int:
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status


@pytest.fixture
def server(app: FastAPI, database: Database) -> Iterator[Server]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        thread.join(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield Server(port, new_key(database, "admin"))
    running.should_exit = True
    thread.join(10)


def stored(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(log_record)) or 0


def test_a_length_beyond_the_limit_is_answered_before_the_body(server: Server) -> None:
    with server.open() as connection:
        connection.sendall(server.head(f"Content-Length: {limits.WIRE_BYTES + 1}"))
        assert status_of(connection) == 413


def test_a_sender_beyond_the_limit_still_hears_why(server: Server) -> None:
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    with server.open() as connection:
        connection.sendall(server.head("Transfer-Encoding: chunked"))
        for _ in range(160):
            connection.sendall(chunk)
        connection.sendall(b"0\r\n\r\n")
        assert status_of(connection) == 413


def test_a_stranger_with_a_large_body_hears_why(server: Server) -> None:
    with server.open() as connection:
        head = server.head(f"Content-Length: {limits.WIRE_BYTES}")
        connection.sendall(head.replace(server.secret.encode(), b"wrong"))
        connection.sendall(bytes(limits.WIRE_BYTES))
        assert status_of(connection) == 401


def test_bodies_that_stall_hold_no_thread(server: Server, database: Database) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            connection = stack.enter_context(server.open())
            connection.sendall(server.head(f"Content-Length: {len(BODY)}") + BODY[:-1])
        for path in ("/healthz", "/readyz", "/v1/alerts"):
            assert server.get(path) == 200
        assert stored(database) == 0
        connection.sendall(BODY[-1:])
        assert status_of(connection) == 202
    assert stored(database) == 1


def test_a_body_that_breaks_off_leaves_nothing(server: Server, database: Database) -> None:
    with server.open() as connection:
        connection.sendall(server.head(f"Content-Length: {len(BODY) + 1}") + BODY)
    with server.open() as connection:
        connection.sendall(server.head("Transfer-Encoding: chunked"))
        connection.sendall(b"%x\r\n%b\r\n" % (len(BODY), BODY))
    assert server.get("/healthz") == 200
    assert stored(database) == 0


@pytest.mark.parametrize("id", ["shop/7", "a b+c%2F", "ñ/€", "a?b#c", "a//b/"])
def test_ids_are_written_percent_encoded(server: Server, database: Database, id: str) -> None:
    with database.write() as connection:
        connection.execute(insert(customer).values(id=id))
    assert server.get("/v1/customers/" + quote(id, safe="")) == 200
    assert server.get("/v1/customers/" + quote(id + "x", safe="")) == 404
