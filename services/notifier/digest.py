"""What one person is told together: the newest about each alert, the worst first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from services.notifier.announcement import ASKING, Announcement
from services.notifier.known import Known
from services.notifier.messages import CALM, Message
from services.notifier.routing import Send
from services.notifier.together import together
from shared.domain.alert import FINAL
from shared.ops.settings import Settings
from shared.storage import gathering
from shared.storage.deliveries import Taken
from shared.storage.gathering import Member

PREFIX = "digest:"  # what stands for an alert where a digest is delivered
ANSWERED = "answered"
OVERTAKEN = "overtaken"
HANDED_OVER = "handed_over"

# From an announcement and its audience to the digest's reader as the one whom that concerns; None:
# it concerns somebody else by now, who hears of it otherwise.
Reader = Callable[[Announcement, str], Send | None]
# From an announcement, its audience, the time of its delivery and its reader to the message.
Tell = Callable[[Announcement, str, datetime, Send], Message]


@dataclass(frozen=True, slots=True)
class Digest:
    """The message, and the deliveries that have become pointless meanwhile, with their reasons."""

    message: Message
    left_out: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that waits for a digest, and what it announces."""

    member: Member
    told: Announcement


@dataclass(frozen=True, slots=True)
class _Part:
    """A delivery that waited for the digest, what it announces, and whom it concerns."""

    member: Member
    told: Announcement
    reader: Send


def digest_key(person: str) -> str:
    """Under what a person's deliveries wait."""
    return f"{PREFIX}{person}"


def is_digest(alert: str) -> bool:
    """Whether what stands for an alert is a digest."""
    return alert.startswith(PREFIX)


def waiting_for(connection: Connection, taken: Taken) -> list[Waiting]:
    """What waits for the digest `taken`, in the order it was announced."""
    members = gathering.members(connection, gathering.name_of(taken.alert, taken.number))
    return [Waiting(one, Announcement.from_dict(one.message)) for one in members]


def digest_of(
    known: Known,
    taken: Taken,
    waiting: Sequence[Waiting],
    to: Send,
    reader: Reader,
    tell: Tell,
    settings: Settings,
) -> Digest | None:
    """The digest of all that is `waiting` for `taken`, which is to bring it to `to`; None when
    nothing of it is news any more."""
    by_alert, left_out = _sort_out(known, waiting, reader)
    name = gathering.name_of(taken.alert, taken.number)
    newest_sent = gathering.newest_sent(known.connection, name, to.way.recipient)
    parts = []
    for alert, found in by_alert.items():
        found.sort(key=lambda one: one.member.number)
        if _is_over(known, alert, found, newest_sent.get(alert, 0)):
            left_out |= {one.member.id: OVERTAKEN for one in found}
            continue
        newest = found[-1]
        told = _as_opening(newest.told, found[0].told)
        parts.append(tell(told, newest.member.audience, newest.member.created_at, newest.reader))
    if not parts:
        return None
    return Digest(together(taken, to, parts, settings), left_out)


def _sort_out(
    known: Known, waiting: Sequence[Waiting], reader: Reader
) -> tuple[dict[str, list[_Part]], dict[int, str]]:
    """What waited for a digest by alert, and what is left out of it, why."""
    by_alert: dict[str, list[_Part]] = {}
    left_out: dict[int, str] = {}
    for one in waiting:
        member, told = one.member, one.told
        person = reader(told, member.audience)
        if person is None:
            left_out[member.id] = HANDED_OVER
        elif told.kind in ASKING and _is_answered(known, member.alert):
            left_out[member.id] = ANSWERED
        else:
            by_alert.setdefault(member.alert, []).append(_Part(member, told, person))
    return by_alert, left_out


def _is_answered(known: Known, alert: str) -> bool:
    row = known.alert(alert)
    return row is not None and not row.waits_for_answer


def _is_over(known: Known, alert: str, found: Sequence[_Part], newest_sent: int) -> bool:
    """Whether the person knows more by now, or need not hear of it any more."""
    first, newest, kind = found[0].member, found[-1].member, found[-1].told.kind
    if newest_sent > newest.number:
        return True
    row = known.alert(alert)
    if row is None:
        return False
    if kind in FINAL:
        return kind in CALM and first.number < newest.number and newest_sent == 0
    return row.state in FINAL


def _as_opening(told: Announcement, first: Announcement) -> Announcement:
    """News of an alert whose opening is told here as well is a part of the opening."""
    if first.kind != "opened" or told.kind != "updated":
        return told
    data = {**told.data, "reason": first.data["reason"]}
    return Announcement("opened", told.at, data, told.previous_rep)
