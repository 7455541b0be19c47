"""What every page of the desk stands on."""

from dataclasses import dataclass
from datetime import date, datetime

from services.desk.metrics import DeskMetrics
from shared.domain.week import Calendar, day_date
from shared.ops.clock import Clock
from shared.ops.links import Links
from shared.ops.login_links import LoginLinks
from shared.ops.secret import Secret
from shared.ops.settings import Settings
from shared.ops.unsubscribe_links import UnsubscribeLinks
from shared.ops.wakeup import Wakeup
from shared.storage.database import Database


@dataclass(frozen=True)
class Desk:
    """Safe to share between threads."""

    settings: Settings
    database: Database
    clock: Clock
    calendar: Calendar
    wakeup: Wakeup
    secret: Secret
    links: Links
    logins: LoginLinks
    unsubscribing: UnsubscribeLinks
    metrics: DeskMetrics

    def day(self) -> int:
        """The number of the company's day."""
        return self.calendar.day_of(self.clock.now())

    def today(self) -> date:
        """The company's day."""
        return day_date(self.day())

    def local(self, moment: datetime) -> datetime:
        """The moment by the company's clock."""
        return moment.astimezone(self.calendar.zone)
