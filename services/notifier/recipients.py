"""What is known of a recipient's time: zone, hours, free days, the digest, and a busy hour."""

from collections.abc import Set
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from services.notifier.hours import Hours, Week, read_week
from services.notifier.known import Known
from services.notifier.pacing import digest_at
from services.notifier.routing import PROGRAMS, Send
from services.notifier.timing import Recipient
from shared.ops.public_holidays import public_holidays
from shared.ops.settings import Settings
from shared.ops.settings_messages import WeeklyMoment, read_moment
from shared.storage.reps import Rep

OPERATOR = "operator"
BUSY_WITHIN = timedelta(hours=1)


class Recipients:
    """Reads recipients by the settings. Raises ConfigurationError for hours that are none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._digest = read_moment(settings.digest_at) if settings.digest_at else None
        self._week = read_week(settings.working_hours) if settings.working_hours else None
        self._holidays: dict[int, frozenset[date]] = {}
        self._log = structlog.get_logger("vigia.notifier")

    def of(
        self, known: Known, to: Send, person: Rep | None, *, now: datetime, real: datetime
    ) -> Recipient:
        """Who `to` is in matters of time; `person` is None for the operator.

        Public holidays are free: those of the company's country, in this year and the next.
        """
        name = OPERATOR if to.person is None else to.person
        busy = known.sent_since(name, self.lately(real)) >= self._settings.storm_messages
        if to.way.channel in PROGRAMS:
            return Recipient(name, self._settings.zone, None, None, gathers=False)
        zone, hours = self._hours_of(person, now.year)
        digest = self._digest_of(person)
        return Recipient(name, zone, hours, digest, self._digest_days(digest, hours), busy)

    def moved(self, person: Rep, sent: datetime) -> timedelta:
        """By how many days free days had moved the digest that a person was sent at `sent`, in
        business time; 0 where it was sent on no day to which they move one."""
        before = sent - timedelta(weeks=1)
        zone, hours = self._hours_of(person, before.year)
        days = self._digest_days(self._digest, hours)
        if self._digest is None or days is None:
            return timedelta(0)
        weekday, clock = self._digest
        planned = digest_at(before, weekday=weekday, clock=clock, zone=zone).date()
        day = sent.astimezone(zone).date()
        return day - planned if days.next_day(planned) == day else timedelta(0)

    def lately(self, real: datetime) -> datetime:
        """Since when messages to a person are counted, to see whether that is a storm."""
        return real - BUSY_WITHIN * self._settings.retry_scale

    def _hours_of(self, person: Rep | None, year: int) -> tuple[ZoneInfo, Hours | None]:
        """The zone of a person, and the hours with the public holidays of `year` and the next."""
        own = person.time_zone if person else None
        zone = ZoneInfo(own) if own else self._settings.zone
        week = self._week_of(person)
        hours = None if week is None or person is None else Hours(week, zone, self._free(year))
        return zone, hours

    def _free(self, year: int) -> Set[date]:
        if year not in self._holidays:
            settings = self._settings
            found = (
                public_holidays(settings.country, settings.subdivision, (year, year + 1))
                if settings.country
                else ()
            )
            self._holidays[year] = frozenset(found)
        return self._holidays[year]

    def _digest_days(self, digest: WeeklyMoment | None, hours: Hours | None) -> Hours | None:
        """Whose working days digests keep to: nobody's if the company wants them on a free day."""
        wanted = digest is not None and (self._week is None or self._week.works_on(digest[0]))
        return hours if wanted else None

    def _digest_of(self, person: Rep | None) -> WeeklyMoment | None:
        return None if person is None else self._digest

    def _week_of(self, person: Rep | None) -> Week | None:
        """The person's own week; the company's where there is none, or none that can be read."""
        if person is None or person.working_hours is None:
            return self._week
        try:
            return read_week(person.working_hours)
        except ValueError as error:
            self._log.warning("working hours cannot be read", rep=person.id, reason=str(error))
            return self._week
