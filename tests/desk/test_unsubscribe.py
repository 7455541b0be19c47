"""What a mail program's «unsubscribe» does, and how a rep comes back."""

import pytest

from shared.ops.unsubscribe_links import UnsubscribeLinks
from shared.storage import channel_state, rep_channels, reps
from shared.storage.rep_channels import Way
from shared.storage.reps import Rep
from tests.desk.company import ANA, Office, words

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
FOREIGN = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"}


def link(office: Office, person: str = "ana", address: str | None = None) -> str:
    links = UnsubscribeLinks.of(office.settings)
    return links.url(person, address or f"{person}@company.example")


def gone(office: Office, *addresses: str) -> dict[str, str]:
    with office.database.read() as connection:
        return channel_state.gone(connection, addresses or ["ana@company.example"])


def test_opening_the_link_changes_nothing(office: Office) -> None:
    with office.client() as scanner:
        for _ in range(2):
            page = scanner.get(link(office))
    assert page.status_code == 200
    assert "Send me no more mails" in page.text
    assert gone(office) == {}


@pytest.mark.parametrize("how", ["urlencoded", "multipart", "empty"])
def test_one_click_takes_the_address_out(office: Office, how: str) -> None:
    """As a provider's server sends it: no cookie, no proof, in either of both forms."""
    with office.client(**FOREIGN) as provider:
        for _ in range(2):
            if how == "multipart":
                files = {"List-Unsubscribe": (None, "One-Click")}
                answer = provider.post(link(office), files=files)
            else:
                body = ONE_CLICK if how == "urlencoded" else None
                answer = provider.post(link(office), data=body)
            assert answer.status_code == 200  # never a redirect
    assert "You get no more mails" in answer.text
    assert gone(office) == {"ana@company.example": "unsubscribed"}


@pytest.mark.parametrize(
    ("person", "title", "button"),
    [
        ("ana", "You get no more mails from Vigía", "Send me mails again"),
        ("bea", "Ya no recibes correos de Vigía", "Volver a recibir correos"),
    ],
)
def test_there_is_a_way_back(office: Office, person: str, title: str, button: str) -> None:
    address = f"{person}@company.example"
    with office.client() as phone:
        done = phone.post(link(office, person), data={})
        assert title in words(done.text)
        assert button in done.text
        again = phone.post(f"{link(office, person)}/back", data={})
    assert title not in words(again.text)
    assert gone(office, address) == {}


def test_the_way_back_is_no_matter_of_other_sites(office: Office) -> None:
    with office.client(**FOREIGN) as site:
        site.post(link(office), data=ONE_CLICK)
        assert site.post(f"{link(office)}/back", data={}).status_code == 403
    assert gone(office) == {"ana@company.example": "unsubscribed"}


def test_an_address_that_is_gone_does_not_come_back(office: Office) -> None:
    with office.database.write() as connection:
        channel_state.make_unreachable(connection, ANA.email or "", "bounced", office.clock.real())
    with office.client() as phone:
        page = phone.post(f"{link(office)}/back", data={})
    assert "Send me mails again" not in page.text
    assert gone(office) == {"ana@company.example": "bounced"}


def test_nobody_is_taken_out_without_a_link_for_it(office: Office) -> None:
    token = link(office).rpartition("/")[2]
    other = office.link("dismiss").rpartition("/")[2]
    with office.client() as guesser:
        for wrong in (token[:-2], other, "x"):
            for path in (wrong, f"{wrong}/back"):
                assert guesser.post(f"/desk/unsubscribe/{path}", data={}).status_code == 404
            assert guesser.get(f"/desk/unsubscribe/{wrong}").status_code == 404
    assert gone(office) == {}


def test_a_link_of_a_former_address_leaves_the_new_one(office: Office) -> None:
    with office.database.write() as connection:
        changed = Rep("ana", email="ana.ruiz@company.example")
        reps.add(connection, changed, office.clock.now())
    with office.client() as phone:
        answer = phone.post(link(office), data={})
    assert answer.status_code == 200
    assert gone(office, "ana@company.example", "ana.ruiz@company.example") == {}


def test_mails_of_a_named_channel_end_too(office: Office) -> None:
    from shared.ops.secret import load_secret

    cipher = rep_channels.cipher_of(load_secret(office.settings).key(rep_channels.PURPOSE))
    way = Way("email", "ana@home.example", "ana@home.example")
    with office.database.write() as connection:
        rep_channels.replace(connection, "ana", [way], cipher, office.clock.real())
    with office.client() as phone:
        phone.post(link(office, address="ana@home.example"), data={})
    assert gone(office, "ana@home.example", "ana@company.example") == {
        "ana@home.example": "unsubscribed"
    }
