"""Reading everything that bears on one customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from services.detector.beside import load_items
from services.detector.content import purchase_items
from services.detector.customer import Judgement, judge_one
from services.detector.decision import CORRECTING, UNSCORED, Case
from services.detector.facts import weights
from services.detector.gone import load_gone
from services.detector.numbers import Numbers
from services.detector.responsible import load_sellers
from shared.domain.calculation import Calculation, calculate
from shared.domain.evidence import LONGEST_DAYS, Item
from shared.domain.history import NetDay
from shared.domain.likelihood import Weights, weight
from shared.domain.week import Calendar, day_date
from shared.ops.settings import Settings
from shared.storage import alerts, due, evaluations, standings, transitions
from shared.storage.alert_rows import AlertRow
from shared.storage.due import DueCustomer
from shared.storage.evaluations import EvaluationRow
from shared.storage.purchases import load_purchases
from shared.storage.tables import due as due_table

_ABOVE = ("alert", "snoozed")  # verdicts of a living alert that is not under the closing level


@dataclass(frozen=True, slots=True)
class Opened:
    """A case with what it was read under: storing a decision checks that it still holds.

    `reasons` are the due rows that the decision settles.
    """

    case: Case
    due: DueCustomer
    evaluation: EvaluationRow | None
    reasons: tuple[str, ...]


class CaseReader:
    """Reads cases by the settings and the calendar of the company."""

    def __init__(self, settings: Settings, calendar: Calendar) -> None:
        self._settings = settings
        self._calendar = calendar

    def read(self, connection: Connection, one: DueCustomer, now: datetime) -> Opened:
        """The case of a due customer at business time `now`."""
        evaluation = evaluations.newest_live(connection)
        today = self._calendar.day_of(now)
        as_of = self._calendar.week_of(today) if evaluation is None else evaluation.as_of
        mine = alerts.of_customer(connection, one.customer)
        living = next((alert for alert in mine if alert.living), None)
        events = self._events(connection, one, today)
        waits = "held" in one.reasons and _waits(connection, one.customer)
        gone = bool(load_gone(connection, {one.customer: events}, today + 1))
        judgement = None
        if evaluation is not None and not waits:
            judgement = self._judge(connection, one.customer, evaluation, events, now, gone=gone)
        bought: list[NetDay] = []
        if living is not None or events or _chosen(judgement):  # else nobody asks
            bought = load_purchases(connection, one.customer, min(as_of, today - LONGEST_DAYS))
        case = Case(
            now=now,
            today=day_date(today),
            as_of=day_date(as_of),
            reasons=frozenset(one.reasons) - ({"held"} if waits else set()),
            events=events,
            purchases=purchase_items(self._later(bought, as_of, living, judgement)),
            last_purchase=day_date(bought[-1].day) if bought else None,
            gone=gone,
            judgement=judgement,
            judged_before=_chosen(judgement) and _scored(connection, evaluation, one.customer),
            rep=self._rep(connection, one, judgement, today),
            alerts=mine,
            told=frozenset(_told(connection, living)),
            disproved=self._disproved(connection, one, living, judgement, events),
        )
        reasons = tuple(reason for reason in one.reasons if not (waits and reason == "held"))
        return Opened(case, one, evaluation, reasons)

    def _events(self, connection: Connection, one: DueCustomer, today: int) -> list[Item]:
        """All evidence beside buying, today's included."""
        told = (today + 1, today, self._calendar, [one.customer])
        grouped = one.group is not None
        return load_items(connection, *told, live=True, grouped=grouped).get(one.customer, [])

    def _judge(
        self,
        connection: Connection,
        customer: int,
        evaluation: EvaluationRow,
        events: Sequence[Item],
        at: datetime,
        *,
        gone: bool = False,
    ) -> Judgement:
        """The customer by an evaluation's numbers, with the evidence as it weighed at `at`."""
        day = day_date(self._calendar.day_of(at))
        return judge_one(
            connection,
            customer,
            evaluation,
            self._settings,
            self._calendar,
            evidence=weight(events, day, weights(self._settings)),
            gone=gone,
        )

    def _later(
        self,
        bought: Sequence[NetDay],
        as_of: int,
        living: AlertRow | None,
        judgement: Judgement | None,
    ) -> list[NetDay]:
        """What was bought after the judged weeks; beside evidence alone, after the opening."""
        if living is not None and living.evaluation is None:
            opened = self._calendar.day_of(living.opened_at)
            return [day for day in bought if day.day > opened and day.day >= as_of]
        if living is None and not _chosen(judgement):
            return []
        return [day for day in bought if day.day >= as_of]

    def _rep(
        self, connection: Connection, one: DueCustomer, judgement: Judgement | None, today: int
    ) -> str | None:
        if judgement is not None and judgement.standing.rep is not None:
            return judgement.standing.rep
        if one.rep is not None:
            return one.rep
        return load_sellers(connection, [one.customer], today).get(one.customer)

    def _disproved(
        self,
        connection: Connection,
        one: DueCustomer,
        living: AlertRow | None,
        newest: Judgement | None,
        events: Sequence[Item],
    ) -> bool:
        """Whether the living alert's opening score, computed anew, is under its threshold.

        What was settled since weighs as it did then. A newer evaluation may have found reason
        enough of its own.
        """
        if living is None or living.evaluation is None or not CORRECTING & set(one.reasons):
            return False
        opening = evaluations.read(connection, living.evaluation)
        now = None if newest is None else newest.standing
        if now is not None and now.evaluation != opening.id and now.verdict in _ABOVE:
            return False
        then = [{**item, "resolved": False} for item in events]
        judgement = self._judge(connection, one.customer, opening, then, living.opened_at)
        if judgement.supported is None:
            return judgement.standing.verdict in UNSCORED
        return not judgement.supported


def calculation(opened: Opened, weights: Weights) -> Calculation | None:
    """How the customer's score came about; None where there is none."""
    case, row = opened.case, opened.evaluation
    judgement = case.judgement
    if row is None or judgement is None or judgement.taken is None:
        return None
    evidence, learnt = [*case.events, *judgement.categories], Numbers.of(row).learnt()
    return calculate(row.id, judgement.taken, evidence, case.today, weights, learnt)


def _chosen(judgement: Judgement | None) -> bool:
    return judgement is not None and judgement.standing.verdict == "alert"


def _waits(connection: Connection, customer: int) -> bool:
    """Whether the customer is still held: releasing raises the row's priority."""
    row = (due_table.c.customer == customer, due_table.c.reason == "held")
    priority = connection.scalar(select(due_table.c.priority).where(*row))
    return priority == due.HELD


def _scored(connection: Connection, evaluation: EvaluationRow | None, customer: int) -> bool:
    if evaluation is None:
        return False
    known = standings.read(connection, evaluation.id, customer)
    return known is not None and known.score is not None


def _told(connection: Connection, living: AlertRow | None) -> set[str]:
    return set() if living is None else transitions.announced_reasons(connection, living.id)
