"""What the ledger knows about customers besides trade, read for judging."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from shared.domain.evidence import FACT_TYPES, LONGEST_DAYS, Fact
from shared.domain.likelihood import RATIOS, Weights
from shared.ops.settings import Settings
from shared.storage.tables import BESIDE_TRADE, event

_WANTED = ("customer", "source", "id", "type", "at", "day", "body")
_FACTS = select(*(event.c[name] for name in _WANTED)).where(
    event.c.type.in_(FACT_TYPES),
    event.c.state == "counted",
    event.c.day < bindparam("until_day"),
    event.c.day >= bindparam("since_day"),
)
_OF_ALL = _FACTS.where(BESIDE_TRADE)
_OF_SOME = _FACTS.where(event.c.customer.in_(bindparam("customers", expanding=True)))


def weights(settings: Settings) -> Weights:
    """The weights of evidence as the company set them."""
    ratios = {name: getattr(settings, f"evidence_{name}") for name in RATIOS}
    return Weights(**ratios, half_life_days=settings.evidence_half_life_days)


def load_facts(
    connection: Connection,
    until_day: int,
    customers: Sequence[int] | None = None,
    *,
    until: datetime | None = None,
) -> dict[int, list[Fact]]:
    """Facts of the 90 days before `until_day` (not included), by customer number.

    `customers` limits whom to read (a few hundred at most); None reads everybody who has any.
    With `until` only what happened up to then.
    """
    chosen = _OF_ALL if customers is None else _OF_SOME
    if until is not None:
        chosen = chosen.where(event.c.at <= until)
    days = {"until_day": until_day, "since_day": until_day - LONGEST_DAYS - 1}
    given = days if customers is None else {**days, "customers": customers}
    facts: dict[int, list[Fact]] = defaultdict(list)
    for row in connection.execute(chosen, given):
        data = json.loads(row.body)["data"]
        facts[row.customer].append(Fact(row.source, row.id, row.type, row.at, row.day, data))
    return dict(facts)
