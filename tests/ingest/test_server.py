"""Behind a real server: bodies that lie, stall or break off, and paths as clients write them."""

import http.client
import json
import socket
from contextlib import ExitStack
from urllib.parse import quote

import pytest
from sqlalchemy import func, insert, select

from services.ingest import limits
from shared.storage.database import Database
from shared.storage.tables import customer, log_record
from tests.ingest.builders import Server, purchase

BODY = json.dumps(purchase()).encode()


def status_of(connection: socket.socket) -> int:
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status


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
