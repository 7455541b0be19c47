"""What to do about one customer, from everything that is known. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.detector.customer import Judgement
from shared.domain import evidence
from shared.domain.alert import SNOOZE_OVER
from shared.domain.evidence import FRESH_DAYS, LONGEST_DAYS, Item
from shared.storage.alert_rows import AlertRow

EVALUATED = frozenset({"week", "held"})  # reasons by which an evaluation speaks
# Reasons by which something told earlier may turn out not to be so.
CORRECTING = frozenset({"late", "cancellation", "payment"})
LATER = frozenset({"late", "group"})  # by which the score may open an alert after the evaluation
UNSCORED = ("too_little_history", "no_rate")
PRESSING = ("cancellation", "complaint", "payment", "survey")  # what is named first as a reason
NEWS = (  # why a living alert is told of again, what is named first first
    *("rep_changed", *PRESSING, "purchase", "cancellation_withdrawn", "group_loss"),
    *("complaint_resolved", "payment_settled", SNOOZE_OVER),
)
_SAID_IN_SNOOZE = ("rep_changed", "cancellation")


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that bears on one customer.

    `events` are items of domain.evidence, `purchases` items of days after the judged weeks.
    `gone`: the customer left for good. `judgement` is None without an evaluation, and while the
    customer is held for missing data.
    `judged_before`: the same evaluation had a score of the customer already. `alerts` begin with
    the newest; `told` are the reasons announced of the living one. `disproved`: by today's data
    the score would not have opened the living alert. `as_of` is the first day after the weeks
    that were judged.
    """

    now: datetime
    today: date
    as_of: date
    reasons: frozenset[str]
    events: Sequence[Item]
    purchases: Sequence[Item]
    last_purchase: date | None
    gone: bool
    judgement: Judgement | None
    judged_before: bool
    rep: str | None
    alerts: Sequence[AlertRow]
    told: frozenset[str]
    disproved: bool

    @property
    def living(self) -> AlertRow | None:
        return next((alert for alert in self.alerts if alert.living), None)

    @property
    def verdict(self) -> str | None:
        return None if self.judgement is None else self.judgement.standing.verdict


@dataclass(frozen=True, slots=True)
class Decision:
    """The transition to make, if any. `kind` None: a living alert is only brought up to date.

    `by_score`: the customer was chosen within the budget. `scored`: the score took part in
    opening the alert, so data that correct the score may withdraw it.
    """

    kind: str | None = None
    reason: str = ""
    by_score: bool = False
    scored: bool = False


SILENT = Decision()


def decide(case: Case) -> Decision:
    """What becomes of the customer's living alert, or whether a new one opens."""
    living = case.living
    if living is None:
        return _opening(case)
    return _ending(case, living) or _news(case, living)


def _opening(case: Case) -> Decision:
    if case.gone:
        return SILENT
    used = {
        evidence.name_of(item)
        for alert in case.alerts
        if alert.state != "withdrawn"  # which was no alert about what it names
        for item in alert.evidence
    }
    fresh = [
        item
        for item in case.events
        if evidence.is_unsettled(item)
        and evidence.is_fresh(item, case.today)
        and evidence.name_of(item) not in used
    ]
    alone = [item for item in fresh if evidence.opens_alone(item)]
    chosen = case.verdict == "alert"
    candidate = chosen or case.verdict == "below_budget"
    if alone:
        return Decision("opened", _most_pressing(alone), by_score=chosen, scored=chosen)
    if chosen and _score_may_open(case):
        return Decision("opened", _basis(case), by_score=True, scored=True)
    if candidate and fresh:
        return Decision("opened", _most_pressing(fresh), by_score=chosen, scored=True)
    return SILENT


def _basis(case: Case) -> str:
    """By what the customer was chosen: the score, own gaps, or a category that was left."""
    return (case.judgement and case.judgement.standing.basis) or "score"


def _score_may_open(case: Case) -> bool:
    """At an evaluation, or later for somebody whom the evaluation scored.

    History that is imported later makes customers known whom no evaluation has seen: they wait
    for the next one, so that importing sends nothing.
    """
    return bool(case.reasons & EVALUATED) or bool(case.reasons & LATER and case.judged_before)


def _ending(case: Case, living: AlertRow) -> Decision | None:
    if case.gone:
        return Decision("lost", "cancelled")
    if case.reasons & CORRECTING and not _supported(case, living):
        undone = _cancellation_gone(case, living)
        return Decision("withdrawn", "cancellation_withdrawn" if undone else "corrected")
    if case.judgement is None or not case.reasons & EVALUATED or _held_by_evidence(case):
        return None
    return _evaluated(case, living, case.judgement)


def _evaluated(case: Case, living: AlertRow, judgement: Judgement) -> Decision | None:
    """What the evaluation of a closed week ends."""
    bought_since = case.last_purchase is not None and case.last_purchase >= case.as_of
    if case.verdict == "already_lost" and not bought_since:
        return Decision("lost", "silent")
    if judgement.recovered:
        return Decision("recovered", "category" if "category" in case.told else "score")
    settled = not any(evidence.is_unsettled(item) for item in case.events)
    if case.verdict in UNSCORED and living.evaluation is None and settled:
        return Decision("recovered", "settled")
    return None


def _held_by_evidence(case: Case) -> bool:
    """Whether something else than buying keeps the alert alive for now."""
    return any(
        evidence.opens_alone(item)
        and (evidence.is_requested_cancellation(item) or evidence.is_fresh(item, case.today))
        for item in case.events
    )


def _supported(case: Case, living: AlertRow) -> bool:
    """Whether today's data still justify that the alert was opened."""
    if any(map(_was_enough, case.events)):
        return True
    if living.evaluation is not None:
        return not case.disproved
    above = case.verdict in ("alert", "snoozed")
    openers = [item for item in living.evidence if _was_enough(item)]
    return above or not openers or any(_is_out_of_sight(item, case) for item in openers)


def _is_out_of_sight(item: Item, case: Case) -> bool:
    """Whether it happened so long ago that it is not read any more: nobody took it back."""
    oldest = (case.today - timedelta(days=LONGEST_DAYS)).isoformat()
    return bool(item["day"] < oldest)


def _was_enough(item: Item) -> bool:
    """Whether the item was once enough for an alert; a confirmation follows what opened it."""
    return evidence.could_open(item) or evidence.is_confirmed_cancellation(item)


def _cancels(item: Item) -> bool:
    return evidence.is_requested_cancellation(item) or evidence.is_confirmed_cancellation(item)


def _cancellation_gone(case: Case, living: AlertRow) -> bool:
    before = any(_cancels(item) and not _is_out_of_sight(item, case) for item in living.evidence)
    return before and not any(
        item["kind"] == "cancellation" and not item["resolved"] for item in case.events
    )


def _news(case: Case, living: AlertRow) -> Decision:
    """What the rep would want to hear now; the most pressing names the transition."""
    reason = next(iter(_reasons(case, living)), None)
    if reason is None or (living.asleep(case.now) and reason not in _SAID_IN_SNOOZE):
        return SILENT
    return Decision("updated", reason)


def overslept(living: AlertRow, now: datetime) -> bool:
    """Whether the alert was put off, and the time is over."""
    return living.snoozed_until is not None and living.snoozed_until <= now


def _reasons(case: Case, living: AlertRow) -> list[str]:
    known = {evidence.name_of(item): item for item in living.evidence}
    oldest = (case.today - timedelta(days=FRESH_DAYS)).isoformat()
    new = [
        item
        for item in case.events
        if evidence.name_of(item) not in known
        and item["day"] >= oldest
        and evidence.is_unsettled(item)
    ]
    settled = [
        item["kind"]
        for item in case.events
        if not evidence.is_unsettled(item)
        and evidence.is_unsettled(known.get(evidence.name_of(item), item))
    ]
    days = {item["day"] for item in living.evidence if item["kind"] == "purchase"}
    bought = any(item["day"] not in days for item in case.purchases)
    found = {
        "rep_changed": living.rep != case.rep,
        **{kind: any(item["kind"] == kind for item in new) for kind in PRESSING},
        "purchase": bought and "purchase" not in case.told,
        "cancellation_withdrawn": _cancellation_gone(case, living),
        "group_loss": _is_new("group_loss", case.events, living.evidence),
        "complaint_resolved": "complaint" in settled,
        "payment_settled": "payment" in settled,
        SNOOZE_OVER: overslept(living, case.now),
    }
    return [reason for reason in NEWS if found[reason]]


def _is_new(kind: str, now: Sequence[Item], known: Sequence[Item]) -> bool:
    """Whether an item that names no event is there, and was not, or of another day."""
    days = {item["day"] for item in known if item["kind"] == kind}
    return any(item["kind"] == kind and item["day"] not in days for item in now)


def _most_pressing(items: Sequence[Item]) -> str:
    return str(min((item["kind"] for item in items), key=PRESSING.index))
