"""Reading a whole file into checked records, before any of them is appended to the log."""

import csv
import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from services.cli.foreign_rows import ForeignFile, Order, Rejects
from services.cli.mapping import Mapping, load_mapping
from services.cli.progress import Shown
from services.cli.table_file import FileRow, filled_lines, holds_json
from services.cli.written_file import writing
from services.ingest.csv_rows import Defaults, RowsError, read_order
from shared.contract.event import Event
from shared.contract.reading import FieldProblem, InvalidEvent, NotJson, read_event, read_json
from shared.contract.topics import events_topic
from shared.eventlog.port import EventLog, NewRecord
from shared.eventlog.records import event_record
from shared.ops.errors import InputError
from shared.ops.settings import Settings

GUESSED_SOURCE = "import"
APPEND_RECORDS = 1000
APPEND_SECONDS = 30.0
# Where our columns stand in an event, to name the column of a problem.
_COLUMNS = {
    "/id": "id",
    "/source": "source",
    "/type": "type",
    "/subject": "customer",
    "/time": "time",
    "/data/amount": "amount",
    "/data/currency": "currency",
    "/data/rep": "rep",
}


@dataclass(frozen=True)
class FilePlan:
    """What is read, and what it means where the file is silent."""

    path: Path
    mapping: Mapping
    zone: ZoneInfo
    defaults: Defaults
    guessed: bool

    @classmethod
    def of(
        cls,
        settings: Settings,
        path: Path,
        *,
        source: str | None,
        mapping: Path | None,
        zone: str | None,
    ) -> "FilePlan":
        """Options win over the mapping, the mapping over the settings. Raises InputError."""
        form = load_mapping(mapping) if mapping is not None else Mapping()
        if zone is not None and zone not in available_timezones():
            raise InputError("--zone is not a time zone; name one such as Europe/Madrid")
        found = source or form.source
        return cls(
            path=path,
            mapping=form,
            zone=ZoneInfo(zone) if zone else form.time_zone or settings.zone,
            defaults=Defaults(form.currency or settings.currency, found or GUESSED_SOURCE),
            guessed=found is None,
        )


@dataclass
class Imported:
    """Everything a file held, checked and ready to append."""

    records: list[NewRecord] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    zero: int = 0
    rejected: int = 0
    guessed_source: str | None = None


def require_table(path: Path, *, mapping: Path | None, zone: str | None) -> None:
    """Raises InputError for options that say what cells mean, where the file holds events."""
    named = "--mapping" if mapping is not None else "--zone" if zone is not None else None
    if named is not None and holds_json(path):
        raise InputError(
            f"{path} holds events as JSON, which say themselves what they mean; leave {named} out"
        )


def read_file(plan: FilePlan, now: datetime, rejects: Path | None, shown: Shown) -> Imported:
    """All events of the file. Raises InputError with row and column unless `rejects` is given."""
    with _quiet_collector():
        if holds_json(plan.path):
            return _read_json_lines(plan, now, rejects, shown)
        return _read_table(plan, now, rejects, shown)


def append(log: EventLog, records: Sequence[NewRecord], shown: Shown) -> None:
    """Append the records as a batch feed; what is already known counts once."""
    for start in range(0, len(records), APPEND_RECORDS):
        chunk = records[start : start + APPEND_RECORDS]
        log.append(events_topic(), chunk, timeout=APPEND_SECONDS)
        shown(start + len(chunk))


def _read_table(plan: FilePlan, now: datetime, rejects: Path | None, shown: Shown) -> Imported:
    noted: Rejects | None = None if rejects is None else {}
    table = ForeignFile(
        plan.path, plan.mapping, zone=plan.zone, defaults=plan.defaults, rejects=noted
    )
    result = Imported(guessed_source=_guessed(plan))
    orders = table.orders()
    for done, key in enumerate(list(orders)):
        order = orders.pop(key)  # the rows are not needed once their event is checked
        _add_order(result, table, key, order, now)
        if done % 1000 == 0:
            shown(done)
    if rejects is not None and table.rejects:
        result.rejected = _write_rejects(table, rejects)
    return result


def _add_order(
    result: Imported, table: ForeignFile, key: tuple[str, str], order: Order, now: datetime
) -> None:
    try:
        event = read_order(table.item(order), now)
    except RowsError as error:
        table.refuse(key, order.numbers[0], error.column, error.detail)
        return
    except InvalidEvent as error:
        problem = error.problems[0]
        number, column = _place(order, problem.pointer)
        table.refuse(key, number, column, problem.detail)
        return
    if event is None:
        result.zero += 1
        return
    result.kinds[f"{event.type}s"] += 1
    result.records.append(event_record(event, batch=True))


def _place(order: Order, pointer: str) -> tuple[int, str]:
    """Row number and column of a problem in an order's event."""
    parts = pointer.split("/")
    if parts[1:3] == ["data", "lines"] and len(parts) > 4:
        with_sku = [n for n, row in zip(order.numbers, order.rows, strict=True) if row.sku]
        return with_sku[int(parts[3])], parts[4]
    return order.numbers[0], _COLUMNS.get(pointer, "id")


def _write_rejects(table: ForeignFile, path: Path) -> int:
    """Write every row of the rejected events, with the reason in a last column."""
    count = 0
    with writing(path), path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*table.header(), "reason"])
        for _, cells in table.cells():
            reason = (table.rejects or {}).get(table.key(cells))
            if reason is not None:
                writer.writerow([*cells, reason])
                count += 1
    return count


def _read_json_lines(plan: FilePlan, now: datetime, rejects: Path | None, shown: Shown) -> Imported:
    result = Imported()
    bad: list[bytes] = []
    for number, line in filled_lines(plan.path):
        try:
            event = _read_line(line, plan, now)
        except (InvalidEvent, NotJson) as error:
            if rejects is None:
                raise FileRow(plan.path, number).error(
                    f"{error}; correct it, or keep bad lines apart with --skip-invalid"
                ) from None
            bad.append(line)
            continue
        result.kinds[f"{event.type}s"] += 1
        result.records.append(event_record(event, batch=True))
        if number % 1000 == 0:
            shown(number)
    if rejects is not None and bad:
        with writing(rejects):
            rejects.write_bytes(b"".join(line.rstrip(b"\r\n") + b"\n" for line in bad))
        result.rejected = len(bad)
    return result


def _read_line(line: bytes, plan: FilePlan, now: datetime) -> Event:
    """The event of a line, of the named source where it has none. Raises InvalidEvent, NotJson."""
    value = read_json(line)
    if isinstance(value, dict) and not plan.guessed:
        named = plan.defaults.source
        if value.setdefault("source", named) != named:
            detail = "is another than --source says; leave --source out to keep it"
            raise InvalidEvent([FieldProblem("/source", detail)])
    return read_event(value, now=now)


def _guessed(plan: FilePlan) -> str | None:
    return plan.defaults.source if plan.guessed else None


@contextmanager
def _quiet_collector() -> Iterator[None]:
    """A million rows hold no cycles; looking for some again and again costs a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
