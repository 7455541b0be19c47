"""What business time brings: sleepers wake, digests go out, unanswered alerts are told again.

Any number of planners may share a database: whatever one of them makes has a name that nobody
else makes again.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from services.notifier.announcement import Announcement
from services.notifier.digest import PREFIX
from services.notifier.pacing import REMINDERS, digest_at, reminder_at
from services.notifier.preparing import Preparing
from services.notifier.recipients import OPERATOR, Recipients
from services.notifier.routing import ESCALATION
from services.notifier.summary import PREFIX as SUMMARY
from services.notifier.summary import SPAN
from shared.ops.clock import Clock
from shared.ops.settings import Settings
from shared.ops.settings_messages import read_moment
from shared.storage import deliveries, gathering, reps, teams, unanswered
from shared.storage.database import Database
from shared.storage.deliveries import NewDelivery
from shared.storage.reps import Rep
from shared.storage.unanswered import Unanswered

NEWS = timedelta(hours=48)  # an older summary is not sent any more
URGENT = "urgent"
LOOK_SECONDS = 60.0  # how often unanswered alerts are looked for


class Planner:
    """Makes deliveries when their time comes."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, preparing: Preparing
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._preparing = preparing
        self._recipients = Recipients(settings)

    def step(self) -> bool:
        """Wake what slept and make the digests that are due; whether there was anything."""
        now, real = self._clock.now(), self._clock.real()
        with self._database.glance() as connection:
            asleep, keys = gathering.asleep(connection, now), gathering.keys_due(connection, now)
        if asleep:
            self._database.run(lambda connection: gathering.wake(connection, now, real))
        made = [self._database.run(partial(self._digest, key=key, now=now)) for key in keys]
        return asleep or any(made)

    def remind(self) -> int:
        """Tell once more what nobody answered, rarely and in the end no more; how many."""
        now = self._clock.now()
        with self._database.read() as connection:
            waiting = unanswered.read(connection)
            told = reps.those(connection, {one.person for one in waiting if one.person})
        real = self._clock.real()
        new = [
            made
            for one in waiting
            for since in [self._since(one, told.get(one.person or ""), now, real)]
            for made in self._due(one, since, now)
        ]
        return self._database.run(lambda c: self._keep(c, new, now)) if new else 0

    def summarize(self) -> int:
        """Make the week's summary for every manager; how many were new."""
        if not self._settings.summary_at:
            return 0
        now = self._clock.now()
        with self._database.read() as connection:
            managers = {
                manager: person
                for manager in teams.managers(connection)
                if (person := reps.find(connection, manager)) is not None and person.active
            }
        new = [
            (_summary(person, at), "digest")
            for person in managers.values()
            if (at := self._last_summary(person, now)) is not None
        ]
        return self._database.run(lambda c: self._keep(c, new, now)) if new else 0

    def _last_summary(self, person: Rep, now: datetime) -> datetime | None:
        """When the newest summary was due; None when that is too long ago to be news."""
        weekday, clock = read_moment(self._settings.summary_at)
        zone = ZoneInfo(person.time_zone) if person.time_zone else self._settings.zone
        at = digest_at(now - SPAN, weekday=weekday, clock=clock, zone=zone)
        return at if at <= now < at + NEWS else None

    def _digest(self, connection: Connection, key: str, now: datetime) -> bool:
        number = gathering.free_number(connection, key, int(self._clock.real().timestamp()))
        if not gathering.bind(connection, key, gathering.name_of(key, number), now):
            return False
        person = key.removeprefix(PREFIX)
        told = Announcement("digest", now, _about(key, number, person))
        audience = OPERATOR if person == OPERATOR else "digest"
        self._keep(connection, [(told, audience)], now)
        return True

    def _since(
        self, one: Unanswered, person: Rep | None, now: datetime, real: datetime
    ) -> datetime:
        """Since when, in business time, an answer of `person` is waited for.

        What a digest told counts from the beginning of the day for which that was planned, so that
        what follows after a number of weeks is there when the next digest is made.
        """
        told = now - (real - one.since)
        if not one.in_digest or one.severity == URGENT:
            return told
        moved = self._recipients.moved(person, told) if person is not None else timedelta(0)
        day = told.astimezone(self._settings.zone).date() - moved
        return datetime.combine(day, time(), self._settings.zone)

    def _due(
        self, one: Unanswered, since: datetime, now: datetime
    ) -> list[tuple[Announcement, str]]:
        """The newest reminder that is due, and the manager's turn; each is made once."""
        found = []
        due = [
            number
            for number in range(1, len(REMINDERS) + 1)
            if (at := reminder_at(since, number)) is not None and at <= now
        ]
        if due and self._settings.reminders:
            found.append((_again("reminder", one, now), f"reminder-{due[-1]}"))
        if self._is_for_manager(one, since, now):
            found.append((_again("escalated", one, now), ESCALATION))
        return [(told, audience) for told, audience in found if audience not in one.told]

    def _is_for_manager(self, one: Unanswered, since: datetime, now: datetime) -> bool:
        settings = self._settings
        patience = timedelta(days=settings.acknowledge_days)
        if one.severity == URGENT:
            patience = timedelta(hours=settings.acknowledge_urgent_hours)
        return bool(patience) and one.rep is not None and since + patience <= now

    def _keep(
        self, connection: Connection, new: Sequence[tuple[Announcement, str]], now: datetime
    ) -> int:
        rows, known = [], self._preparing.begin(connection)
        for told, audience in new:
            likely = self._preparing.likely(known, told, audience, now)
            rows.append(
                NewDelivery(
                    alert=told.data["id"],
                    number=told.data["number"],
                    audience=audience,
                    channel=likely.channel,
                    pace=likely.pace,
                    message=told.to_dict(),
                )
            )
        return len(deliveries.keep(connection, rows, self._clock.real()))


def _about(key: str, number: int, person: str) -> dict[str, object]:
    """What stands for an alert's data where a digest is delivered."""
    return {
        "id": key,
        "number": number,
        "customer": None,
        "rep": None if person == OPERATOR else person,
        "actor": "notifier",
        "reason": "digest",
        "value_at_risk": None,
    }


def _summary(person: Rep, at: datetime) -> Announcement:
    """A manager has one summary a week, whoever makes it."""
    key = f"{SUMMARY}{person.id}"
    return Announcement("summary", at, _about(key, int(at.timestamp()), person.id))


def _again(kind: str, one: Unanswered, now: datetime) -> Announcement:
    """The alert as it was last announced, told for another reason."""
    return Announcement(kind, now, {**one.data, "reason": kind, "actor": "notifier"})
