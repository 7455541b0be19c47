"""Evidence beside buying: what complaints, surveys, payments and cancellations say.

An item is a plain dictionary that can be stored as JSON: `kind` and what a sentence about it
needs. Days in items are ISO dates. Items made from an event carry its name in `event`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shared.domain.week import day_date

Item = dict[str, Any]

LONGEST_DAYS = 90  # older evidence says nothing any more
FRESH_DAYS = 14  # older evidence opens nothing by itself
# The highest score that still counts as a detractor's: of 0-10, 1-5 and 1-7.
DETRACTOR = {"nps": 6, "csat": 2, "ces": 3}
FACT_TYPES = ("complaint", "complaint_resolved", "survey", "payment", "cancellation")


@dataclass(frozen=True, slots=True)
class Fact:
    """One counted event about a customer, other than trade; `data` as it was sent."""

    source: str
    id: str
    type: str
    at: datetime
    day: int
    data: Mapping[str, Any]


def items(facts: Iterable[Fact], today: date) -> list[Item]:
    """What the facts say on `today`: one item for each that still matters, newest first.

    Of surveys the newest of each kind speaks, of cancellations the newest stage. Settled
    complaints, settled payments and withdrawn cancellations stay, marked `resolved`.
    """
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.source, fact.id))
    found = [
        *_complaints(ordered),
        *_surveys(ordered),
        *_payments(ordered),
        *_cancellation(ordered),
    ]
    recent = [item for item in found if _age(item, today) <= LONGEST_DAYS]
    return sorted(recent, key=lambda item: str(item["day"]), reverse=True)


def opens_alone(item: Item) -> bool:
    """Whether an alert may stand on this item alone, whatever the score says.

    A requested cancellation, an unsettled complaint of high severity, a missed payment.
    Everything milder counts only together with the score.
    """
    missed = item["kind"] == "payment" and item["status"] == "missed" and not item["resolved"]
    return is_requested_cancellation(item) or is_open_complaint(item, "high") or missed


def could_open(item: Item) -> bool:
    """Whether the item was once enough to open an alert, settled or not."""
    return opens_alone({**item, "resolved": False})


def is_fresh(item: Item, today: date) -> bool:
    """Whether the item is an event young enough to open an alert."""
    return "event" in item and _age(item, today) <= FRESH_DAYS


def is_unsettled(item: Item) -> bool:
    """Whether the item is an event that nothing has settled."""
    return "event" in item and not item.get("resolved", False)


def is_requested_cancellation(item: Item) -> bool:
    return bool(item["kind"] == "cancellation" and item["stage"] == "requested")


def is_confirmed_cancellation(item: Item) -> bool:
    return bool(item["kind"] == "cancellation" and item["stage"] == "confirmed")


def is_open_complaint(item: Item, severity: str) -> bool:
    return bool(
        item["kind"] == "complaint" and item["severity"] == severity and not item["resolved"]
    )


def name_of(item: Item) -> tuple[str, str, str] | None:
    """What tells an event's item from every other: its kind, source and id."""
    event = item.get("event")
    return None if event is None else (item["kind"], event["source"], event["id"])


def _item(fact: Fact, **content: Any) -> Item:
    event = {"source": fact.source, "id": fact.id}
    return {"kind": fact.type, **content, "day": day_date(fact.day).isoformat(), "event": event}


def _complaints(facts: Sequence[Fact]) -> list[Item]:
    complaints = [fact for fact in facts if fact.type == "complaint"]
    settled = _settled(complaints, [one for one in facts if one.type == "complaint_resolved"])
    return [
        _item(
            fact,
            severity=fact.data["severity"],
            topic=fact.data.get("topic"),
            resolved=(fact.source, fact.id) in settled,
        )
        for fact in complaints
    ]


def _settled(complaints: Sequence[Fact], resolutions: Sequence[Fact]) -> set[tuple[str, str]]:
    """Source and id of the complaints that are resolved.

    A resolution is about the complaint of its own source with the id it names; where there is
    none, about the only one that any source has.
    """
    sources: dict[str, list[str]] = defaultdict(list)
    for fact in complaints:
        sources[fact.id].append(fact.source)
    settled = set()
    for fact in resolutions:
        named = fact.data["complaint"]
        alike = sources.get(named, [])
        found = [source for source in alike if source == fact.source] or alike
        if len(found) == 1:
            settled.add((found[0], named))
    return settled


def _surveys(facts: Sequence[Fact]) -> list[Item]:
    newest = {fact.data["kind"]: fact for fact in facts if fact.type == "survey"}
    return [
        _item(fact, survey=kind, score=fact.data["score"])
        for kind, fact in newest.items()
        if Decimal(str(fact.data["score"])) <= DETRACTOR[kind]
    ]


def _payments(facts: Sequence[Fact]) -> list[Item]:
    payments = [fact for fact in facts if fact.type == "payment"]
    paid = [fact for fact in payments if fact.data["status"] == "paid"]
    return [
        _item(
            fact,
            status=fact.data["status"],
            amount=str(fact.data["amount"]),
            currency=fact.data["currency"],
            due_on=fact.data["due_on"],
            resolved=any(_settles(other, fact) for other in paid),
        )
        for fact in payments
        if fact.data["status"] != "paid"
    ]


def _settles(paid: Fact, owed: Fact) -> bool:
    """A payment names no invoice: the same due date and currency, and at least the amount."""
    same = all(paid.data[field] == owed.data[field] for field in ("due_on", "currency"))
    enough = Decimal(str(paid.data["amount"])) >= Decimal(str(owed.data["amount"]))
    return same and enough and paid.at >= owed.at


def _cancellation(facts: Sequence[Fact]) -> list[Item]:
    stages = [fact for fact in facts if fact.type == "cancellation"]
    if not stages:
        return []
    newest = stages[-1]
    stage, reason = newest.data["stage"], newest.data.get("reason")
    return [_item(newest, stage=stage, reason=reason, resolved=stage == "withdrawn")]


def _age(item: Item, today: date) -> int:
    return (today - date.fromisoformat(item["day"])).days
