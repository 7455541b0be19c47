"""Links in messages: opened by anybody's scanner, used by one person for one alert."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from shared.storage.tables import rep
from tests.desk.company import NAME, Office, field, words

PURPOSES = ("acknowledge", "call", "snooze", "dismiss", "note", "lose", "view")
FORMS = {
    "acknowledge": {},
    "call": {"note": "Comes back on Monday"},
    "snooze": {"reason": "promised", "until": "2026-03-16"},
    "dismiss": {"reason": "known", "note": ""},
    "note": {"note": "Prefers mornings"},
    "lose": {"reason": "competitor", "note": "Cheaper flour"},
}
DONE = {
    "acknowledge": ("acknowledged", "seen"),
    "call": ("working", "called"),
    "snooze": ("snoozed", "promised"),
    "dismiss": ("dismissed", "known"),
    "note": ("noted", "note"),
    "lose": ("lost", "competitor"),
}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_opening_a_link_changes_nothing(office: Office, purpose: str) -> None:
    """Mail scanners open links, some of them twice, and ask for heads."""
    before = office.alert
    with office.client() as scanner:
        for _ in range(3):
            page = scanner.get(office.link(purpose))
            assert page.status_code == 200
        scanner.head(office.link(purpose))
        scanner.options(office.link(purpose))
    assert office.alert == before
    assert NAME in page.text
    assert before.sentence in words(page.text)


@pytest.mark.parametrize("act", FORMS)
def test_a_tap_does_what_the_link_says(office: Office, act: str) -> None:
    link = office.link(act)
    with office.client() as phone:
        seen = field(phone.get(link).text, "seen")
        answer = phone.post(link, data={**FORMS[act], "seen": seen}, follow_redirects=True)
    assert answer.status_code == 200
    assert 'role="status"' in answer.text
    assert office.acts() == [(*DONE[act], "rep:ana")]
    last = office.history()[-1]
    assert last.published_at is None  # the publisher announces it as any other
    assert last.body["act"] == act
    assert last.body.get("note") == (FORMS[act].get("note") or None)
    assert office.wakeup.wait("transition", 0)
    assert office.counted("vigia_desk_acts_total", act=act, outcome="new") == 1


@pytest.mark.parametrize("act", FORMS)
def test_tapping_twice_changes_nothing(office: Office, act: str) -> None:
    link = office.link(act)
    with office.client() as phone:
        seen = field(phone.get(link).text, "seen")
        for _ in range(3):
            answer = phone.post(link, data={**FORMS[act], "seen": seen}, follow_redirects=True)
    assert len(office.acts()) == 1
    assert "done already" in answer.text
    assert office.counted("vigia_desk_acts_total", act=act, outcome="again") == 2


def test_putting_off_says_until_when(office: Office) -> None:
    link = office.link("snooze")
    with office.client() as phone:
        answer = phone.post(link, data=FORMS["snooze"], follow_redirects=True)
    assert "The alert comes back on March 16" in words(answer.text)
    assert office.alert.snoozed_until == datetime(2026, 3, 16, 6, tzinfo=UTC)
    assert "put off until March 16" in words(answer.text)


@pytest.mark.parametrize(
    ("act", "form", "problem"),
    [
        ("dismiss", {"note": "kept"}, "Choose a reason."),
        ("dismiss", {"reason": "competitor", "note": "kept"}, "Choose one of the reasons."),
        ("snooze", {"reason": "other", "until": "2026-03-02"}, "Choose a day after today."),
        ("snooze", {"reason": "other", "until": "soon"}, "Choose a day."),
        ("snooze", {"reason": "other", "until": "2027-03-02"}, "Choose a day within half a year."),
        ("note", {"note": "  "}, "Write something first."),
        ("call", {"note": "x" * 1001}, "Too long: at most 1,000 characters."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(
    office: Office, act: str, form: dict[str, str], problem: str
) -> None:
    with office.client() as phone:
        answer = phone.post(office.link(act), data=form)
    assert answer.status_code == 422
    assert problem in answer.text
    assert "kept" not in form.get("note", "") or ">kept</textarea>" in answer.text
    assert f'id="act-{act}" open' in answer.text
    assert office.acts() == []


def test_the_page_behind_a_link_offers_the_other_acts_too(office: Office) -> None:
    with office.client() as phone:
        page = phone.get(office.link("note")).text
        others = [part.split('"')[0] for part in page.split('action="/desk/link/')[1:]]
        assert len(set(others)) == 6
        for token in others:
            phone.post(f"/desk/link/{token}", data=FORMS["call"])
    assert ("working", "called", "rep:ana") in office.acts()


def test_a_link_to_look_at_does_nothing(office: Office) -> None:
    with office.client() as phone:
        assert phone.post(office.link("view"), data={}).status_code == 404
    assert office.acts() == []


def test_who_has_taken_care_is_not_asked_again(office: Office) -> None:
    with office.client() as phone:
        phone.post(office.link(), data={})
        page = phone.get(office.link()).text
    assert "I&#39;ll take care of it" not in page
    assert "taken care of" in page


def test_a_manager_acts_as_one(office: Office) -> None:
    with office.client() as phone:
        phone.post(office.link(person="eva"), data={})
    assert office.acts() == [("acknowledged", "seen", "manager:eva")]


def refused(office: Office, link: str, status: int, says: str) -> None:
    """Both ways of using the link are refused with words, nothing is told, nothing changes."""
    with office.client() as phone:
        for answer in (phone.get(link), phone.post(link, data={})):
            assert answer.status_code == status
            assert says in words(answer.text)
            assert NAME not in answer.text
            assert office.alert.id not in answer.text
    assert office.acts() == []


def test_an_expired_link_is_explained(office: Office) -> None:
    refused(office, office.link(days=30, minutes=1), 410, "older than 30 days")
    with office.client() as phone:
        assert phone.get(office.link(days=29)).status_code == 200


@pytest.mark.parametrize("change", [lambda x: x[:-3], lambda x: x + "a", lambda x: x.swapcase()])
def test_a_changed_link_is_explained(office: Office, change: Callable[[str], str]) -> None:
    head, _, token = office.link().rpartition("/")
    refused(office, f"{head}/{change(token)}", 404, "not complete, or was changed")


@pytest.mark.parametrize("person", ["bea", "gone", "nobody"])
def test_a_link_for_somebody_elses_customer_shows_nothing(office: Office, person: str) -> None:
    refused(office, office.link(person=person), 404, "Somebody else looks after this customer")


def test_what_a_link_shows_follows_the_customer(office: Office) -> None:
    link = office.link()
    office.change(rep="bea")
    refused(office, link, 404, "Somebody else looks after this customer")


def test_a_link_ends_with_the_rep(office: Office) -> None:
    link = office.link()
    with office.database.write() as connection:
        connection.execute(update(rep).where(rep.c.id == "ana").values(active=False))
    refused(office, link, 404, "Somebody else looks after")


def test_a_forwarded_link_is_explained_to_who_is_logged_in(office: Office) -> None:
    with office.client("bea") as browser:
        for answer in (browser.get(office.link()), browser.post(office.link(), data={})):
            assert answer.status_code == 403
            assert "Este enlace es de otra persona" in words(answer.text)
            assert "Bea Mora" in answer.text
            assert NAME not in answer.text
    assert office.acts() == []


def test_a_link_to_an_alert_that_ended_says_how(office: Office) -> None:
    with office.client() as phone:
        phone.post(office.link("dismiss"), data={"reason": "moved"})
        page = phone.get(office.link()).text
        assert "buys elsewhere with us" in page
        assert "<form" not in page.split("<article")[1]
        answer = phone.post(office.link("call"), data={}, follow_redirects=True)
    assert "had ended before" in answer.text
    assert len(office.acts()) == 1


@pytest.mark.parametrize("reason", ["wrong", "holiday"])
def test_a_mistaken_alert_says_what_it_does_to_the_bar(office: Office, reason: str) -> None:
    """Nobody is said to have called an alert mistaken who closed it for a holiday."""
    with office.client() as phone:
        answer = phone.post(office.link("dismiss"), data={"reason": reason}, follow_redirects=True)
    assert "was closed as holiday or as mistaken on March 2" in words(answer.text)
    assert "1 more now, a little less every day" in words(answer.text)
    assert "Until August 31" in words(answer.text)


def test_the_language_is_the_persons(office: Office) -> None:
    office.change(rep="bea")
    with office.client(**{"accept-language": "en"}) as phone:
        page = phone.get(office.link(person="bea")).text
    assert '<html lang="es">' in page
    assert "Suele comprar" in page
