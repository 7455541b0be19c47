"""What the ledger knows about customers besides trade, read for judging."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, or_, select

from services.detector.contacts import WITHIN, Contact, known, last_year
from shared.domain.evidence import FACT_TYPES, LONGEST_DAYS, Fact
from shared.domain.likelihood import RATIOS, Weights
from shared.ops.settings import Settings
from shared.storage.tables import BESIDE_TRADE, event

_WANTED = [event.c[name] for name in ("customer", "source", "id", "type", "at", "day")]
_counted = (event.c.state == "counted", *WITHIN)
_OF_ALL = select(*_WANTED, event.c.body).where(
    *_counted, event.c.type.in_(FACT_TYPES), BESIDE_TRADE
)
_OF_SOME = select(*_WANTED, case((event.c.type != "contact", event.c.body)).label("body")).where(
    *_counted,
    event.c.type.in_((*FACT_TYPES, "contact")),
    or_(event.c.type == "contact", event.c.day >= bindparam("first_day")),
    event.c.customer.in_(bindparam("customers", expanding=True)),
)


def weights(settings: Settings) -> Weights:
    """The weights of evidence as the company set them."""
    ratios = {name: getattr(settings, f"evidence_{name}") for name in RATIOS}
    return Weights(**ratios, half_life_days=settings.evidence_half_life_days)


def load_facts(
    connection: Connection, until_day: int, *, until: datetime | None = None
) -> dict[int, list[Fact]]:
    """Facts of the 90 days before `until_day` (not included), by customer number.

    With `until` only what happened up to then.
    """
    days = {"until_day": until_day, "since_day": _first_day(until_day)}
    return _facts(connection.execute(known(_OF_ALL, until), days))


def load_of_some(
    connection: Connection,
    until_day: int,
    customers: Sequence[int],
    *,
    until: datetime | None = None,
) -> tuple[dict[int, list[Fact]], list[Contact]]:
    """The same of a few hundred customers at most, with their contacts of the last year: one
    question for both."""
    days = {**last_year(until_day), "first_day": _first_day(until_day)}
    given = {**days, "customers": customers}
    rows = connection.execute(known(_OF_SOME, until), given).all()
    facts = _facts(row for row in rows if row.type != "contact")
    contacts = [(row.customer, row.day, row.source) for row in rows if row.type == "contact"]
    return facts, contacts


def _first_day(until_day: int) -> int:
    return until_day - LONGEST_DAYS - 1


def _facts(rows: Iterable[Row[Any]]) -> dict[int, list[Fact]]:
    facts: dict[int, list[Fact]] = defaultdict(list)
    for row in rows:
        data = json.loads(row.body)["data"]
        facts[row.customer].append(Fact(row.source, row.id, row.type, row.at, row.day, data))
    return dict(facts)
