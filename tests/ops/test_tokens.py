"""Tokens: as the library makes and reads them, so that what was mailed once stays good."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from shared.ops.tokens import BadToken, Tokens

KEY = b"k" * 32
TOKENS = Tokens(KEY, "alert")
LIBRARY = URLSafeSerializer(
    KEY, salt="alert", signer_kwargs={"key_derivation": "hmac", "digest_method": sha256}
)
VALUES = st.lists(st.text(max_size=40) | st.integers(0, 2**40), max_size=4)


@given(VALUES)
def test_what_is_signed_is_read_here_and_by_the_library(values: list[str | int]) -> None:
    token = TOKENS.token(values)
    assert LIBRARY.loads(token) == values
    assert TOKENS.read(token) == values
    assert TOKENS.read(LIBRARY.dumps(values)) == values


@pytest.mark.parametrize("values", [["a_1", "ana", "view", 1_772_433_012], ["x" * 300]])
def test_the_library_would_make_the_same(values: list[str | int]) -> None:
    """Short ones as they are, long ones compressed."""
    assert TOKENS.token(values) == LIBRARY.dumps(values)


@pytest.mark.parametrize("other", [Tokens(b"o" * 32, "alert"), Tokens(KEY, "unsubscribe")])
def test_another_key_or_purpose_reads_nothing(other: Tokens) -> None:
    with pytest.raises(BadToken):
        other.read(TOKENS.token(["ana"]))
