from typing import Any

import pytest

from shared.domain import alert
from shared.domain.evidence import Item


def item(kind: str, **content: Any) -> Item:
    return {"kind": kind, "day": "2026-03-01", "event": {"source": "s", "id": "1"}, **content}


COMPLAINT = item("complaint", severity="high", resolved=False)
REQUESTED = item("cancellation", stage="requested")
MISSED = item("payment", status="missed", resolved=False)
SURVEY = item("survey", survey="nps", score=1)
DROP: Item = {"kind": "drop"}


@pytest.mark.parametrize("state", alert.FINAL)
@pytest.mark.parametrize("kind", alert.KINDS)
def test_a_final_state_never_changes(state: str, kind: str) -> None:
    with pytest.raises(alert.IllegalMove):
        alert.move(state, kind)


@pytest.mark.parametrize("state", alert.LIVING)
@pytest.mark.parametrize("kind", alert.FINAL)
def test_every_living_alert_can_end(state: str, kind: str) -> None:
    assert alert.move(state, kind) == kind


@pytest.mark.parametrize(
    ("state", "kind", "after"),
    [
        (None, "opened", "open"),
        ("open", "acknowledged", "acknowledged"),
        ("open", "working", "working"),
        ("acknowledged", "working", "working"),
        ("working", "updated", "working"),
        ("acknowledged", "snoozed", "acknowledged"),
        ("open", "noted", "open"),
    ],
)
def test_moves(state: str | None, kind: str, after: str) -> None:
    assert alert.move(state, kind) == after


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("open", "opened"),
        (None, "updated"),
        ("working", "acknowledged"),
        ("acknowledged", "acknowledged"),
        ("open", "vanished"),
    ],
)
def test_refused_moves(state: str | None, kind: str) -> None:
    with pytest.raises(alert.IllegalMove):
        alert.move(state, kind)


def test_an_alert_id_depends_on_customer_and_episode_alone() -> None:
    first = alert.alert_id("C-1", 1)
    assert first == alert.alert_id("C-1", 1)
    assert len({first, alert.alert_id("C-1", 2), alert.alert_id("C-2", 1)}) == 3
    assert alert.alert_id("C-1", 11) != alert.alert_id("C-11", 1)
    assert len(first) == 22
    assert first[:2] == "a_"
    assert first[2:].isalnum()
    assert first == first.lower()


@pytest.mark.parametrize(
    ("items", "by_score", "top", "severity"),
    [
        ([REQUESTED], False, False, "urgent"),
        ([COMPLAINT, DROP], False, False, "urgent"),
        ([COMPLAINT], False, False, "warning"),
        ([{**COMPLAINT, "resolved": True}, DROP], True, False, "warning"),
        ([MISSED], False, False, "warning"),
        ([SURVEY, DROP], False, False, "watch"),
        ([SURVEY, DROP], True, False, "warning"),
        ([DROP], True, True, "urgent"),
    ],
)
def test_severity(items: list[Item], by_score: bool, top: bool, severity: str) -> None:
    assert alert.severity(items, by_score=by_score, top=top) == severity


def test_the_tenth_with_most_at_risk_needs_ten_living_alerts() -> None:
    assert not alert.most_at_risk(0, 9, already_urgent=False)
    assert alert.most_at_risk(0, 10, already_urgent=False)
    assert not alert.most_at_risk(1, 19, already_urgent=False)


def test_an_urgent_alert_stays_so_until_it_leaves_the_upper_fifth() -> None:
    assert alert.most_at_risk(1, 10, already_urgent=True)
    assert not alert.most_at_risk(2, 10, already_urgent=True)


def test_worse_severities() -> None:
    assert alert.is_worse("urgent", "warning")
    assert not alert.is_worse("watch", "warning")
    assert not alert.is_worse("warning", "warning")
