"""Now, when the person works again, or with the next digest. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.notifier.hours import Hours
from services.notifier.pacing import digest_at
from services.notifier.rules import Manner
from shared.ops.settings_messages import WeeklyMoment

ASLEEP = "outside_hours"


@dataclass(frozen=True, slots=True)
class Sleep:
    """Decide again at `until`, in business time."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Gather:
    """Tell it with all else that `person` is told in the digest of `at`, in business time."""

    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Recipient:
    """What decides when a person hears of something; `hours` None: at any time.

    `digest` None: no digests; `digest_days`: whose working days they keep to, None: to none.
    `busy`: was sent so many messages in the last hour that the next
    ones are better told together. `gathers` False: it reads everything by itself, at once.
    """

    person: str
    zone: ZoneInfo
    hours: Hours | None
    digest: WeeklyMoment | None
    digest_days: Hours | None = None
    busy: bool = False
    gathers: bool = True


def timing(
    manner: Manner, to: Recipient, now: datetime, *, alone: bool = False
) -> Sleep | Gather | None:
    """None: now. A digest is sent at its own hour, whatever the working hours are.

    What is told `alone` is never gathered.
    """
    if not to.gathers:
        return None
    if not (manner.instant or alone) and to.digest is not None:
        return Gather(to.person, next_digest(to, to.digest, now))
    opens = now if manner.any_hour or to.hours is None else to.hours.opens(now)
    if opens > now:
        return Sleep(opens, ASLEEP)
    return Gather(to.person, next_quarter(now)) if to.busy and not alone else None


def next_digest(to: Recipient, moment: WeeklyMoment, now: datetime) -> datetime:
    """The first digest later than `now`; one of a free day comes on the next working day, so that
    the one of last week may still lie ahead."""
    weekday, clock = moment
    due = [
        digest_at(after, weekday=weekday, clock=clock, zone=to.zone)
        for after in (now - timedelta(weeks=1), now)
    ]
    if to.digest_days is not None:
        days = to.digest_days
        due = [datetime.combine(days.next_day(at.date()), clock, to.zone) for at in due]
    return next(at for at in due if at > now)


def next_quarter(now: datetime) -> datetime:
    """The next full quarter of an hour, so that a storm becomes one message for each."""
    return datetime.fromtimestamp((now.timestamp() // 900 + 1) * 900, now.tzinfo)
