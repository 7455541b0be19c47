"""Where `vigia backtest` gets purchases from: a file, or Vigía's own database."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from services.backtest.loading import load_sales
from services.backtest.sales import Sales
from services.cli.import_file import FilePlan
from services.cli.progress import progress
from services.cli.sales_book import SalesBook
from services.cli.sales_file import REFUNDS, SalesFile
from services.cli.table_file import FileRow, filled_lines, holds_json
from shared.contract.event import CustomerMaster, Event, Purchase, Refund
from shared.contract.reading import InvalidEvent, NotJson, read_event, read_json
from shared.domain.money import to_units
from shared.domain.sector import Sector
from shared.domain.verdict import Budgets
from shared.domain.week import Calendar
from shared.ops.settings import Settings
from shared.storage import reps

MASTER = ("name", "segment", "region")


def file_sales(
    settings: Settings, file: Path, mapping: Path | None, zone: str | None
) -> tuple[Sales, int]:
    """The purchases of a file, and the weekday that weeks begin with. Raises InputError."""
    plan = FilePlan.of(settings, file, source=None, mapping=mapping, zone=zone)
    first_weekday = settings.first_weekday_number
    with progress("reading") as shown:
        if holds_json(file):
            found = event_sales(plan, Calendar(plan.zone, first_weekday), settings.clock().now())
        else:
            found = SalesFile(plan).sales(shown)
    return found, first_weekday


def event_sales(plan: FilePlan, calendar: Calendar, now: datetime) -> Sales:
    """The purchases among a file's events; the highest revision of each counts."""
    newest: dict[tuple[str, str], Purchase] = {}
    master: dict[str, list[CustomerMaster]] = defaultdict(list)
    book = SalesBook()
    for event in file_events(plan.path, now):
        if isinstance(event, Purchase):
            key = event.source, event.id
            if key not in newest or newest[key].revision < event.revision:
                newest[key] = event
        elif isinstance(event, Refund):
            book.left_out[REFUNDS] += 1
        elif isinstance(event, CustomerMaster):
            master[event.subject].append(event)
    for event in newest.values():
        day, units = calendar.day_of(event.time), to_units(event.data.amount)
        book.add(event.subject, day, units, event.data.currency, event.data.rep or "")
    for customer, events in master.items():
        book.tell(customer, *_known(events))
    return book.sales()


def _known(events: list[CustomerMaster]) -> tuple[str | None, Sector]:
    """A customer's name and sector; of each field the newest event that tells it."""
    found: dict[str, str | None] = {}
    for event in sorted(events, key=lambda one: one.time):
        told = event.data.model_fields_set
        found |= {name: getattr(event.data, name) for name in MASTER if name in told}
    return found.get("name"), Sector(found.get("segment"), found.get("region"))


def file_events(path: Path, now: datetime) -> Iterator[Event]:
    """The events of a file, one a line; raises InputError for a line that is none."""
    for number, line in filled_lines(path):
        try:
            yield read_event(read_json(line), now=now)
        except (InvalidEvent, NotJson) as error:
            raise FileRow(path, number).error(f"{error}; correct it") from None


def own_budgets(settings: Settings) -> Budgets:
    """The company's alerts a rep and week, and those of reps with another number."""
    from services.cli.wiring import open_parts

    with open_parts(settings) as parts, parts.database.read() as connection:
        return Budgets(settings.budget_per_rep, reps.budgets(connection))


def own_sales(settings: Settings) -> tuple[Sales, int]:
    """The purchases in the database, and the weekday that the company's weeks begin with."""
    from services.cli.wiring import open_parts

    with open_parts(settings) as parts, parts.database.read() as connection:
        return load_sales(connection), parts.calendar.first_weekday
