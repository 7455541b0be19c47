"""What a body may cost, with bodies made to cost more."""

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import anyio
import pytest
from starlette.requests import Request
from starlette.types import Message

from services.ingest import limits
from services.ingest.limits import Buffers, NotGzip, TooBusy, TooLarge, TooSlow, inflate, read_body


def request(chunks: list[bytes], *, length: str | None = None, stall: bool = False) -> Request:
    """A request whose body arrives in these chunks; with `stall` its end never comes."""

    async def messages() -> AsyncIterator[Message]:
        for chunk in chunks:
            yield {"type": "http.request", "body": chunk, "more_body": True}
        if stall:
            await anyio.sleep_forever()
        yield {"type": "http.request", "body": b"", "more_body": False}

    source = messages()

    async def receive() -> Message:
        return await anext(source)

    headers = [] if length is None else [(b"content-length", length.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def received(sent: Request, buffers: Buffers | None = None) -> bytes:
    return anyio.run(read_body, sent, buffers or Buffers())


def test_a_body_is_read_as_sent() -> None:
    assert received(request([b"ab", b"", b"c"])) == b"abc"


def test_a_body_of_exactly_the_limit_passes() -> None:
    half = b"x" * (limits.WIRE_BYTES // 2)
    assert len(received(request([half, half], length=str(limits.WIRE_BYTES)))) == limits.WIRE_BYTES


@pytest.mark.parametrize("length", [str(limits.WIRE_BYTES + 1), "9" * 5000])
def test_a_declared_length_beyond_the_limit_is_refused_unread(length: str) -> None:
    with pytest.raises(TooLarge):
        received(request([], length=length, stall=True))


@pytest.mark.parametrize("length", [None, "10", "-1", "ten", "²"])
def test_a_length_that_lies_does_not_help(length: str | None) -> None:
    buffers = Buffers()
    chunks = [b"x" * 65536] * 33
    with pytest.raises(TooLarge):
        received(request(chunks, length=length, stall=True), buffers)
    assert buffers.held == 0


def test_a_body_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.01)
    buffers = Buffers()
    with pytest.raises(TooSlow):
        received(request([b"x"], stall=True), buffers)
    assert buffers.held == 0


def test_all_unfinished_bodies_share_a_limit() -> None:
    buffers = Buffers(limit=10)
    buffers.take(6)
    with pytest.raises(TooBusy):
        received(request([b"abc", b"def"]), buffers)
    assert buffers.held == 6
    assert received(request([b"abcd"]), buffers) == b"abcd"


def test_gzip_of_several_members_is_inflated() -> None:
    members = [b"a" * 40_000, b"", b"b" * 7]
    assert inflate(b"".join(map(gzip.compress, members))) == b"".join(members)


def test_inflating_to_exactly_the_limit_passes() -> None:
    assert len(inflate(gzip.compress(bytes(limits.INFLATED_BYTES)))) == limits.INFLATED_BYTES


@pytest.mark.parametrize(
    ("size", "members"),
    [(limits.INFLATED_BYTES + 1, 1), (1024 * 1024, 9), (100 * 1024 * 1024, 1)],
)
def test_a_bomb_is_stopped_before_it_grows(size: int, members: int) -> None:
    bomb = gzip.compress(bytes(size)) * members
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            inflate(bomb)
        assert tracemalloc.get_traced_memory()[1] < 2.5 * limits.INFLATED_BYTES
    finally:
        tracemalloc.stop()


def test_many_empty_members_do_not_copy_the_rest_each_time() -> None:
    empty = gzip.compress(b"")
    assert inflate(empty * (limits.WIRE_BYTES // len(empty))) == b""


whole = gzip.compress(b"some events, then some more", mtime=0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        whole[:-1],
        whole[:5],
        whole + whole[:12],
        whole + b"tail",
        whole[:-8] + bytes(8),
        zlib.compress(b"{}"),
    ],
    ids=["empty", "plain", "cut", "head", "second cut", "tail", "checksum", "zlib"],
)
def test_what_is_not_whole_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(NotGzip):
        inflate(body)
