"""What waited for a digest is looked at again when the digest is made."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.notifier.metrics import NotifierMetrics
from shared.domain.action import Action
from shared.ops.settings import Settings
from shared.storage import acting
from shared.storage.database import Database
from tests.notifier.weekly import ANA, DIGEST_DAY, MARTA, Desk, open_one, states
from tests.notifier.working import Clock, Recorder, new
from tests.postgres.kinds import every_database

pytestmark = every_database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics) -> Desk:
    weekly = settings.model_copy(update={"digest_at": "monday 07:30"})
    return Desk(company, weekly, clock, metrics, Recorder())


def told_in_digest(desk: Desk, week: int = 0) -> list[tuple[str, list[str]]]:
    """To whom the digests of that Monday went, and of which kinds their parts were."""
    desk.move_to(DIGEST_DAY + timedelta(weeks=week))
    return [(address, [part.kind for part in digest.parts]) for address, digest in desk.work()]


def act(desk: Desk, row: Any, action: Action, until: datetime | None = None) -> None:
    now = desk.clock.now()
    with desk.database.write() as connection:
        acting.act(connection, row.id, action, actor="rep:r1", at=now, until=until)


def unanswered_for_a_week(desk: Desk, *names: str) -> list[Any]:
    """Alerts that a digest told, whose reminder and escalation wait for the next one."""
    opened = [open_one(desk, name) for name in names]
    desk.work()
    told_in_digest(desk)
    desk.move_to(DIGEST_DAY + timedelta(days=6, hours=23))
    desk.planner.remind()
    desk.clock.move_to(DIGEST_DAY + timedelta(days=6, hours=23, minutes=1))
    assert desk.work() == []
    return opened


def test_who_answered_while_the_reminder_waited_is_not_asked_again(desk: Desk) -> None:
    answered, put_off, _ = unanswered_for_a_week(desk, "C-1", "C-2", "C-3")
    act(desk, answered, Action("acknowledge"))
    back = desk.clock.now() + timedelta(days=9)
    act(desk, put_off, Action("snooze", "promised", until=back.date()), until=back)
    desk.move_to(DIGEST_DAY + timedelta(weeks=1))
    sent = dict(desk.work())
    assert sent.keys() == {ANA, MARTA}
    assert [(part.customer, part.kind) for part in sent[ANA].parts] == [("Bar C-3", "reminder")]
    assert [(part.customer, part.kind) for part in sent[MARTA].parts] == [("Bar C-3", "escalated")]
    assert sorted(
        reason or "" for audience, state, reason in states(desk) if state == "suppressed"
    ) == [*["answered"] * 4]


def test_a_digest_of_nothing_but_answered_questions_is_not_sent(desk: Desk) -> None:
    (row,) = unanswered_for_a_week(desk, "C-1")
    act(desk, row, Action("acknowledge"))
    assert told_in_digest(desk, week=1) == []
    assert [reason for _, state, reason in states(desk) if state == "suppressed"] == [
        *["nothing_left"] * 4
    ]


def test_urgent_news_after_a_digest_begins_a_thread_for_each_alert(desk: Desk) -> None:
    opened = [open_one(desk, name) for name in ("C-1", "C-2")]
    desk.work()
    told_in_digest(desk)
    for number in (2, 3):
        for row in opened:
            told: Any = {"kind": "updated", "severity": "urgent", "reason": "complaint"}
            desk.announce(new(number, id=row.id, customer=row.key, **told))
        desk.work()
    threads = [(message.alert, thread) for _, message, thread in desk.channel.sent[1:]]
    one, other = (row.id for row in opened)
    assert threads == [
        (one, None),
        (other, None),
        (one, f"<{one}.2.rep@company.example>"),
        (other, f"<{other}.2.rep@company.example>"),
    ]
