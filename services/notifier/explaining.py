"""Why the next message about an alert would go where it goes, for whoever writes the rules."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from services.notifier.announcement import Announcement
from services.notifier.cases import Cases
from services.notifier.recipients import Recipients
from services.notifier.routing import Send
from services.notifier.rules import AT_ONCE
from services.notifier.timing import Gather, Sleep, timing
from services.notifier.ways import Ways
from shared.ops.clock import Clock
from shared.ops.settings import Settings
from shared.storage.alert_rows import announced
from shared.storage.alerts import read_alert


@dataclass(frozen=True, slots=True)
class Explained:
    """`rule`: the number of the one that fits; `when`: now, after hours begin, or in a digest.

    `at` is in the recipient's zone; None: now. Without a channel nothing is sent, for `reason`.
    """

    alert: str
    severity: str
    rule: int | None
    person: str | None
    role: str | None
    channel: str | None
    recipient: str | None
    when: str
    at: datetime | None
    reason: str | None = None


def explain(
    connection: Connection, alert: str, settings: Settings, ways: Ways, clock: Clock
) -> Explained | None:
    """What would become of news about `alert` now; None when there is no such alert."""
    row = read_alert(connection, alert)
    if row is None:
        return None
    data, now = announced(row), clock.now()
    cases = Cases(settings, ways)
    told = Announcement("updated", now, {**data, "actor": "detector"})
    audience = "rep" if data["customer"] else "operator"
    known = cases.look(connection)
    case = cases.read(known, told, audience, now)
    to = cases.decide(case)
    rule, severity = case.manner.rule, data["severity"]
    if not isinstance(to, Send):
        return Explained(alert, severity, rule, None, None, None, None, "held", None, to.reason)
    person = case.people.get(to.person or "")
    recipient = Recipients(settings).of(known, to, person, now=now, real=clock.real())
    later = timing(case.manner if person is not None else AT_ONCE, recipient, now)
    when, at = "at once", None
    if isinstance(later, Sleep):
        when, at = "when working hours begin", later.until.astimezone(recipient.zone)
    elif isinstance(later, Gather):
        when, at = "in a digest", later.at.astimezone(recipient.zone)
    way = to.way
    return Explained(
        alert, severity, rule, to.person, to.role, way.channel, way.recipient, when, at
    )
