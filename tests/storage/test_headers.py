"""Record headers survive being packed."""

from hypothesis import given
from hypothesis import strategies as st

from shared.storage.headers import pack_headers, unpack_headers

NAMES = st.text(st.characters(codec="utf-8"), max_size=60)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=300)), max_size=5))
def test_headers_come_back(headers: list[tuple[str, bytes]]) -> None:
    assert unpack_headers(pack_headers(tuple(headers))) == tuple(headers)
