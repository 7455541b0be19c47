"""Alerts that were put off come back when their time has come."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from shared.domain.alert import SNOOZE_OVER
from shared.ops.wakeup import Wakeup
from shared.storage import alerts, due
from shared.storage.alert_rows import AlertRow
from shared.storage.alerts import AlertMoved
from shared.storage.database import Database


def wake(database: Database, wakeup: Wakeup, now: datetime, actor: str, limit: int) -> bool:
    """Have `limit` alerts of customers at most judged anew; tell of others at once.

    True if there were any.
    """
    with database.read() as connection:
        slept = alerts.overslept(connection, now, limit=limit)
    if not slept:
        return False
    rows = [(one.customer, "snooze", due.LATE) for one in slept if one.customer is not None]
    database.run(partial(due.mark, rows=rows, since=now))
    for one in slept:
        if one.customer is None:
            awake = replace(one, snoozed_until=None)
            try:
                database.run(partial(_tell, row=awake, actor=actor, at=now))
            except AlertMoved:
                continue  # somebody just acted; the next step looks again
            wakeup.ring("transition")
    return True


def _tell(connection: Connection, row: AlertRow, actor: str, at: datetime) -> None:
    alerts.add_transition(connection, row, "updated", reason=SNOOZE_OVER, actor=actor, at=at)
