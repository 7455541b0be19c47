"""A mail as a rep's mail program reads it."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from services.notifier.bars import text_bars
from services.notifier.channels.email import channel as email
from services.notifier.channels.email.render import html_part, render, text_part
from services.notifier.messages import Message
from services.notifier.routing import Send
from services.notifier.ways import mail_way
from shared.ops.clock import SystemClock
from shared.ops.settings import load_settings
from shared.ops.unsubscribe_links import UnsubscribeLinks
from shared.storage.addressing import Card
from tests.notifier.builders import (
    AT,
    BACK,
    BARS,
    CANCELLATION,
    EVIDENCE,
    REP,
    VALUE,
    digest,
    link_to,
    message,
    summary,
)

GOLDEN = Path(__file__).parent / "golden"
SENDER = Address("Vigía", username="vigia", domain="company.example")
OPERATOR = Send(mail_way("it@company.example"), role="operator")
FAREWELL = Send(mail_way("ana@company.example"), role="previous_rep")
SAMPLES: dict[str, dict[str, Any]] = {
    "opened": {},
    "cancellation": {"evidence": [*EVIDENCE, CANCELLATION], "severity": "urgent"},
    "recovered": {
        "kind": "recovered",
        "state": "recovered",
        "evidence": list(BACK),
        "number": 4,
    },
}


def mail(told: Message, to: Send = REP, thread: str | None = None) -> EmailMessage:
    """The mail after a journey as bytes."""
    name, _, domain = to.address.partition("@")
    recipient = Address(to.name or "", username=name, domain=domain)
    sent = render(
        told, SENDER, recipient, thread, datetime(2011, 12, 5, 7, tzinfo=UTC), "it@company.example"
    )
    return message_from_bytes(sent.content, policy=policy.default)


def parts(read: EmailMessage) -> tuple[str, str]:
    plain = read.get_body(("plain",))
    html = read.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), unescape(html.get_content())


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("name", [*SAMPLES, "digest", "summary"])
def test_golden_mails(name: str, locale: str) -> None:
    """After a wanted change: delete the files, run once, and look at what was written."""
    to = Send(mail_way("a@b.example"), role="rep", locale=locale)
    if name in SAMPLES:
        told = message(**{"locale": locale, "to": to, "link_to": link_to, **SAMPLES[name]})
    else:
        told = digest(locale, to) if name == "digest" else summary(locale)
    contents = {"txt": text_part(told), "html": html_part(told)}
    paths = {suffix: GOLDEN / f"{name}.{locale}.{suffix}" for suffix in contents}
    missing = [suffix for suffix, path in paths.items() if not path.exists()]
    for suffix in missing:
        paths[suffix].write_text(contents[suffix], "utf-8")
    assert not missing, "wrote the missing files; look at them and run again"
    assert contents == {suffix: path.read_text("utf-8") for suffix, path in paths.items()}


def test_headers() -> None:
    read = mail(message())
    assert read["From"] == "Vigía <vigia@company.example>"
    assert read["To"] == "Ana Ruiz <ana@company.example>"
    assert read["Subject"] == "Panadería Sol may be leaving: 18,600 EUR a year at risk"
    assert read["Message-ID"] == "<a_mfrggzdfmztwq2lkobqx.1.rep@company.example>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Content-Language"] == "en"
    assert read["List-Unsubscribe"] == "<mailto:it@company.example?subject=unsubscribe>"
    assert read["Date"] == "Mon, 05 Dec 2011 07:00:00 +0000"
    assert read["In-Reply-To"] is None
    assert read.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("person", ["r1", "r" * 128])
def test_one_click_unsubscribes(person: str) -> None:
    """RFC 8058: the https address in one piece, however long, with the mail's address after it."""
    url = f"https://vigia.example/desk/unsubscribe/{'x' * 90}{person}.y"
    sent = render(message(), SENDER, SENDER, None, AT, "it@company.example", url)
    raw = sent.content
    addresses = f"<{url}>, <mailto:it@company.example?subject=unsubscribe>"
    assert f"\r\nList-Unsubscribe: {addresses}\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def sent_by_settings(tmp_path: Path, base_url: str, to: Send) -> EmailMessage:
    """The mail that the channel of such settings leaves in the outbox."""
    settings = load_settings(data=tmp_path, base_url=base_url)
    email.build(settings, SystemClock()).write(message(), to, None)()
    (path,) = (tmp_path / "outbox").glob("*.eml")
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def test_the_one_click_is_for_the_person_and_the_address(tmp_path: Path) -> None:
    read = sent_by_settings(tmp_path, "https://vigia.example", REP)
    url = str(read["List-Unsubscribe"]).partition(">")[0].removeprefix("<https://vigia.example")
    links = UnsubscribeLinks.of(load_settings(data=tmp_path))
    found = links.read(url.removeprefix("/desk/unsubscribe/"))
    assert (found.person, found.mark) == ("r1", links.mark("ana@company.example"))


@pytest.mark.parametrize(
    ("base_url", "to"),
    [("", REP), ("http://vigia.example", REP), ("https://vigia.example", OPERATOR)],
)
def test_no_one_click_without_tls_and_for_the_operator(
    tmp_path: Path, base_url: str, to: Send
) -> None:
    read = sent_by_settings(tmp_path, base_url, to)
    assert str(read["List-Unsubscribe"]).startswith("<mailto:")
    assert read["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize(
    ("one", "other"), [("Иван", "Олег"), ("Núria", "Nária"), ("rep 1", "rep/1")]
)
def test_mails_to_different_people_have_different_names(
    one: str, other: str, tmp_path: Path
) -> None:
    """In the outbox the second would overwrite the first."""
    channel = email.build(load_settings(data=tmp_path), SystemClock())
    for person in (one, one, other):
        channel.write(replace(digest("en"), alert=f"digest:{person}"), REP, None)()
    assert len([*(tmp_path / "outbox").glob("*.eml")]) == 2


def test_later_mails_answer_the_first() -> None:
    first = "<a_1.1.rep@company.example>"
    read = mail(message("recovered", number=4), thread=first)
    assert read["In-Reply-To"] == first
    assert read["References"] == first
    assert read["Message-ID"] != first


def test_every_line_can_travel() -> None:
    name = "Ü" * 60
    sent = render(
        message(card=Card("C", name, None, None)),
        SENDER,
        SENDER,
        None,
        datetime.now(UTC),
        "it@company.example",
    )
    assert max(len(line) for line in sent.content.splitlines()) <= 998


@pytest.mark.parametrize(
    "name",
    [
        "Sol\r\nBcc: thief@evil.example",
        "Sol\nSubject: changed",
        "Sol\x00\x0b\x1b[31m",
        "Sol\u2028Bcc: a@b.example",
        "\ud800Sol",
        "=?utf-8?q?Bcc=3A_a=40b=2Eexample?=",
        "Sol " * 200,
    ],
)
def test_a_customers_name_cannot_write_headers(name: str) -> None:
    read = mail(message(card=Card("C-1", name, name, name)))
    assert read["Bcc"] is None
    assert read.keys().count("Subject") == 1
    assert "\n" not in read["Subject"]
    assert len(read["Subject"]) < 200
    assert read.defects == []


def test_a_reps_name_cannot_write_headers() -> None:
    evil = Send(mail_way("ana@company.example"), role="rep", name='Ana" <x@evil.example>, "')
    read = mail(message(to=evil), to=evil)
    assert [address.addr_spec for address in read["To"].addresses] == ["ana@company.example"]


def test_markup_in_data_is_only_text() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=y>"
    evidence = [{**EVIDENCE[1], "topic": evil}, VALUE, BARS]
    told = message(card=Card("C-1", evil, '"><b>', evil), evidence=evidence)
    html = html_part(told)
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html


def test_nothing_is_loaded_from_elsewhere() -> None:
    html = html_part(message(link_to=link_to))
    assert html.count("http") == html.count('href="https://vigia.example/desk/link/') == 6
    assert "<img" not in html
    assert "position" not in html
    assert len(html) < 102_000  # Gmail cuts longer mails


def test_both_parts_say_the_same() -> None:
    told = message(evidence=[*EVIDENCE, CANCELLATION])
    plain, html = parts(mail(told))
    flat = " ".join(plain.split())
    for text in (told.sentence, told.happened, told.advice, *told.evidence, *told.footer):
        assert str(text) in flat
        assert str(text) in html.replace("\N{NO-BREAK SPACE}", " ")


def test_the_bars_stand_for_the_weeks() -> None:
    told = message()
    assert told.bars is not None
    assert text_bars(told.bars) == "▂▄▃▃▄▃▃▃▄▂▃·▄▃▃▄█▃▃▄▃▃▄▃▁·"
    assert [bar.recent for bar in told.bars.bars] == [False] * 24 + [True] * 2
    assert told.bars.usual == pytest.approx(1 / 3)
    assert told.bars.bars[24].label == "week of Nov 21: 90 EUR"


def test_one_huge_order_does_not_flatten_the_rest() -> None:
    told = message(evidence=[{**BARS, "amounts": ["420", "90000", "400"]}])
    assert told.bars is not None
    assert [round(bar.height, 2) for bar in told.bars.bars] == [0.33, 1.0, 0.32]


def test_a_week_in_which_more_was_given_back_than_bought_has_no_bar() -> None:
    told = message(evidence=[{**BARS, "amounts": ["420", "-900", "400"]}])
    assert told.bars is not None
    assert text_bars(told.bars) == "▇·▇"
    assert [bar.height for bar in told.bars.bars][1] == 0


@pytest.mark.parametrize(
    ("amounts", "usual"), [(["0", "0"], "0"), ([], "0"), (["0", "0"], "12.50"), (["3"], "0")]
)
def test_weeks_without_trade_break_nothing(amounts: list[str], usual: str) -> None:
    weeks = {**BARS, "amounts": amounts, "usual": usual}
    assert parts(mail(message(evidence=[weeks])))


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"severity": "urgent"}, "Urgent: Panadería Sol may be leaving: 18,600 EUR a year at risk"),
        ({"value_at_risk": None}, "Panadería Sol may be leaving"),
        ({"card": None}, "Customer C-1029 may be leaving: 18,600 EUR a year at risk"),
        (
            {"card": Card("C-1029", "   ", None, None), "value_at_risk": None},
            "Customer C-1029 may be leaving",
        ),
        ({"kind": "updated"}, "Panadería Sol: there is news"),
        (
            {"kind": "updated", "reason": "purchase", "severity": "urgent"},
            "Panadería Sol bought again",
        ),
        (
            {"kind": "updated", "reason": "severity", "severity": "urgent"},
            "Urgent: Panadería Sol needs you more than before",
        ),
        (
            {"kind": "updated", "reason": "cancellation", "evidence": [CANCELLATION]},
            "Panadería Sol asks to cancel",
        ),
        ({"kind": "updated", "evidence": [CANCELLATION]}, "Panadería Sol: there is news"),
        ({"kind": "updated", "reason": "complaint"}, "Panadería Sol complains"),
        ({"reason": "complaint", "value_at_risk": None}, "Panadería Sol may be leaving"),
        (
            {"kind": "withdrawn", "reason": "cancellation_withdrawn"},
            "Panadería Sol takes the cancellation back",
        ),
        (
            {"kind": "updated", "reason": "rep_changed"},
            "Panadería Sol is now yours, and may be leaving",
        ),
        ({"kind": "recovered", "severity": "urgent"}, "Panadería Sol is back to normal"),
        ({"kind": "lost", "severity": "urgent"}, "Panadería Sol is lost"),
        ({"kind": "dismissed"}, "Panadería Sol: closed as no cause for concern"),
        ({"kind": "withdrawn"}, "Panadería Sol: false alarm, the data were corrected"),
        (
            {"kind": "updated", "previous_rep": "r0"},
            "Panadería Sol is now yours, and may be leaving",
        ),
        (
            {"kind": "updated", "previous_rep": "r0", "to": FAREWELL},
            "Panadería Sol has another rep now",
        ),
        ({"kind": "updated", "previous_rep": "r0", "to": OPERATOR}, "Panadería Sol: there is news"),
    ],
)
def test_the_subject_says_what_happened(changes: dict[str, Any], subject: str) -> None:
    assert message(**changes).subject == subject


def test_what_is_settled_asks_for_nothing() -> None:
    settled = [{**EVIDENCE[1], "resolved": True}]
    assert message(evidence=settled).advice is None
    assert message("recovered").advice is None
    assert message("recovered").severity_label is None


def test_evidence_that_cannot_be_read_leaves_the_announced_sentence() -> None:
    told = message(evidence=[{"kind": "drop", "days": "many"}, {"kind": "complaint"}])
    assert told.sentence == "Usually buys 3.1 times a week for 420 EUR."
    assert told.bars is None
    assert parts(mail(told))


def test_the_operator_hears_why_and_whose_customer_it_is() -> None:
    told = message(to=OPERATOR, refused=True)
    assert "could not be delivered" in told.footer[0]
    assert ("Rep", "r1") in [(fact.label, fact.value) for fact in told.facts]
    assert "nobody who looks after" in message(to=OPERATOR).footer[0]


def test_an_alert_without_a_customer_tells_its_sentence() -> None:
    told = message(
        to=OPERATOR,
        audience="operator",
        card=None,
        customer=None,
        rep=None,
        evidence=[],
        value_at_risk=None,
        sentence="Nothing has come from till-3 since Monday.",
    )
    assert told.subject == "Nothing has come from till-3 since Monday."
    assert parts(mail(told, to=OPERATOR))
    assert told.footer[0] == "You get this as operator of Vigía."


@pytest.mark.parametrize("blank", [" ", "\u200b", "\N{NO-BREAK SPACE} ", "\u202e"])
def test_what_is_blank_is_as_good_as_missing(blank: str) -> None:
    """Fields of fixed width are filled up with spaces in many a system."""
    told = message(card=Card("C-1029", blank, blank, blank))
    missing = message(card=Card("C-1029", None, None, None))
    assert (told.customer, told.subject) == (missing.customer, missing.subject)
    assert told.facts == missing.facts
    assert told.customer == "Customer C-1029"


def test_the_phone_can_be_tapped() -> None:
    (phone,) = [fact for fact in message().facts if fact.link]
    assert phone.link == "tel:+34600123456"
    evil = message(card=Card("C", "n", "javascript:alert(1)", None))
    assert [fact.link for fact in evil.facts if fact.link] == ["tel:javascript%3Aalert%281%29"]


@pytest.mark.parametrize(
    ("state", "purposes"),
    [
        ("open", ["acknowledge", "call", "snooze", "dismiss", "note", "lose"]),
        ("acknowledged", ["call", "snooze", "dismiss", "note", "lose"]),
        ("working", ["call", "snooze", "dismiss", "note", "lose"]),
        ("recovered", ["view"]),
    ],
)
def test_what_is_left_to_do_can_be_done_from_the_mail(state: str, purposes: list[str]) -> None:
    told = message(state=state, link_to=link_to)
    assert [button.purpose for button in told.buttons] == purposes
    plain, html = parts(mail(told))
    for button in told.buttons:
        assert f"{button.label}\n{button.url}\n" in plain.replace("\r\n", "\n")
        assert f'href="{button.url}"' in html


def test_who_may_not_act_gets_no_links() -> None:
    assert message(to=OPERATOR).buttons == ()
    assert "href" not in html_part(message(to=OPERATOR, card=None))
