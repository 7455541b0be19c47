"""Links: what they hold comes back, and nothing else does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ops.links import BadLink, Link, LinkExpired, Links
from shared.ops.secret import Secret

NOW = datetime(2026, 3, 2, 6, 30, 12, tzinfo=UTC)
ALERT = "a_mfrggzdfmztwq2lkobqx"


def links(text: str = "s" * 32, days: int = 30) -> Links:
    return Links(Secret(text), base_url="https://vigia.example", days=days)


LINK = Link(ALERT, "ana", "acknowledge", NOW)


@given(person=st.text(min_size=1, max_size=128), purpose=st.sampled_from(["view", "lose"]))
def test_what_was_put_in_comes_out(person: str, purpose: str) -> None:
    link = Link(ALERT, person, purpose, NOW)
    assert links().read(links().token(link), NOW) == link


def test_a_link_is_an_address_of_the_company() -> None:
    url = links().url(LINK)
    assert url.startswith("https://vigia.example/desk/link/")
    assert url.isascii()
    assert len(url) < 160


@given(st.text(max_size=300))
def test_what_was_not_made_here_is_refused(token: str) -> None:
    with pytest.raises(BadLink):
        links().read(token, NOW)


@given(st.data())
def test_a_changed_link_is_refused(data: st.DataObject) -> None:
    token = links().token(LINK)
    place = data.draw(st.integers(0, len(token) - 2))  # the last character has unused bits
    letter = data.draw(st.sampled_from("abcXYZ019-_.").filter(lambda new: new != token[place]))
    with pytest.raises(BadLink):
        links().read(token[:place] + letter + token[place + 1 :], NOW)


def test_another_companys_link_is_refused() -> None:
    with pytest.raises(BadLink):
        links().read(links("t" * 32).token(LINK), NOW)


def test_a_link_ends() -> None:
    token = links().token(LINK)
    assert links().read(token, NOW + timedelta(days=30)) == LINK
    with pytest.raises(LinkExpired):
        links().read(token, NOW + timedelta(days=30, seconds=1))
