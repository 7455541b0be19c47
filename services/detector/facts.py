"""What the ledger knows about customers besides trade, read for judging."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from shared.domain.evidence import FACT_TYPES, LONGEST_DAYS, Fact
from shared.domain.likelihood import RATIOS, Weights
from shared.ops.settings import Settings
from shared.storage.tables import BESIDE_TRADE, event


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
    wanted = ("customer", "source", "id", "type", "at", "day", "body")
    chosen = select(*(event.c[name] for name in wanted)).where(
        event.c.type.in_(FACT_TYPES),
        event.c.state == "counted",
        event.c.day < until_day,
        event.c.day >= until_day - LONGEST_DAYS - 1,
    )
    if until is not None:
        chosen = chosen.where(event.c.at <= until)
    among = BESIDE_TRADE if customers is None else event.c.customer.in_(customers)
    facts: dict[int, list[Fact]] = defaultdict(list)
    for row in connection.execute(chosen.where(among)):
        data = json.loads(row.body)["data"]
        facts[row.customer].append(Fact(row.source, row.id, row.type, row.at, row.day, data))
    return dict(facts)
