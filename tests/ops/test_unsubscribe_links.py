"""Links to be sent no more mails."""

import pytest

from shared.ops.links import BadLink
from shared.ops.secret import Secret
from shared.ops.unsubscribe_links import UnsubscribeLinks

LINKS = UnsubscribeLinks(Secret("a secret"), base_url="https://vigia.example")


def test_a_link_is_for_one_person_and_one_address() -> None:
    read = LINKS.read(LINKS.token("ana", "ana@company.example"))
    assert read.person == "ana"
    assert read.mark == LINKS.mark("Ana@Company.example")
    assert read.mark != LINKS.mark("bea@company.example")


def test_a_link_does_not_tell_the_address() -> None:
    url = LINKS.url("r1", "ana@company.example")
    assert url.startswith("https://vigia.example/desk/unsubscribe/")
    assert "company" not in url
    assert LINKS.mark("ana@company.example") != UnsubscribeLinks(
        Secret("another"), base_url=""
    ).mark("ana@company.example")


@pytest.mark.parametrize("change", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), str.upper])
def test_a_link_that_was_changed_is_none(change: object) -> None:
    assert callable(change)
    with pytest.raises(BadLink):
        LINKS.read(change(LINKS.token("ana", "ana@company.example")))


@pytest.mark.parametrize("token", ["", "x", "é", "x" * 5000])
def test_strange_tokens_are_none(token: str) -> None:
    with pytest.raises(BadLink):
        LINKS.read(token)
