"""What one person is told together: the newest about each alert, the worst first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notifier.announcement import ASKING, Announcement
from services.notifier.known import Known
from services.notifier.messages import CALM, Message
from services.notifier.routing import Send
from services.notifier.together import together
from shared.domain.alert import FINAL
from shared.ops.settings import Settings
from shared.storage import delivery_list, gathering
from shared.storage.deliveries import Taken
from shared.storage.gathering import Member

PREFIX = "digest:"  # what stands for an alert where a digest is delivered
ANSWERED = "answered"
OVERTAKEN = "overtaken"

# From an announcement, its audience and the time of its delivery to the message about it.
Tell = Callable[[Announcement, str, datetime], Message]


@dataclass(frozen=True, slots=True)
class Digest:
    """The message, and the deliveries that have become pointless meanwhile, with their reasons."""

    message: Message
    left_out: Mapping[int, str]


def digest_key(person: str) -> str:
    """Under what a person's deliveries wait."""
    return f"{PREFIX}{person}"


def is_digest(alert: str) -> bool:
    """Whether what stands for an alert is a digest."""
    return alert.startswith(PREFIX)


def name_of(key: str, number: int) -> str:
    """The name of one digest."""
    return f"{key}/{number}"


def digest_of(
    known: Known, taken: Taken, to: Send, tell: Tell, settings: Settings
) -> Digest | None:
    """The digest that `taken` is to bring to `to`; None when nothing of it is news any more."""
    waiting = gathering.members(known.connection, name_of(taken.alert, taken.number))
    by_alert: dict[str, list[Member]] = {}
    left_out: dict[int, str] = {}
    for member in waiting:
        if _is_answered(known, member):
            left_out[member.id] = ANSWERED
        else:
            by_alert.setdefault(member.alert, []).append(member)
    parts = []
    for alert, members in by_alert.items():
        members.sort(key=lambda member: member.number)
        if _is_over(known, alert, members, to):
            left_out |= {member.id: OVERTAKEN for member in members}
            continue
        newest = members[-1]
        told = _as_opening(Announcement.from_dict(newest.message), members)
        parts.append(tell(told, newest.audience, newest.created_at))
    if not parts:
        return None
    return Digest(together(taken, to, parts, settings), left_out)


def _is_answered(known: Known, member: Member) -> bool:
    """Whether it asks for an answer that was given while it waited."""
    if member.message["kind"] not in ASKING:
        return False
    row = known.alert(member.alert)
    return row is not None and not row.waits_for_answer


def _is_over(known: Known, alert: str, members: Sequence[Member], to: Send) -> bool:
    """Whether the person knows more by now, or need not hear of it any more."""
    newest, kind = members[-1], members[-1].message["kind"]
    newest_sent = delivery_list.newest_sent(known.connection, alert, to.way.recipient)
    if newest_sent > newest.number:
        return True
    row = known.alert(alert)
    if row is None:
        return False
    if kind in FINAL:
        return kind in CALM and members[0].number < newest.number and newest_sent == 0
    return row.state in FINAL


def _as_opening(told: Announcement, members: Sequence[Member]) -> Announcement:
    """News of an alert whose opening is told here as well is a part of the opening."""
    opened = members[0].message["kind"] == "opened"
    if not opened or told.kind != "updated":
        return told
    data = {**told.data, "reason": members[0].message["data"]["reason"]}
    return Announcement("opened", told.at, data, told.previous_rep)
