"""A company's file, as rough as real ones are, becomes events whole or not at all."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from services.cli.import_file import FilePlan, Imported, read_file
from shared.ops.errors import InputError
from shared.ops.settings import load_settings

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
HEADER = "id,time,customer,amount,sku,quantity\n"
MAPPING = """
source = "shop"
currency = "GBP"
zone = "Europe/London"
[columns]
id = "order"
time = "when"
customer = "client"
amount = "total"
sku = "article"
quantity = "pieces"
[refunds]
id_prefix = "C"
"""
FOREIGN = "order,when,client,article,pieces,total\n"


def read(
    tmp_path: Path, text: str | bytes, *, mapping: str | None = None, rejects: Path | None = None
) -> Imported:
    file = tmp_path / "sales.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    form = None
    if mapping is not None:
        form = tmp_path / "mapping.toml"
        form.write_text(mapping, encoding="utf-8")
    plan = FilePlan.of(load_settings(), file, source=None, mapping=form, zone=None)
    return read_file(plan, NOW, rejects, lambda _: None)


def bodies(imported: Imported) -> list[dict[str, object]]:
    return [json.loads(record.value) for record in imported.records]


def test_rows_with_one_id_become_one_purchase_wherever_they_stand(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        HEADER
        + "1,2026-01-05T10:00:00Z,ana,3.50,tea,2\n"
        + "2,2026-01-05T11:00:00Z,ben,9.00,cup,1\n"
        + "1,2026-01-05T10:05:00Z,ana,1.25,jam,1\n",
    )
    first, second = bodies(found)
    assert first["id"] == "1"
    assert first["time"] == "2026-01-05T10:00:00Z"  # the first row's
    assert first["data"]["amount"] == "4.75"  # type: ignore[index]
    assert [line["sku"] for line in first["data"]["lines"]] == ["tea", "jam"]  # type: ignore[index]
    assert second["subject"] == "ben"


def test_a_mapping_names_columns_zone_and_refunds(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        FOREIGN
        + "7,2025-07-01T10:00:00,ana,tea,2,3.50\n"
        + "C8,2025-07-02T10:00:00,ana,tea,-1,-1.75\n",
        mapping=MAPPING,
    )
    bought, returned = bodies(found)
    assert bought["time"] == "2025-07-01T09:00:00Z"  # summer in London
    assert bought["source"] == "shop"
    assert returned["type"] == "refund"
    assert returned["data"]["amount"] == "1.75"  # type: ignore[index]
    assert found.kinds == {"purchases": 1, "refunds": 1}


@pytest.mark.parametrize(
    ("tea", "cup"), [("3.50", "-0.50"), ("+3.50", "-0.50"), ("-3.50", "0.50"), ("-3.50", "+0.50")]
)
def test_a_refund_known_by_its_id_has_a_minus_or_none(tmp_path: Path, tea: str, cup: str) -> None:
    begin = "C8,2025-07-02T10:00:00,ana"
    text = FOREIGN + f"{begin},tea,1,{tea}\n{begin},cup,1,{cup}\n"
    (returned,) = bodies(read(tmp_path, text, mapping=MAPPING))
    assert returned["type"] == "refund"
    data = returned["data"]
    assert isinstance(data, dict)
    assert data["amount"] == "3"
    assert [line["amount"] for line in data["lines"]] == ["3.5", "-0.5"]


def test_a_total_of_nothing_is_skipped_and_counted(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER + "1,2026-01-05T10:00:00Z,ana,0,,\n")
    assert (found.zero, len(found.records)) == (1, 0)


def test_equal_rows_without_receipt_numbers_stay_apart(tmp_path: Path) -> None:
    text = "time,customer,amount\n" + "2026-01-05T10:00:00Z,ana,3\n" * 2
    once = read(tmp_path, text, mapping='id = "row-hash"')
    again = read(tmp_path, text, mapping='id = "row-hash"')
    ids = [body["id"] for body in bodies(once)]
    assert len(set(ids)) == 2
    assert ids == [body["id"] for body in bodies(again)]


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("1,yesterday,ana,3,tea,1", "column time"),
        ("1,2026-01-05T10:00:00Z,ana,much,tea,1", "column amount"),
        ("1,2026-01-05T10:00:00Z,ana,NaN,tea,1", "column amount"),
        ("1,2026-01-05T10:00:00Z,ana,1E+1000000,tea,1", "column amount"),
        ("1,2026-01-05T10:00:00Z,ana,-3,tea,1", "column amount"),
        ("1,2026-01-05T10:00:00Z,ana,3,tea,none", "column quantity"),
        ("1,2026-01-05T10:00:00Z,,3,tea,1", "column customer"),
        (",2026-01-05T10:00:00Z,ana,3,tea,1", "column id"),
        (",2026-01-05T10:00:00Z,ana,5,tea,1\n,2026-01-05T10:00:00Z,ana,-5,tea,1", "column id"),
        ("1,2026-01-05T10:00:00Z,,0,tea,1", "column customer"),
        ("1,1999-12-31T10:00:00Z,ana,0,tea,1", "column time"),
        ("1,1999-12-31T10:00:00Z,ana,3,tea,1", "column time"),
        ("1,2026-03-03T10:00:00Z,ana,3,tea,1", "column time"),
        ("1,2026-01-05T10:00:00Z,ana,3,tea", "cells"),
    ],
)
def test_a_bad_cell_ends_the_import_with_its_row_and_column(
    tmp_path: Path, row: str, place: str
) -> None:
    good = "0,2026-01-05T09:00:00Z,ana,1,tea,1\n"
    with pytest.raises(InputError) as raised:
        read(tmp_path, HEADER + good + row + "\n")
    line = str(raised.value)
    assert "row 3" in line
    assert place in line
    assert "nothing was imported" in line
    assert "\n" not in line


def test_bad_rows_are_kept_apart_with_the_rest_of_their_receipt(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    found = read(
        tmp_path,
        HEADER
        + "1,2026-01-05T10:00:00Z,ana,3.50,tea,2\n"
        + "1,2026-01-05T10:00:00Z,ana,much,jam,2\n"
        + "2,2026-01-05T11:00:00Z,ben,9.00,cup,1\n",
        rejects=rejects,
    )
    assert [body["id"] for body in bodies(found)] == ["2"]
    header, *rows = rejects.read_text(encoding="utf-8").splitlines()
    assert header == "id,time,customer,amount,sku,quantity,reason"
    assert len(rows) == found.rejected == 2
    assert all("row 3, column amount" in row for row in rows)


def test_a_gzip_file_is_read_and_a_cut_one_is_named(tmp_path: Path) -> None:
    whole = gzip.compress((HEADER + "1,2026-01-05T10:00:00Z,ana,3.50,tea,2\n" * 50).encode())
    assert len(read(tmp_path, whole).records) == 1
    with pytest.raises(InputError, match="gzip file ends in the middle"):
        read(tmp_path, whole[:-9])


@pytest.mark.parametrize("place", [12, 3000])
def test_a_damaged_gzip_file_is_named(tmp_path: Path, place: int) -> None:
    noise = Random(1).randbytes(4000).hex()
    damaged = bytearray(gzip.compress((HEADER + noise).encode()))
    damaged[place : place + 16] = b"\xff" * 16
    with pytest.raises(InputError, match=r"gzip file is .*damaged.*copy it again") as raised:
        read(tmp_path, bytes(damaged))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("[columns]\nid = 'nummer'\n", "no column nummer"),
        ("[colums]\nid = 'x'\n", "colums"),
        ("zone = 'Europe/Atlantis'", "zone"),
        ("currency = 'XYZ'", "currency: .* ISO 4217"),
        ("zone = ", "not TOML"),
        ("encoding = 'klingon'", "encoding"),
        ("time_format = '%Y-%m-%d %Y'", "time_format: .* such as %d.%m.%Y %H:%M"),
        ("time_format = '%Q'", "time_format"),
        ("time_format = '%d.%m.%G'", "time_format"),
    ],
)
def test_a_wrong_mapping_is_one_clear_line(tmp_path: Path, mapping: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as raised:
        read(tmp_path, HEADER + "1,2026-01-05T10:00:00Z,ana,3,tea,1\n", mapping=mapping)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("%d.%m.%Y %H:%M", "05.01.2026 11:00"),
        ("%d/%m/%y %I:%M:%S %p", "05/01/26 11:00:00 AM"),
        ("%Y%m%dT%H%M%S%z", "20260105T110000+0100"),
        ("%G-W%V-%u 11 Uhr", "2026-W02-1 11 Uhr"),
        ("%j/%Y", "005/2026"),
    ],
)
def test_times_come_in_many_forms(tmp_path: Path, form: str, written: str) -> None:
    mapping = f"zone = 'Europe/Madrid'\ntime_format = '{form}'\n"
    (order,) = bodies(read(tmp_path, HEADER + f"1,{written},ana,3,tea,1\n", mapping=mapping))
    assert str(order["time"]).startswith(("2026-01-05T10:00:00", "2026-01-04T23:00:00"))


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not text in utf-8"):
        read(tmp_path, HEADER.encode() + b"1,2026-01-05T10:00:00Z,\xff\xfe,3,tea,1\n")


def test_events_as_json_lines_keep_their_kinds(tmp_path: Path) -> None:
    event = {
        "id": "1", "source": "crm", "type": "complaint", "subject": "ana",
        "time": "2026-01-05T10:00:00Z", "data": {"severity": "high"},
    }  # fmt: skip
    found = read(tmp_path, json.dumps(event) + "\n\n")
    assert found.kinds == {"complaints": 1}
    with pytest.raises(InputError, match="row 2"):
        read(tmp_path, json.dumps(event) + "\n{\n")


def test_the_beginning_of_a_sku_can_name_its_category(tmp_path: Path) -> None:
    text = FOREIGN + "7,2026-01-05 10:00,ana,2104A,1,3\n7,2026-01-05 10:00,ana,,1,1\n"
    (order,) = bodies(
        read(
            tmp_path,
            text,
            mapping=MAPPING.replace("[refunds]", "[category]\nsku_prefix = 2\n[refunds]"),
        )
    )
    (line,) = order["data"]["lines"]  # type: ignore[index]
    assert (line["sku"], line["category"]) == ("2104A", "21")


def test_a_column_of_categories_wins_over_the_sku(tmp_path: Path) -> None:
    text = "id,time,customer,amount,sku,category\n1,2026-01-05T10:00:00Z,ana,3,tea-1,herbs\n"
    (order,) = bodies(read(tmp_path, text, mapping="[category]\nsku_prefix = 3\n"))
    (line,) = order["data"]["lines"]  # type: ignore[index]
    assert line["category"] == "herbs"
