"""What an alert rests on, and its score computed anew, for `vigia explain`."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from services.detector.beside import load_items
from services.detector.customer import judge_one
from services.detector.numbers import Numbers
from services.detector.shown import Sent, Standing, instant, sent_about, standing_of
from shared.contract.reading import LEEWAY
from shared.domain.calculation import Calculation, calculate
from shared.domain.evidence import Item
from shared.domain.likelihood import Weights
from shared.domain.recount import Recount
from shared.domain.week import Calendar, day_date, day_number
from shared.ops.errors import InputError
from shared.ops.settings import Settings
from shared.storage import alerts, calculations, evaluations, transitions
from shared.storage.alert_rows import AlertRow, announced
from shared.storage.calculations import Moment
from shared.storage.evaluations import EvaluationRow

MOMENTS: tuple[Moment, ...] = ("opening", "newest")


@dataclass(frozen=True, slots=True)
class Recounted:
    """A score of an alert computed anew.

    `at` is when it was computed first; `as_of` the first day after the weeks it looked at.
    """

    moment: Moment
    at: datetime
    as_of: date
    threshold: float | None
    found: Recount

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        today = self.found.today
        return {
            "moment": self.moment,
            "at": instant(self.at),
            "as_of": self.as_of.isoformat(),
            "threshold": self.threshold,
            "stored": self.found.kept.to_dict(),
            "from_stored": asdict(self.found.again),
            "from_days": None if today is None else today.to_dict(),
            "outcome": self.found.outcome,
            "changes": asdict(self.found.changes),
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """An alert as it is now, how the customer stood when it opened and stands now.

    `recounts` are of its opening and of its newest score where that is another; none where no
    score took part.
    """

    alert: dict[str, Any]
    opened_by: Standing | None
    standing: Standing | None
    recounts: list[Recounted]
    transitions: list[dict[str, Any]]
    sent: list[Sent]

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        told = {name: getattr(self, name) for name in ("alert", "transitions")}
        return {
            **told,
            "opened_by": None if self.opened_by is None else asdict(self.opened_by),
            "standing": None if self.standing is None else asdict(self.standing),
            "calculations": [one.to_dict() for one in self.recounts],
            "sent": [asdict(one) for one in self.sent],
        }


def explain(
    connection: Connection, alert_id: str, *, settings: Settings, calendar: Calendar
) -> Explanation:
    """What the alert rests on. Raises InputError when there is none of that id."""
    row = alerts.read_alert(connection, alert_id)
    if row is None:
        raise InputError("there is no alert of that id; `vigia why CUSTOMER` lists a customer's")
    opening = None
    if row.evaluation is not None:
        opening = evaluations.read(connection, row.evaluation)
    newest = evaluations.newest_live(connection)
    known = row.customer
    return Explanation(
        alert=announced(row),
        opened_by=None if known is None else standing_of(connection, opening, known),
        standing=None if known is None else standing_of(connection, newest, known),
        recounts=_recounts(connection, row, settings, calendar),
        transitions=_transitions(connection, row),
        sent=sent_about(connection, [row.id]),
    )


def _transitions(connection: Connection, row: AlertRow) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number,
            "kind": one.kind,
            "from": one.from_state,
            "to": one.to_state,
            "reason": one.reason,
            "actor": one.actor,
            "at": instant(one.at),
            "published_at": instant(one.published_at),
        }
        for one in transitions.transitions(connection, row.id)
    ]


def _recounts(
    connection: Connection, row: AlertRow, settings: Settings, calendar: Calendar
) -> list[Recounted]:
    found: list[Recounted] = []
    seen: set[datetime] = set()
    for moment in MOMENTS:
        stored = calculations.read(connection, row.id, moment)
        if stored is None or stored[0] in seen or row.customer is None:
            continue
        at, kept = stored
        seen.add(at)
        evaluation = evaluations.read(connection, kept.evaluation)
        numbers = Numbers.of(evaluation)
        again = kept.again(numbers.learnt())
        today = _from_days(connection, row.customer, kept, evaluation, at, settings, calendar)
        as_of = day_date(evaluation.as_of)
        recount = Recount(kept, again, today)
        found.append(Recounted(moment, at, as_of, _threshold(kept, numbers), recount))
    return found


def _threshold(kept: Calculation, numbers: Numbers) -> float | None:
    """From which score on there is an alert: occasional buyers have a level of their own."""
    if kept.taken.weekly is None:
        return None if numbers.gaps is None else numbers.gaps.threshold
    return numbers.threshold


def _from_days(
    connection: Connection,
    customer: int,
    kept: Calculation,
    evaluation: EvaluationRow,
    at: datetime,
    settings: Settings,
    calendar: Calendar,
) -> Calculation | None:
    """The same score from the days and events as they are known now; None without any.

    By the same evaluation's numbers and the same ratios: what differs is what became known.
    """
    judgement = judge_one(connection, customer, evaluation, settings, calendar)
    if judgement.taken is None:
        return None
    evidence = [*_evidence(connection, customer, kept, at, calendar), *judgement.categories]
    ratios, learnt = Weights(**kept.ratios), Numbers.of(evaluation).learnt()
    return calculate(evaluation.id, judgement.taken, evidence, kept.day, ratios, learnt)


def _evidence(
    connection: Connection, customer: int, kept: Calculation, at: datetime, calendar: Calendar
) -> list[Item]:
    today = day_number(kept.day)
    found = load_items(
        connection, today + 1, today, calendar, [customer], live=True, moment=at + LEEWAY
    )
    return found.get(customer, [])
