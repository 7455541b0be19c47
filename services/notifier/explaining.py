"""Why the next message about an alert would go where it goes, for whoever writes the rules."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from services.notifier.announcement import Announcement
from services.notifier.cases import Cases, audiences_of
from services.notifier.known import Known
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
) -> list[Explained]:
    """What would become of news about `alert` now, for each who is told; none: no such alert."""
    row = read_alert(connection, alert)
    if row is None:
        return []
    told = Announcement("updated", clock.now(), {**announced(row), "actor": "detector"})
    cases, recipients = Cases(settings, ways), Recipients(settings)
    known = cases.look(connection)
    return [
        _explain(cases, recipients, known, told, audience, clock.real())
        for audience in audiences_of(connection, told.data)
    ]


def _explain(
    cases: Cases,
    recipients: Recipients,
    known: Known,
    told: Announcement,
    audience: str,
    real: datetime,
) -> Explained:
    now, alert, severity = told.at, told.data["id"], told.data["severity"]
    case = cases.read(known, told, audience, now)
    to, rule = cases.decide(case), case.manner.rule
    if not isinstance(to, Send):
        return Explained(alert, severity, rule, None, None, None, None, "held", None, to.reason)
    person = case.people.get(to.person or "")
    recipient = recipients.of(known, to, person, now=now, real=real)
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
