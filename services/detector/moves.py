"""The transitions that the judge makes of a customer's alerts."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, update

from services.detector.case import Opened
from services.detector.decision import Decision
from shared.storage import alerts
from shared.storage.alert_rows import AlertRow, Content
from shared.storage.tables import evaluation

ACTOR = "detector"


def open_alert(
    connection: Connection, opened: Opened, decision: Decision, new: Content
) -> AlertRow:
    """Open the customer's next alert; one that the score chose counts for its evaluation."""
    known = opened.evaluation
    by = known.id if decision.scored and known is not None else None
    row = alerts.open_alert(
        connection,
        opened.due.customer,
        opened.due.id,
        new,
        earlier=len(opened.case.alerts),
        evaluation=by,
        reason=decision.reason,
        actor=ACTOR,
        at=opened.case.now,
    )
    if by is not None:
        count = {"opened": evaluation.c.opened + 1}
        connection.execute(update(evaluation).where(evaluation.c.id == by).values(**count))
    return row


def move(
    connection: Connection, living: AlertRow, decision: Decision, new: Content, now: datetime
) -> AlertRow:
    """Make the transition; a new rep is told beside who it was before."""
    assert decision.kind is not None
    extra = {"previous_rep": living.rep} if living.rep != new.rep else {}
    final = decision.kind != "updated"
    return alerts.add_transition(
        connection,
        living,
        decision.kind,
        reason=decision.reason,
        actor=ACTOR,
        at=now,
        content=_last_words(new, living) if final else new,
        **extra,
    )


def _last_words(new: Content, living: AlertRow) -> Content:
    """What an alert says from its end on; where nothing speaks for it any more, what it said."""
    if not new.sentence:
        new = replace(new, sentence=living.sentence, evidence=living.evidence)
    return replace(new, severity=living.severity)
