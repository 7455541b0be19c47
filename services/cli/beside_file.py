"""What a file of events says beside purchases, for `vigia backtest --learn`."""

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from services.backtest.beside import Beside, Contact
from services.cli.import_file import FilePlan
from services.cli.sales import file_events
from services.cli.table_file import holds_json
from shared.contract.event import Contact as ContactEvent
from shared.contract.event import CustomerMaster, Event
from shared.contract.reading import write_event
from shared.domain.evidence import FACT_TYPES, Fact
from shared.domain.week import Calendar
from shared.ops.errors import InputError
from shared.ops.settings import Settings


def file_beside(settings: Settings, file: Path, mapping: Path | None, zone: str | None) -> Beside:
    """Facts, contacts and groups of a file of events; raises InputError for a table of sales."""
    if not holds_json(file):
        raise InputError(
            "--learn needs complaints, payments and the like, and a table of sales has none; take "
            "a file of events, or the database: vigia backtest --learn"
        )
    plan = FilePlan.of(settings, file, source=None, mapping=mapping, zone=zone)
    calendar = Calendar(plan.zone, settings.first_weekday_number)
    newest: dict[tuple[str, str], Event] = {}
    groups: dict[str, tuple[datetime, str | None]] = {}
    for event in file_events(plan.path, settings.clock().now()):
        if isinstance(event, CustomerMaster):
            _grouped(groups, event)
        elif event.type == "contact" or event.type in FACT_TYPES:
            key = event.source, event.id
            if key not in newest or newest[key].revision < event.revision:
                newest[key] = event
    facts: dict[str, list[Fact]] = defaultdict(list)
    contacts: dict[str, list[Contact]] = defaultdict(list)
    for event in newest.values():
        day = calendar.day_of(event.time)
        if isinstance(event, ContactEvent):
            contacts[event.subject].append((day, event.source))
        else:
            data = json.loads(write_event(event))["data"]
            fact = Fact(event.source, event.id, event.type, event.time, day, data)
            facts[event.subject].append(fact)
    named = {name: group for name, (_, group) in groups.items() if group is not None}
    return Beside(facts, contacts, named)


def _grouped(groups: dict[str, tuple[datetime, str | None]], event: CustomerMaster) -> None:
    """The newest master data that name a group count."""
    known = groups.get(event.subject)
    if "group" in event.data.model_fields_set and (known is None or known[0] <= event.time):
        groups[event.subject] = event.time, event.data.group
