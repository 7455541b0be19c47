"""Simulated events and the truth about them as files."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from services.cli.written_file import writing
from services.ingest.csv_rows import MONEY_TYPES, Row
from services.simulation.events import Event
from shared.contract.truth import COLUMNS, TruthRow, truth_cells


def write_events(path: Path, events: Iterable[Event]) -> str:
    """Write NDJSON, or Vigía's own CSV where the name says so; what was written, in words."""
    as_csv = ".csv" in path.suffixes[-2:]
    with _text(path) as file:
        if as_csv:
            return _write_rows(file, events)
        count = sum(_write_line(file, event) for event in events)
        return f"{count:,} events written"


def write_truth(path: Path, rows: Iterable[TruthRow]) -> None:
    with _text(path) as file:
        csv.writer(file).writerows([COLUMNS, *map(truth_cells, rows)])


def _write_line(file: IO[str], event: Event) -> int:
    file.write(json.dumps(event, ensure_ascii=False) + "\n")
    return 1


def _write_rows(file: IO[str], events: Iterable[Event]) -> str:
    writer = csv.writer(file)
    writer.writerow(Row._fields)
    written = left_out = 0
    for event in events:
        if event["type"] in MONEY_TYPES:
            writer.writerows(_rows(event))
            written += 1
        else:
            left_out += 1
    return (
        f"{written:,} purchases and refunds written; {left_out:,} other events "
        "(customers, reps, complaints ...) have no place in a CSV file"
    )


def _rows(event: Event) -> Iterator[Row]:
    data = event["data"]
    for line in data["lines"]:
        yield Row(
            id=event["id"],
            time=event["time"],
            customer=event["subject"],
            amount=line["amount"],
            currency=data["currency"],
            type=event["type"],
            source=event["source"],
            sku=line["sku"],
            category=line["category"],
            quantity=line["quantity"],
            rep=data.get("rep", ""),
        )


@contextmanager
def _text(path: Path) -> Iterator[IO[str]]:
    """Text into a file, compressed where its name ends with .gz. Raises InputError."""
    with writing(path), path.open("wb") as raw:
        if path.suffix == ".gz":
            # Without a name and a time in it, the same trade gives the same bytes.
            zipped = gzip.GzipFile("", "wb", fileobj=raw, mtime=0)
            with zipped, io.TextIOWrapper(zipped, "utf-8", newline="") as text:
                yield text
        else:
            with io.TextIOWrapper(raw, "utf-8", newline="") as text:
                yield text
