"""Record headers as bytes: for every header one byte and four bytes of length, name and value."""

from struct import Struct

Headers = tuple[tuple[str, bytes], ...]
_LENGTHS = Struct(">BI")


def pack_headers(headers: Headers) -> bytes:
    """The headers in order, names in UTF-8 of at most 255 bytes."""
    packed = bytearray()
    for name, value in headers:
        encoded = name.encode()
        packed += _LENGTHS.pack(len(encoded), len(value)) + encoded + value
    return bytes(packed)


def unpack_headers(packed: bytes) -> Headers:
    """What `pack_headers` was given."""
    headers = []
    at = 0
    while at < len(packed):
        name_length, value_length = _LENGTHS.unpack_from(packed, at)
        name = at + 5
        value = name + name_length
        at = value + value_length
        headers.append((packed[name:value].decode(), packed[value:at]))
    return tuple(headers)
