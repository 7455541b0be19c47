"""Master data, merged field by field: the newest time wins, whichever order events come in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, Text, bindparam, select, update

from shared.contract.decimals import decimal_text
from shared.contract.event import CustomerMaster, RepMaster
from shared.storage import arrays


@dataclass(frozen=True, slots=True)
class Change:
    """What one event says about the row of id `key`: only the fields it names.

    `stamp` is the event's time in ISO form, source and id: of two changes of a field the one
    with the larger stamp counts.
    """

    key: str
    stamp: tuple[str, str, str]
    fields: Mapping[str, Any]


def change_of(
    event: CustomerMaster | RepMaster, names: Collection[str], cleared: Mapping[str, Any]
) -> Change:
    """The change that `event` brings to the columns `names`.

    A field sent as null or as blank text becomes what `cleared` says for it, else null.
    """
    data = event.data
    sent = {name: getattr(data, name) for name in names if name in data.model_fields_set}
    fields = {
        name: cleared.get(name) if _says_nothing(value) else _plain(value)
        for name, value in sent.items()
    }
    stamp = (event.time.astimezone(UTC).isoformat(), event.source, event.id)
    return Change(event.subject, stamp, fields)


def _says_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def merge(
    connection: Connection, table: Table, changes: Iterable[Change]
) -> dict[str, dict[str, Any]]:
    """Apply `changes` to rows of `table`, which has the columns `id` and `field_times`.

    Every key must have a row. Returns what became different: for each id the old values of the
    changed fields.
    """
    by_key: dict[str, list[Change]] = {}
    for change in changes:
        by_key.setdefault(change.key, []).append(change)
    different: dict[str, dict[str, Any]] = {}
    for row in _rows(connection, table, by_key):
        old = dict(row)
        new = _merged(old, by_key[old["id"]])
        if new != old:
            names = [name for name in new if new[name] != old[name]]
            values = {name: new[name] for name in names}
            this = table.c.id == bindparam("its_id", old["id"])
            connection.execute(update(table).where(this).values(values))
            different[old["id"]] = {name: old[name] for name in names if name != "field_times"}
    return different


def _rows(connection: Connection, table: Table, keys: Collection[str]) -> Sequence[RowMapping]:
    if not keys:
        return []
    given = arrays.table(connection, [("id", Text())], sorted(keys))
    query = select(table).join(given, given.c.id == table.c.id).order_by(table.c.id)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(of=table, key_share=True)
    return connection.execute(query).mappings().all()


def _merged(old: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    new = {**old, "field_times": dict(old["field_times"])}
    times = new["field_times"]
    for change in changes:
        for name, value in change.fields.items():
            if name not in times or tuple(times[name]) < change.stamp:
                times[name] = list(change.stamp)
                new[name] = value
    return new


def _plain(value: Any) -> Any:
    """A value as its column keeps it: dates and decimals as text, inside of documents numbers."""
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, dict | list):
        return _document(value)
    return value.isoformat() if isinstance(value, date) else value


def _document(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _document(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_document(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value
