"""Every reason that is announced is told in words of its own, or needs none."""

import pytest

from services.detector.decision import NEWS, PRESSING
from services.detector.verdicts import CATEGORY, GAP, SCORE
from services.notifier.occasion import RELIEF
from shared.wording.language import TEXTS, language
from tests.notifier.builders import message

ANNOUNCED = {
    "opened": {*PRESSING, SCORE, GAP, CATEGORY},
    "updated": {*NEWS, "severity"},
    "recovered": {SCORE, CATEGORY, "settled"},
    "lost": {"silent", "cancelled"},
    "withdrawn": {"corrected", "cancellation_withdrawn"},
}
# The kind says enough; who is told of another rep is told as the old or the new one.
PLAIN = {
    "opened": {"complaint", "payment", "survey", SCORE, GAP, CATEGORY},
    "updated": {"rep_changed"},
    "recovered": {SCORE, CATEGORY, "settled"},
    "lost": {"silent", "cancelled"},
    "withdrawn": {"corrected"},
}


@pytest.mark.parametrize("code", TEXTS)
@pytest.mark.parametrize("kind", ANNOUNCED)
def test_every_announced_reason_has_words_or_needs_none(kind: str, code: str) -> None:
    speech = language(code)
    own = {one for one in ANNOUNCED[kind] if speech.knows(f"subject.{kind}.{one}")}
    assert ANNOUNCED[kind] - own == PLAIN[kind]


@pytest.mark.parametrize(
    ("reason", "subject", "happened"),
    [
        ("purchase", "Panadería Sol bought again", "Bought again"),
        ("complaint_resolved", "Panadería Sol: a complaint was settled", "A complaint was settled"),
        ("payment_settled", "Panadería Sol: a payment was settled", "A payment was settled"),
        ("cancellation_withdrawn", "Panadería Sol takes the cancellation back", "wants to stay"),
    ],
)
def test_good_news_is_said_without_hurry(reason: str, subject: str, happened: str) -> None:
    told = message("updated", reason=reason, severity="urgent")
    assert told.subject == subject
    assert happened in (told.happened or "")


def test_only_what_is_announced_is_good_news() -> None:
    assert {key.removeprefix("updated.") for key in RELIEF} <= ANNOUNCED["updated"]
